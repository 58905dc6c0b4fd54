"""A session that ends while a lesson is being read."""

from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from tests.e2e.conftest import Opener
from tests.factories.assessments import put_question


def test_an_answer_after_the_session_ended_leads_to_signing_in_and_back(
    transactional_db, people, taught, open_page: Opener
):
    block, _question = put_question(taught.section)
    client = Client()
    client.force_login(people.student)
    page = open_page()
    page.goto("/healthz")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": page.url}])
    page.goto(taught.lesson.get_absolute_url())
    page.locator("[name=option]").first.check()
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="Check answer").click()
    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    assert f"questions/{block.public_id}" in page.url
