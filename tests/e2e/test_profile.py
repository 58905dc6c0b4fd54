"""What a person says and shows of themselves."""

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import expect

from files.models import StoredFile, Upload
from files.services.kept import keep_file
from files.services.spaces import space_of
from tests.e2e.conftest import Opener, assert_accessible, picture, sign_in
from tests.factories.accounts import PASSWORD
from tests.factories.files import stored
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


def test_one_of_ones_files_becomes_the_picture(transactional_db, people, open_page: Opener):
    EmailAddress.objects.create(user=people.student, email=people.student.email, primary=True, verified=True)
    space = space_of("person", people.student.pk)
    for name, content in (("me.png", portrait(colour="teal")), ("notes.md", b"# Notes\n")):
        keep_file(actor=people.student, space=space, stored=stored(content, name, people.student))
    page = open_page(width=320, theme="dark")
    sign_in(page, people.student.email, PASSWORD)
    page.goto("/profile/")
    page.get_by_role("button", name="Choose from Files").click()
    dialog = page.get_by_role("dialog", name="Choose a file")
    expect(dialog.get_by_role("button", name="me.png")).to_be_visible()
    expect(dialog.get_by_role("button", name="notes.md")).to_have_count(0)
    assert_accessible(page)
    dialog.get_by_role("button", name="me.png").click()
    page.get_by_role("button", name="Use this picture").click()
    expect(page.get_by_text("Your picture is shown from now on.").last).to_be_visible()
    expect(page.locator(".profile-head .avatar img")).to_be_visible()


def test_a_large_picture_arrives_in_parts(transactional_db, people, open_page: Opener):
    EmailAddress.objects.create(user=people.student, email=people.student.email, primary=True, verified=True)
    page = open_page()
    sign_in(page, people.student.email, PASSWORD)
    page.goto("/profile/")
    large = portrait(size=(900, 700), kind="JPEG", colour="teal") + b"\0" * 5 * 1024**2
    page.get_by_label("A picture of you").set_input_files({"name": "me.jpg", "mimeType": "image/jpeg", "buffer": large})
    expect(page.get_by_role("group", name="me.jpg")).to_contain_text("me.jpg is there.", timeout=30_000)
    page.get_by_role("button", name="Use this picture").click()
    expect(page.locator(".profile-head .avatar img")).to_be_visible()
    assert (Upload.objects.count(), StoredFile.objects.count()) == (0, 1)
