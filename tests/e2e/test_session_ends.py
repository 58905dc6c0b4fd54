"""A session that ends while a lesson is being read."""

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from accounts.models import LateForm
from assessments.models import Answer
from tests.e2e.conftest import Opener, assert_accessible
from tests.factories.accounts import PASSWORD
from tests.factories.assessments import put_question


@pytest.mark.parametrize("script", [True, False], ids=["", "without-script"])
def test_an_answer_after_the_session_ended_is_kept_and_sent_after_signing_in(
    transactional_db, people, taught, open_page: Opener, script: bool
):
    EmailAddress.objects.create(user=people.student, email=people.student.email, primary=True, verified=True)
    _block, question = put_question(taught.section)
    client = Client()
    client.force_login(people.student)
    page = open_page(script=script)
    page.goto("/healthz")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": page.url}])
    page.goto(taught.lesson.get_absolute_url())
    page.get_by_label("The average").check()
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="Check answer").click()
    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    expect(page.get_by_text("Your text is kept. Sign in to send it.")).to_be_visible()
    page.get_by_label("Email").fill(people.student.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Your text is kept")).to_be_visible()
    assert page.locator("dl.facts").inner_text().split("\n") == ["Your answer", "The average"]
    if script:
        assert_accessible(page)
    assert Answer.objects.count() == 0
    # Impatient: without a script nothing holds the second press back.
    page.get_by_role("button", name="Send it now").dblclick()
    page.wait_for_url(lambda url: "late-form" not in url)
    expect(page.get_by_role("heading", level=1, name=taught.lesson.title)).to_be_visible()
    assert {answer.question_id for answer in Answer.objects.all()} == {question.pk}
    assert LateForm.objects.get().fields == []
