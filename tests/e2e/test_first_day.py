"""A visitor becomes a student, and a manager meets a rule of the administrator's: each from the first page on."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import RolePolicy, User
from accounts.selectors.policies import forget_rules
from core.models import OutgoingMail
from tests.accounts.services.test_factors import code
from tests.e2e.conftest import Hand, Keyboard, Mouse, Opener, assert_accessible, link_in, picture
from tests.factories import CourseFactory, UserFactory
from tests.factories.accounts import PASSWORD


def enter(page: Page, hand: Hand, email: str) -> None:
    page.goto("/accounts/login/")
    hand.fill(page.get_by_label("Email"), email)
    hand.fill(page.get_by_label("Password", exact=True), PASSWORD)
    hand.press(page.get_by_role("button", name="Sign in", exact=True))
    page.wait_for_url(lambda url: "login" not in url)


@pytest.mark.parametrize(
    ("width", "theme", "kind"), [(1280, "light", Mouse), (360, "dark", Keyboard)], ids=["wide", "narrow-by-keyboard"]
)
def test_from_nothing_to_the_first_steps(transactional_db, open_page: Opener, width: int, theme: str, kind):
    for title in ("Statistics", "Field ecology", "Programming"):
        CourseFactory(title=title)
    page = open_page(width=width, theme=theme)
    hand = kind(page)

    page.goto("/")
    expect(page.get_by_text("Aumbry is where the courses of this school are kept.")).to_be_visible()
    expect(page.locator(".course-grid li")).to_have_count(3)
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    hand.press(page.get_by_role("button", name="Switch colour theme"))
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    hand.press(page.get_by_role("main").get_by_role("link", name="Sign up"))

    hand.fill(page.get_by_label("Name"), "Imani Okafor")
    hand.fill(page.get_by_label("Email"), "imani@example.org")
    hand.fill(page.get_by_label("Password", exact=True), "password12345678")
    hand.press(page.get_by_role("button", name="Sign up"))
    expect(page.locator("#id_password1_error")).to_have_text(
        "Guessers try this one early. Use a few words of your own."
    )
    kept = [page.get_by_label(label).input_value() for label in ("Name", "Email")]
    assert kept == ["Imani Okafor", "imani@example.org"]
    assert_accessible(page)
    hand.fill(page.get_by_label("Password", exact=True), PASSWORD)
    hand.press(page.get_by_role("button", name="Sign up"))
    expect(page.get_by_role("heading", level=1, name="Check your mail")).to_be_visible()
    assert_accessible(page)

    page.goto(link_in(OutgoingMail.objects.get(recipients=["imani@example.org"]).text))
    expect(page.get_by_role("heading", level=1, name="Confirm your address")).to_be_visible()
    assert_accessible(page)
    hand.press(page.get_by_role("button", name="Confirm address"))
    expect(page.get_by_role("region", name="Messages")).to_contain_text("Address confirmed")
    expect(page.get_by_role("heading", level=2, name="First steps")).to_be_visible()
    assert_accessible(page)
    hand.press(page.get_by_role("link", name="See the courses"))
    expect(page.get_by_role("heading", level=1, name="Courses")).to_be_visible()


def time_passes(days: int) -> None:
    """As if the rule, and the managers, were so many days older."""
    RolePolicy.objects.update(second_factor_since=timezone.now() - timedelta(days=days))
    User.objects.update(role_since=timezone.now() - timedelta(days=days))
    forget_rules()


def test_a_rule_for_managers_is_made_met_and_kept_by_keyboard_alone(transactional_db, open_page: Opener):
    UserFactory(name="Ada Admin", email="admin@example.org", role="admin", verified=True)
    manager = UserFactory(name="Mina Manager", email="mina@example.org", role="manager", verified=True)
    admin = open_page()
    keys = Keyboard(admin)
    enter(admin, keys, "admin@example.org")
    admin.goto("/people/")
    keys.press(admin.get_by_role("link", name="Rules for signing in"))
    expect(admin.get_by_role("heading", level=1, name="Rules for signing in")).to_be_visible()
    assert_accessible(admin)
    rule = admin.get_by_role("region", name="Manager")
    expect(rule.get_by_label("A second factor is required")).to_be_checked()
    keys.fill(rule.get_by_label("Days of grace"), "700")
    keys.press(rule.get_by_role("button", name="Save Manager"))
    expect(rule.get_by_text("Enter a number from 0 to 90.", exact=True)).to_be_visible()
    keys.fill(rule.get_by_label("Days of grace"), "7")
    keys.press(rule.get_by_role("button", name="Save Manager"))
    expect(admin.get_by_role("region", name="Messages")).to_contain_text("Rule saved. It holds from now on.")
    assert_accessible(admin)
    picture(admin, "sign-in-rules")

    page = open_page(width=360, theme="dark")
    keys = Keyboard(page)
    enter(page, keys, "mina@example.org")
    day = timezone.localdate() + timedelta(days=7)
    banner = page.get_by_text(f"From {day.day} {day:%B %Y} your role asks for a second factor when you sign in.")
    expect(banner).to_be_visible()
    assert_accessible(page)
    page.goto("/teach/")
    expect(page.get_by_role("heading", level=1, name="Teaching")).to_be_visible()

    time_passes(days=8)
    page.goto("/teach/")
    page.wait_for_url("**/profile/security/")
    expect(page.get_by_text("your role must have a second factor. Set one up")).to_be_visible()
    assert_accessible(page)
    keys.press(page.get_by_role("link", name="Set up an app"))
    secret = page.locator("#totp-secret").inner_text().replace(" ", "")
    assert_accessible(page)
    keys.fill(page.get_by_label("Code"), code(secret))
    keys.press(page.get_by_role("button", name="Switch on"))
    expect(page.get_by_role("heading", level=1, name="Your recovery codes")).to_be_visible()
    assert_accessible(page)
    keys.press(page.get_by_role("link", name="I have kept them"))
    expect(page.get_by_text("10 codes left")).to_be_visible()
    expect(page.get_by_text("your role must have a second factor")).to_have_count(0)
    page.goto("/teach/")
    expect(page.get_by_role("heading", level=1, name="Teaching")).to_be_visible()
    manager.refresh_from_db()
    assert manager.has_second_factor
