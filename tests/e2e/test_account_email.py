"""A person changes their address: two mails, two times yes; and a no that leads to a new password."""

import re

import pytest
from playwright.sync_api import Page, expect

from core.models import OutgoingMail
from tests.e2e.conftest import Hand, Keyboard, Mouse, Opener, assert_accessible, picture, sign_in
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD


def links(address: str) -> list[str]:
    mail = OutgoingMail.objects.filter(recipients=[address]).latest("id")
    return re.findall(r"https?://[^\s<>]+/accounts/email/[^\s<>]+", mail.text)


def ask(page: Page, hand: Hand) -> None:
    sign_in(page, "sam@example.org", PASSWORD)
    page.goto("/profile/security/")
    hand.press(page.get_by_role("link", name="Change email"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Change email")
    assert_accessible(page)
    hand.fill(page.get_by_label("New email"), "new@example.org")
    hand.press(page.get_by_role("button", name="Send both mails"))
    expect(page.get_by_text("It is to become new@example.org")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("kind", [Mouse, Keyboard])
def test_both_addresses_say_yes(transactional_db, open_page: Opener, kind):
    user = UserFactory(email="sam@example.org", name="Sam", verified=True)
    page = open_page()
    hand = kind(page)
    ask(page, hand)
    picture(page, "email-change")
    page.goto(links("new@example.org")[0])
    assert_accessible(page)
    hand.press(page.get_by_role("button", name="Yes, change it"))
    expect(page.get_by_role("heading", level=1)).to_have_text("One mail is left to open")
    assert_accessible(page)
    page.goto(links("sam@example.org")[0])
    hand.press(page.get_by_role("button", name="Yes, change it"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Email changed")
    assert_accessible(page)
    user.refresh_from_db()
    assert user.email == "new@example.org"


def test_the_old_address_says_no_on_a_narrow_screen_without_script(transactional_db, open_page: Opener):
    user = UserFactory(email="sam@example.org", name="Sam", verified=True)
    page = open_page(width=360, script=False)
    sign_in(page, "sam@example.org", PASSWORD)
    page.goto("/profile/security/email/")
    page.get_by_label("New email").fill("new@example.org")
    page.get_by_role("button", name="Send both mails").click()
    page.goto(links("sam@example.org")[1])
    page.get_by_role("button", name="Keep the present email").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your email stays as it is")
    expect(page.get_by_role("link", name="Reset password")).to_be_visible()
    user.refresh_from_db()
    assert user.email == "sam@example.org"
