"""What a person says and shows of themselves."""

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from tests.e2e.conftest import Opener, assert_accessible, picture, sign_in
from tests.factories.accounts import PASSWORD
from tests.files.services.test_pictures import picture as portrait


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_a_picture_is_uploaded_and_shown(transactional_db, people, taught, open_page: Opener, width: int, theme: str):
    EmailAddress.objects.create(user=people.student, email=people.student.email, primary=True, verified=True)
    people.student.time_zone = "Asia/Kolkata"
    people.student.save()
    page = open_page(width=width, theme=theme)
    sign_in(page, people.student.email, PASSWORD)
    said = page.get_by_role("region", name="Messages")
    page.goto("/profile/")
    page.get_by_role("button", name="Use it").click()
    expect(said.get_by_text("Times are now shown as in Europe/London.")).to_be_visible()
    expect(page.get_by_role("button", name="Use it")).to_have_count(0)
    page.get_by_label("Pronouns").fill("they/them")
    page.get_by_label("About you").fill("I row.\nAnd I count birds.")
    page.get_by_role("button", name="Save profile").click()
    expect(said.get_by_text("Profile saved")).to_be_visible()

    wrong = {"name": "me.png", "mimeType": "image/png", "buffer": b"<svg/>"}
    page.get_by_label("A picture of you").set_input_files(wrong)
    page.get_by_role("button", name="Use this picture").click()
    expect(page.locator("#picture-file_error")).to_have_text(
        "This is no picture in PNG, JPEG, WebP or GIF. Choose one that is."
    )
    assert_accessible(page)
    right = {
        "name": "me.jpg",
        "mimeType": "image/jpeg",
        "buffer": portrait(size=(900, 700), kind="JPEG", colour="teal"),
    }
    page.get_by_label("A picture of you").set_input_files(right)
    page.get_by_role("button", name="Use this picture").click()
    expect(said.get_by_text("Your picture is shown from now on.")).to_be_visible()
    shown = page.locator(".profile-head .avatar img")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 256
    assert_accessible(page)
    picture(page, f"profile-{width}-{theme}")
