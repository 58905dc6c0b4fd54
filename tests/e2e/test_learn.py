"""A student's first hour: from the sign-up form to a finished module, and what the teacher sees of it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.enums import SiteRole
from core.authz import SYSTEM
from core.models import OutgoingMail
from courses.enums import Role
from courses.models import Course
from courses.services.enrolment import enrol
from courses.services.importing import import_course
from tests.e2e.conftest import Hand, Keyboard, Mouse, Opener, assert_accessible, link_in, picture, sign_in
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

SMALL_COURSE = Path(__file__).parent / "small-course"


@pytest.fixture
def course(transactional_db) -> Course:
    course = import_course(actor=SYSTEM, path=SMALL_COURSE).course
    teacher = UserFactory(name="Dr Tess Teacher", email="tess@example.org", role=SiteRole.MANAGER, verified=True)
    enrol(actor=SYSTEM, course=course, user=teacher, role=Role.OWNER)
    return course


def sign_up(page: Page, hand: Hand) -> None:
    page.goto("/")
    assert_accessible(page)
    hand.press(page.get_by_role("main").get_by_role("link", name="Sign up"))
    hand.fill(page.get_by_label("Name"), "Nia Newcomer")
    hand.fill(page.get_by_label("Email"), "nia@example.org")
    hand.fill(page.get_by_label("Password", exact=True), "short")
    hand.press(page.get_by_role("button", name="Sign up"))
    expect(page.get_by_label("Email")).to_have_value("nia@example.org")
    hand.fill(page.get_by_label("Password", exact=True), "rain on a tin roof tonight")
    assert_accessible(page)
    hand.press(page.get_by_role("button", name="Sign up"))
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    assert_accessible(page)
    mail = OutgoingMail.objects.get(recipients=["nia@example.org"])
    page.goto(link_in(mail.text))
    assert_accessible(page)
    hand.press(page.get_by_role("button", name="Confirm address"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nia")


def find_and_enrol(page: Page, hand: Hand) -> None:
    page.goto("/courses/?q=buses")
    hand.press(page.get_by_role("main").get_by_role("link", name="Waiting for buses"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for buses")
    assert_accessible(page)
    hand.press(page.get_by_role("button", name="Enrol"))
    expect(page.get_by_text("0 of 3 lessons").first).to_be_visible()


def read_and_answer(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("link", name="Start with 1.1"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Four people")
    figure = page.get_by_role("img", name="Four dots on a line at 4, 8, 10 and 18")
    figure.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=figure.element_handle())
    assert "That is the sum" not in page.content()
    assert "The sum is 40" not in page.content()
    assert_accessible(page)

    question = page.locator("form.question").first
    hand.choose(question.get_by_label("40 minutes"))
    hand.press(question.get_by_role("button", name="Check answer"))
    expect(question.locator(".verdict")).to_contain_text("Not yet")
    expect(question).to_contain_text("That is the sum")
    assert "The sum is 40" not in page.content()
    assert_accessible(page)
    hand.choose(question.get_by_label("10 minutes"))
    hand.press(question.get_by_role("button", name="Try again"))
    expect(question.locator(".verdict")).to_contain_text("Correct")
    expect(question).to_contain_text("The sum is 40")

    spread = page.locator("form.question").nth(1)
    hand.fill(spread.get_by_role("textbox"), "14 minutes")
    hand.press(spread.get_by_role("button", name="Check answer"))
    expect(spread.locator(".verdict")).to_contain_text("Correct")
    assert_accessible(page)


def finish_module(page: Page, hand: Hand) -> None:
    page.reload()
    hand.press(page.get_by_role("link", name="Go to 1.2"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Many people")
    hand.press(page.get_by_role("button", name="Finish and go to 2.1"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Rain")
    page.goto("/courses/waiting-for-buses/")
    expect(page.get_by_text("2 of 3 lessons").first).to_be_visible()
    expect(page.get_by_text("2 of 2 done")).to_be_visible()
    assert_accessible(page)
    page.goto("/")
    expect(page.get_by_role("main")).to_contain_text("2 of 3 lessons")
    expect(page.get_by_role("main")).to_contain_text("Rain")
    assert_accessible(page)


def teacher_sees_it(page: Page) -> None:
    sign_in(page, "tess@example.org", PASSWORD)
    page.goto("/courses/waiting-for-buses/people/")
    row = page.get_by_role("row", name="Nia Newcomer")
    expect(row).to_contain_text("2 / 3")
    assert_accessible(page)


@pytest.mark.parametrize(
    ("width", "theme", "keys"),
    [
        pytest.param(1280, "light", False, marks=pytest.mark.repeated, id="desktop-light"),
        pytest.param(360, "dark", False, id="phone-dark"),
        pytest.param(360, "light", False, id="phone-light"),
        pytest.param(1280, "dark", True, id="desktop-dark-by-keyboard"),
    ],
)
def test_from_sign_up_to_a_finished_module(course: Course, open_page: Opener, width: int, theme: str, keys: bool):
    page = open_page(width=width, theme=theme)
    hand: Hand = Keyboard(page) if keys else Mouse(page)
    sign_up(page, hand)
    find_and_enrol(page, hand)
    read_and_answer(page, hand)
    picture(page, f"journey-question-{width}-{theme}")
    finish_module(page, hand)
    picture(page, f"journey-home-{width}-{theme}")
    teacher_sees_it(open_page(width=width, theme=theme))


@pytest.mark.repeated
def test_reading_and_answering_work_without_javascript(course: Course, open_page: Opener):
    UserFactory(name="Paul Plain", email="paul@example.org", verified=True)
    page = open_page(script=False)
    sign_in(page, "paul@example.org", PASSWORD)
    page.goto("/courses/waiting-for-buses/")
    page.get_by_role("button", name="Enrol").click()
    page.get_by_role("link", name="Start with 1.1").click()
    question = page.locator("form.question").first
    question.get_by_label("40 minutes").check()
    question.get_by_role("button", name="Check answer").click()
    expect(page.locator("form.question").first).to_contain_text("Not yet")
    question = page.locator("form.question").first
    question.get_by_label("10 minutes").check()
    question.get_by_role("button", name="Try again").click()
    expect(page.locator("form.question").first).to_contain_text("Correct")
    spread = page.locator("form.question").nth(1)
    spread.get_by_role("textbox").fill("14")
    spread.get_by_role("button", name="Check answer").click()
    page.get_by_role("link", name="Go to 1.2").click()
    page.get_by_role("button", name="Finish and go to 2.1").click()
    page.goto("/courses/waiting-for-buses/")
    expect(page.get_by_text("2 of 3 lessons").first).to_be_visible()
