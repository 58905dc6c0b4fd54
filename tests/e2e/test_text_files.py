"""Pictures and files in texts, in a browser: pasted, dropped, sent, chosen from those that one keeps."""

import base64
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from accounts.models import User
from courses.enums import Role
from courses.models import Item
from courses.services import page as pages
from files.models import File, StoredFile
from files.services.kept import keep_file
from files.services.spaces import space_of
from tests.e2e.conftest import Keyboard, Opener, assert_accessible, picture, sign_in, wait_until
from tests.factories import (
    BlockFactory,
    CourseFactory,
    ItemFactory,
    MembershipFactory,
    ModuleFactory,
    SectionFactory,
    UserFactory,
)
from tests.factories.accounts import PASSWORD
from tests.factories.files import png, stored

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Jobs run while the last part is answered, and the machine may have other things to do.
LONG = 60_000
INSERT = re.compile("^Insert a picture or file")

PASTE = """([name, text, sort]) => {
    const carried = new DataTransfer();
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    carried.items.add(new File([bytes], name, { type: "image/png" }));
    const about = { bubbles: true, cancelable: true };
    const event = sort === "drop" ? new DragEvent("drop", { ...about, dataTransfer: carried }) : new ClipboardEvent("paste", { ...about, clipboardData: carried });
    document.activeElement.dispatchEvent(event);
}"""


@pytest.fixture
def author() -> User:
    return UserFactory(email="ines@example.org", name="Ines Inside", verified=True)


@pytest.fixture
def lesson(author: User) -> Item:
    course = CourseFactory(slug="hedges", title="Hedges")
    MembershipFactory(course=course, user=author, role=Role.OWNER)
    item: Item = ItemFactory(module=ModuleFactory(course=course), title="A walk")
    BlockFactory(section=SectionFactory(item=item), text="Look at this:")
    return item


@pytest.fixture
def kept(author: User) -> File:
    space = space_of("person", author.pk)
    keep_file(actor=author, space=space, stored=stored(b"metre\n1\n", "cover.csv", author))
    return keep_file(actor=author, space=space, stored=stored(png(64, 40, 90), "hazel.png", author)).file


def enter(page: Page, author: User, address: str, *, script: bool = True) -> Locator:
    """The page with the text, and its field, as soon as it takes files."""
    sign_in(page, author.email, PASSWORD)
    page.goto(address)
    expect(page.get_by_role("button", name=INSERT).first).to_be_visible(visible=script, timeout=LONG)
    return page.locator(".text-files textarea").first


def told(page: Page) -> Locator:
    return page.get_by_role("region", name="Messages")


def give(page: Page, name: str, content: bytes, sort: str = "paste") -> None:
    """As if somebody pasted or dropped a picture where they write."""
    page.evaluate(PASTE, [name, base64.b64encode(content).decode(), sort])


def chosen(text: Locator) -> str:
    found: str = text.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)")
    return found


def test_pasted_and_chosen_pictures_stand_in_the_lesson(open_page: Opener, author: User, lesson: Item, kept: File):
    page = open_page()
    text = enter(page, author, f"/teach/hedges/items/{lesson.public_id}/")
    text.focus()
    page.keyboard.press("Control+End")
    give(page, "image.png", png(60, 30, 200))
    expect(text).to_have_value(re.compile(r"^Look at this:!\[image-[\d-]+\]\(file:[0-9a-f-]{36}\)$"), timeout=LONG)
    # The name is only there to be written over.
    expect(text).to_be_focused()
    assert chosen(text).startswith("image-")
    page.keyboard.type("A sloe")
    sent = StoredFile.objects.get(name__startswith="image-")
    expect(text).to_have_value(f"Look at this:![A sloe](file:{sent.public_id})")
    page.keyboard.press("Control+End")
    page.keyboard.type(" and ")

    page.get_by_role("button", name=INSERT).first.click()
    dialog = page.get_by_role("dialog", name="Insert a picture or file")
    expect(dialog.get_by_role("button", name="hazel.png")).to_be_visible()
    expect(dialog.get_by_role("button", name="cover.csv")).to_be_visible()
    assert_accessible(page)
    dialog.get_by_label("Words in the name").fill("hazel")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="cover.csv")).to_have_count(0)
    dialog.get_by_role("button", name="hazel.png").click()
    expect(text).to_be_focused()
    assert chosen(text) == "hazel"
    before = f"Look at this:![A sloe](file:{sent.public_id}) and "
    reference = f"![hazel](file:{kept.shown.stored.public_id})"
    expect(text).to_have_value(before + reference)
    # It can be undone as what was typed.
    page.keyboard.press("Control+z")
    expect(text).to_have_value(before)
    page.keyboard.press("Control+Shift+z")
    expect(text).to_have_value(before + reference)
    assert_accessible(page)

    page.get_by_role("button", name="Save draft").first.click()
    expect(told(page)).to_contain_text("Saved as a draft.")
    page.goto(f"{lesson.get_absolute_url()}?draft=1")
    for name in ("A sloe", "hazel"):
        image = page.get_by_role("img", name=name)
        expect(image).to_be_visible()
        assert image.evaluate("one => one.decode().then(() => one.naturalWidth > 0)")


def test_a_page_in_html(open_page: Opener, author: User, lesson: Item, kept: File, tmp_path: Path):
    written = pages.add_page(actor=author, course=lesson.course, title="Glossary", text="", is_published=True)
    page = open_page()
    text = enter(page, author, f"/teach/hedges/pages/{written.public_id}/")
    page.get_by_label("Written as").select_option("html")
    page.get_by_role("button", name=INSERT).click()
    page.get_by_role("dialog").get_by_role("button", name="hazel.png").click()
    page.keyboard.type("Hazel & sloe")
    page.keyboard.press("Control+End")
    (tmp_path / "notes.md").write_bytes(b"# Notes\n")
    page.get_by_role("button", name=INSERT).click()
    with page.expect_file_chooser() as asked:
        page.get_by_role("dialog").get_by_role("button", name="Upload from this device").click()
    asked.value.set_files(tmp_path / "notes.md")
    expect(text).to_have_value(re.compile("notes.md</a>$"), timeout=LONG)
    notes = StoredFile.objects.get(name="notes.md")
    image = f'<img src="file:{kept.shown.stored.public_id}" alt="Hazel & sloe">'
    expect(text).to_have_value(f'{image}<a href="file:{notes.public_id}">notes.md</a>')
    page.get_by_role("button", name="Save", exact=True).click()
    expect(told(page)).to_contain_text("Saved.")
    page.goto(written.get_absolute_url())
    expect(page.get_by_role("img", name="Hazel & sloe")).to_be_visible()
    expect(page.get_by_role("link", name="notes.md")).to_have_attribute("href", notes.get_absolute_url())


def test_on_its_way_refused_cancelled_and_waited_for(open_page: Opener, author: User, lesson: Item):
    page = open_page(refused=(400,))
    text = enter(page, author, f"/teach/hedges/items/{lesson.public_id}/")
    held: list[Route] = []
    holding: set[str] = set()

    def hold(route: Route) -> None:
        if route.request.method in holding:
            held.append(route)
        else:
            route.continue_()

    text.focus()
    give(page, "virus.png", b"this is no picture", "drop")
    row = page.get_by_role("group", name="virus.png")
    expect(row).to_contain_text("virus.png was not taken.", timeout=LONG)
    assert_accessible(page)
    row.get_by_role("button", name="Close").click()
    expect(row).to_have_count(0)
    expect(text).to_be_focused()

    page.route("**/api/v1/uploads/*/", hold)
    holding.add("PATCH")
    give(page, "thorn.png", png(20))
    row = page.get_by_role("group", name="thorn.png")
    wait_until(page, lambda: bool(held), "the file on its way")
    row.get_by_role("button", name="Cancel").click()
    expect(row).to_have_count(0)
    expect(text).to_have_value("Look at this:")

    # What was written meanwhile is not overwritten, and the form waits.
    del held[:]
    page.keyboard.press("Control+End")
    give(page, "sloe.png", png(30), "drop")
    page.keyboard.type(" yes ")
    page.get_by_role("button", name="Save draft").first.click()
    expect(page.locator("#live")).to_have_text("The form is sent when the file is there.")
    wait_until(page, lambda: bool(held), "the file on its way")
    holding.clear()
    held.pop().continue_()
    expect(told(page)).to_contain_text("Saved as a draft.", timeout=LONG)
    expect(text).to_have_value(re.compile(r"^Look at this: yes !\[sloe\]\(file:"))


def test_by_keyboard_narrow_dark_and_from_right_to_left(open_page: Opener, author: User, lesson: Item, kept: File):
    page = open_page(width=320, theme="dark")
    text = enter(page, author, f"/teach/hedges/items/{lesson.public_id}/")
    hand = Keyboard(page)
    hand.reach(text)
    page.keyboard.press("Control+End")
    hand.press(page.get_by_role("button", name=INSERT).first)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Words in the name")).to_be_focused()
    assert_accessible(page)
    picture(page, "text-files-narrow")
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert_accessible(page)
    picture(page, "text-files-rtl")
    hand.press(dialog.get_by_role("button", name="hazel.png"))
    expect(text).to_be_focused()
    assert chosen(text) == "hazel"
    assert_accessible(page)


def test_without_a_script(open_page: Opener, author: User, lesson: Item, kept: File, tmp_path: Path):
    (tmp_path / "sloe.png").write_bytes(png(30))
    page = open_page(script=False)
    text = enter(page, author, f"/teach/hedges/items/{lesson.public_id}/", script=False)
    page.get_by_text("Add a picture or a file").first.click()
    page.get_by_label("Picture or file").first.set_input_files(tmp_path / "sloe.png")
    assert_accessible_without_script(page)
    page.get_by_role("button", name="Save draft").first.click()
    expect(told(page)).to_contain_text("“sloe.png” stands at the end of the text now.")
    expect(text).to_have_value(re.compile(r"^Look at this:\n\n!\[sloe\]\(file:"))


def assert_accessible_without_script(page: Page) -> None:
    for name in ("Picture or file", "Or a file that you keep"):
        expect(page.get_by_label(name).first).to_be_visible()
