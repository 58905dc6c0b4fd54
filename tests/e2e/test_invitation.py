"""A class comes into its course by a link that the teacher made."""

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from accounts.models import User
from core.models import OutgoingMail
from courses.models import Membership
from tests.e2e.conftest import Keyboard, Mouse, Opener, assert_accessible, link_in, picture, sign_in
from tests.factories.accounts import PASSWORD


def make_link(page, hand) -> str:
    page.goto("/courses/statistics/people/")
    hand.press(page.get_by_role("link", name="Invite"))
    expect(page.get_by_role("heading", level=1, name="Invitations")).to_be_visible()
    hand.press(page.locator("summary", has_text="Make a link for the class"))
    hand.fill(page.get_by_label("Places"), "30")
    assert_accessible(page)
    picture(page, "invite")
    hand.press(page.get_by_role("button", name="Make the link"))
    expect(page.get_by_role("heading", level=1, name="Your new link")).to_be_visible()
    assert_accessible(page)
    return page.locator("#invitation-link").inner_text()


@pytest.mark.parametrize(
    ("width", "theme", "kind"), [(1280, "light", Mouse), (360, "dark", Keyboard)], ids=["wide", "narrow-by-keyboard"]
)
def test_a_new_person_comes_into_the_course_by_a_link(
    transactional_db, people, taught, open_page: Opener, width: int, theme: str, kind
):
    EmailAddress.objects.create(user=people.teacher, email=people.teacher.email, primary=True, verified=True)
    teacher, guest = open_page(width=width, theme=theme), open_page(width=width, theme=theme)
    hand = kind(guest)
    sign_in(teacher, people.teacher.email, PASSWORD)
    link = make_link(teacher, kind(teacher))

    guest.goto(link)
    expect(guest.get_by_text("Tariq Teacher invites you.")).to_be_visible()
    expect(guest.get_by_text("Statistics, as student")).to_be_visible()
    assert_accessible(guest)
    picture(guest, f"invited-{width}")
    hand.fill(guest.get_by_label("Name"), "Imani Okafor")
    hand.fill(guest.get_by_label("Email"), "imani@example.org")
    hand.fill(guest.get_by_label("Password", exact=True), "a quiet lake in the morning")
    hand.press(guest.get_by_role("button", name="Sign up and accept"))
    guest.wait_for_url("**/confirm-email/")
    mail = next(mail for mail in OutgoingMail.objects.all() if "confirm-email" in mail.text)
    guest.goto(link_in(mail.text))
    hand.press(guest.get_by_role("button", name="Confirm"))
    guest.wait_for_url(lambda url: "confirm" not in url)
    guest.goto("/courses/statistics/")
    expect(guest.get_by_role("link", name="Leave").or_(guest.get_by_text("Leave the course"))).to_have_count(1)
    person = User.objects.get(email="imani@example.org")
    assert list(Membership.objects.active().filter(user=person).values_list("role", flat=True)) == ["student"]

    teacher.goto("/courses/statistics/people/invitations/")
    expect(teacher.get_by_role("cell", name="1 / 30")).to_be_visible()
    guest.goto(link)
    expect(guest.get_by_text("You are signed in as Imani Okafor")).to_be_visible()
    assert_accessible(guest)
