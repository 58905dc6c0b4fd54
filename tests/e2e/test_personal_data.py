"""A person's data are taken along and erased, and what is old enough goes: an administrator's day, then a student's."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.services.consents import write_policy
from core import audit
from core.models import EventLog, EventSeal
from courses.models import ItemProgress
from courses.services.progress import mark_end
from tests.conftest import People, Taught
from tests.e2e.conftest import Opener, assert_accessible, picture, sign_in
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

LOOKS = [(1280, "light"), (360, "dark")]


@pytest.fixture
def ada(people: People) -> User:
    return UserFactory(email="ada@example.org", name="Ada", role="admin", verified=True)


def downloaded(page: Page, name: str) -> zipfile.ZipFile:
    with page.expect_download() as started:
        page.get_by_role("link", name=name).first.click()
    return zipfile.ZipFile(io.BytesIO(started.value.path().read_bytes()))


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_an_administrator_collects_erases_and_keeps_to_the_rules(
    transactional_db, open_page: Opener, taught: Taught, people: People, ada: User, settings, tmp_path, width, theme
):
    settings.MEDIA_ROOT, settings.AUDIT_ARCHIVE_DIR = tmp_path / "media", str(tmp_path / "archive")
    mark_end(actor=people.student, item=taught.lesson)
    page = open_page(width=width, theme=theme)
    sign_in(page, ada.email, PASSWORD)

    page.goto(f"/people/{people.student.public_id}/")
    assert_accessible(page)
    page.get_by_label("Reason for collecting").fill("Asked by letter")
    page.get_by_role("button", name="Collect the data").click()
    expect(page.locator("#toasts").get_by_text("are being collected")).to_be_visible()
    page.goto("/operations/personal-data/")
    expect(page.locator("#exports")).to_contain_text("Asked by letter" if width > 700 else "Sam Student")
    assert_accessible(page)
    archive = downloaded(page, "Download")
    [account] = json.loads(archive.read("data/account.json"))
    assert (account["name"], archive.testzip()) == ("Sam Student", None)

    page.goto(f"/courses/{taught.course.slug}/people/")
    expect(page.get_by_role("main")).to_contain_text("Sam Student")
    page.goto(f"/people/{people.student.public_id}/")
    page.get_by_label("Reason for erasing").fill("Asked by letter")
    page.get_by_label("At once.").check()
    page.get_by_role("button", name="Erase this person").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Former member")
    assert_accessible(page)
    picture(page, f"person-erased-{width}")
    page.goto(f"/courses/{taught.course.slug}/people/")
    # As other closed accounts, it is not in the list any more.
    expect(page.get_by_role("main")).to_contain_text("Suri Second")
    expect(page.get_by_role("main")).not_to_contain_text("Sam Student")
    assert ItemProgress.objects.filter(item=taught.lesson, state="done").count() == 1
    page.goto("/operations/events/")
    expect(page.get_by_role("main")).not_to_contain_text("Sam Student")
    page.goto("/operations/personal-data/")
    expect(page.locator("#erasures")).to_contain_text("Erased")
    assert_accessible(page)

    other = open_page(width=width, theme=theme)
    other.goto("/accounts/login/")
    other.get_by_label("Email").fill("student@example.org")
    other.get_by_label("Password", exact=True).fill(PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.get_by_text("do not belong together")).to_be_visible()

    EventLog.objects.bulk_create([EventLog(name="core.Old", body={"n": n}) for n in range(132)])
    # Nothing that is younger may stand before them in the chain.
    old = timezone.now() - timedelta(days=400)
    EventLog.objects.exclude(name="core.Old").delete()
    EventLog.objects.update(at=old)
    audit.seal_events()
    EventSeal.objects.exclude(event_id__in=EventLog.objects.values("pk")).delete()
    EventSeal.objects.update(at=old)
    page.goto("/operations/retention/")
    expect(page.locator("#rule-events")).to_contain_text("Would let go of 132 entries older than 365 days")
    assert_accessible(page)
    picture(page, f"retention-{width}")
    page.get_by_role("button", name=re.compile("Do it now ?: Event log")).click()
    expect(page.locator("#toasts").get_by_text("132 entries are gone.")).to_be_visible()
    expect(page.locator("#rule-events")).to_contain_text("Nothing is older than 365 days.")
    assert not EventLog.objects.filter(name="core.Old").exists()


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_a_student_agrees_takes_the_data_along_and_thinks_again(
    transactional_db, open_page: Opener, people: People, ada: User, settings, tmp_path, width, theme
):
    settings.MEDIA_ROOT = tmp_path / "media"
    imani = UserFactory(email="imani@example.org", name="Imani Okafor", verified=True)
    page = open_page(width=width, theme=theme)
    sign_in(page, imani.email, PASSWORD)
    page.goto("/profile/data/")
    for kind, asks, title in (
        ("terms", "required", "Terms of use"),
        ("research", "optional", "Use for research"),
    ):
        write_policy(
            actor=ada,
            kind=kind,
            title=title,
            text="## What holds\n\nBe *kind*.",
            asks=asks,
            changes="Kindness is new.",
            effective_from=timezone.now(),
        )

    page.goto("/courses/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Before you go on")
    assert_accessible(page)
    picture(page, f"consent-{width}")
    page.get_by_label("I agree: Terms of use").check()
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/courses/")
    page.goto("/profile/consents/")
    expect(page.get_by_text("Not agreed", exact=True)).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Agree after all").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#toasts").get_by_text("Your consent is taken back.")).to_be_visible()
    for address in ("/policies/", "/policies/terms/", "/policies/terms/1/"):
        page.goto(address)
        assert_accessible(page)

    page.goto("/profile/data/")
    page.get_by_role("button", name="Collect my data").click()
    expect(page.locator("#toasts").get_by_text("are being collected")).to_be_visible()
    page.goto("/profile/data/")
    assert_accessible(page)
    picture(page, f"own-data-{width}")
    assert downloaded(page, "Download").testzip() is None
    page.get_by_role("button", name="Erase my account").click()
    expect(page.get_by_text("Your account will be erased on")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Keep my account").click()
    expect(page.get_by_role("button", name="Erase my account")).to_be_visible()

    desk = open_page(width=width, theme=theme)
    sign_in(desk, ada.email, PASSWORD)
    desk.goto("/operations/policies/")
    if desk.get_by_role("heading", level=1).inner_text() == "Before you go on":
        desk.get_by_label("I agree: Terms of use").check()
        desk.get_by_role("button", name="Go on").click()
    desk.goto("/operations/policies/")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Policies")
    assert_accessible(desk)
    desk.goto("/operations/policies/new/?kind=terms")
    assert_accessible(desk)
    picture(desk, f"policy-form-{width}")
