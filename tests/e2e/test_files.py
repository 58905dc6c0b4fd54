"""The file manager in a browser: files are dropped, sent, looked at and shared by a link; by keyboard, and without a script."""

import io
import random
import re
import wave
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from django.urls import reverse
from PIL import Image, ImageDraw
from playwright.sync_api import Download, Locator, Page, Route, expect

from accounts.models import User
from courses.enums import Role
from files.models import File, Folder, Rendition, Space, StoredFile
from files.services.bin import put_into_bin
from files.services.kept import keep_file, make_folder
from files.services.previews import render
from files.services.sharing import link_of, share_by_link
from files.services.spaces import space_of
from tests.e2e.conftest import Keyboard, Opener, assert_accessible, picture, sign_in, wait_until
from tests.factories import CourseFactory, MembershipFactory, UserFactory
from tests.factories.accounts import PASSWORD
from tests.factories.files import bytes_of, png, stored, zipped
from tests.factories.previews import workbook

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINK_PASSWORD = "sedge by the water"
# Jobs run while the last part is answered, and the machine may have other things to do.
LONG = 60_000
CODE = b'import os\n\n\ndef walk(top: str) -> list[str]:\n    """All that lies there."""\n    return sorted(os.listdir(top))\n'


@pytest.fixture
def person() -> User:
    return UserFactory(email="ines@example.org", name="Ines Inside", verified=True)


@pytest.fixture
def space(person: User) -> Space:
    return space_of("person", person.pk)


@pytest.fixture
def samples(tmp_path: Path) -> dict[str, Path]:
    """A file of each kind, by name; the recording has several parts."""
    contents = {
        "creek.wav": recording(13 * 1024**2),
        "hedge.png": png(640, 400, 120),
        "guide.pdf": document("Page one", "Page two"),
        "cover.csv": b"metre,species\n0,Crataegus monogyna\n5,Prunus spinosa\n",
        "notes.md": b"# Field notes\n\nSome *soft* ground.\n",
        "walk.py": CODE,
        "bundle.zip": zipped(**{"data/transect.csv": "a,b\n", "read.txt": "x"}),
        "grades.xlsx": workbook(Cover=[["metre", "species"], [5, "Corylus avellana"]]),
        "novel.epub": zipped(mimetype="application/epub+zip"),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in contents}


def recording(size: int) -> bytes:
    """Noise: nothing on the way makes it smaller."""
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setparams((2, 2, 44_100, 0, "NONE", ""))
        sound.writeframes(random.Random(7).randbytes(size))
    return target.getvalue()


def document(*texts: str) -> bytes:
    """A PDF of pages with a word and a black bar each."""
    pages = [Image.new("RGB", (400, 560), "white") for _ in texts]
    for page, text in zip(pages, texts, strict=True):
        ImageDraw.Draw(page).rectangle((40, 40, 360, 120), fill="black")
        ImageDraw.Draw(page).text((40, 200), text, fill="black")
    target = io.BytesIO()
    pages[0].save(target, "PDF", save_all=True, append_images=pages[1:])
    return target.getvalue()


class Line:
    """The line to the site for parts of files: from ``hold`` on they wait, until they are let through or cut off."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.held: list[Route] = []
        self.passed = 0
        self.is_cut = False
        self._holds: Callable[[Route], bool] = lambda route: False
        page.route("**/api/v1/uploads/*/", self._part)

    def hold(self, which: Callable[[Route], bool] = lambda route: True) -> None:
        self._holds = which

    def let_through(self) -> None:
        self._holds = lambda route: False
        while self.held:
            self.held.pop().continue_()

    def cut(self) -> None:
        """No part gets through; what was under way is lost."""
        self.is_cut = True
        while self.held:
            self.held.pop().abort("internetdisconnected")

    def comes_back(self) -> None:
        self.is_cut = False

    def _part(self, route: Route) -> None:
        if route.request.method == "PATCH":
            if self.is_cut:
                route.abort("internetdisconnected")
                return
            if self._holds(route):
                self.held.append(route)
                return
            self.passed += 1
        route.continue_()


def is_later_part(route: Route) -> bool:
    return route.request.headers["upload-offset"] != "0"


def hand_over(page: Page, event: str, paths: list[Path]) -> None:
    """Drop or paste files, which only a hand could do: the page is told of real files as the browser tells of them."""
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('input'), {type: 'file', id: 'hand', multiple: true}))"
    )
    page.locator("#hand").set_input_files(paths)
    page.evaluate(
        """event => {
          const hand = document.getElementById("hand");
          const carried = new DataTransfer();
          for (const file of hand.files) carried.items.add(file);
          hand.remove();
          const says = {bubbles: true, cancelable: true};
          const names = event === "drop" ? ["dragover", "drop"] : ["paste"];
          for (const name of names) document.querySelector("main").dispatchEvent(name === "paste"
            ? new ClipboardEvent(name, {...says, clipboardData: carried}) : new DragEvent(name, {...says, dataTransfer: carried}));
        }""",
        event,
    )


def row_of(page: Page, name: str) -> Locator:
    """How the sending of a file goes."""
    return page.get_by_role("group", name=name, exact=True)


def listed(page: Page, name: str) -> Locator:
    return page.locator("#file-list [data-row]").get_by_role("link", name=name, exact=True)


def told(page: Page) -> Locator:
    return page.get_by_role("region", name="Messages")


def enter(page: Page, person: User) -> Page:
    sign_in(page, person.email, PASSWORD)
    return page


def open_files(page: Page) -> None:
    """One's own files, when the page has come to life."""
    page.goto("/files/")
    expect(page.get_by_text("Drop files here, paste them, or choose some.")).to_be_visible()
    if page.locator("[data-row]").count():
        expect(page.get_by_role("checkbox", name="Choose all")).to_be_visible()


def keep(person: User, space: Space, name: str, content: bytes = b"# Notes\n", folder: Folder | None = None) -> File:
    return keep_file(actor=person, space=space, folder=folder, stored=stored(content, name, person)).file


def test_from_the_drop_to_the_end_of_a_link(open_page: Opener, person: User, samples: dict[str, Path], tmp_path: Path):
    page = enter(open_page(offline=True, refused=(404,)), person)
    open_files(page)
    line = Line(page)
    drop_all_while_the_line_breaks(page, line, samples)
    paste_a_picture(page, tmp_path)
    pause_and_cancel(page, line, tmp_path)
    assert_accessible(page)
    picture(page, "files")
    look_at_each(page)

    address = make_a_link(page, "hedge.png")
    visitor = open_page(refused=(410,))
    open_by_the_link(visitor, address, samples["hedge.png"])
    page.get_by_role("button", name="End sharing: ").click()
    expect(told(page)).to_contain_text("Nobody can open it by this any more.")
    answer = visitor.goto(address)
    assert answer is not None
    assert answer.status == 410
    expect(visitor.get_by_role("heading", level=1, name="This link is over")).to_be_visible()
    assert_accessible(visitor)

    page.get_by_role("link", name="hedge.png").click()
    assert history(page) == [
        "Somebody with the link was refused",
        "Ines Inside ended sharing",
        "Somebody with the link downloaded version 1",
        "Somebody with the link viewed version 1",
        "Ines Inside shared",
        "Ines Inside viewed version 1",
    ]


def history(page: Page) -> list[str]:
    """What is told of a file, without the times."""
    lines = page.get_by_role("region", name="History").get_by_role("listitem")
    expect(lines.first).to_be_visible()
    return [re.sub(r"^.*?(?=Ines|Somebody)", "", " ".join(line.split())) for line in lines.all_inner_texts()]


def drop_all_while_the_line_breaks(page: Page, line: Line, samples: dict[str, Path]) -> None:
    line.hold(is_later_part)
    hand_over(page, "drop", list(samples.values()))
    expect(page.locator("[data-rows] progress")).to_have_count(len(samples))
    for name in samples:
        if name != "creek.wav":
            expect(row_of(page, name)).to_contain_text(f"{name} is here.", timeout=LONG)
    large = row_of(page, "creek.wav")
    expect(large).to_contain_text("creek.wav: 8.0 of 13.0 MB")
    line.cut()
    expect(large).to_contain_text("The connection is gone. It goes on by itself.")
    expect(large.get_by_role("button", name="Pause")).to_be_visible()
    before = line.passed
    line.let_through()
    line.comes_back()
    expect(large).to_contain_text("creek.wav is here.", timeout=LONG)
    assert line.passed == before + 1
    for name, path in samples.items():
        # Without a reload: the page would have forgotten how it went.
        expect(listed(page, name)).to_be_visible()
        sent = StoredFile.objects.get(name=name)
        assert sha256(bytes_of(sent)).hexdigest() == sha256(path.read_bytes()).hexdigest()


def paste_a_picture(page: Page, folder: Path) -> None:
    # Whatever is copied from a screen has this name.
    (folder / "image.png").write_bytes(png(30, 20, 200))
    hand_over(page, "paste", [folder / "image.png"])
    name = re.compile(r"^image-\d{4}-\d\d-\d\d-\d{6}\.png$")
    expect(page.locator("#file-list").get_by_role("link", name=name)).to_be_visible()


def pause_and_cancel(page: Page, line: Line, folder: Path) -> None:
    for name in ("later.md", "never.md"):
        (folder / name).write_bytes(b"# Notes\n" * 300)
    page.get_by_role("checkbox", name="Choose hedge.png").check()
    line.hold()
    page.get_by_label("Files to add").set_input_files([folder / "later.md", folder / "never.md"])
    expect(row_of(page, "later.md")).to_contain_text("later.md: 0.0 of 2.3 kB")
    row_of(page, "later.md").get_by_role("button", name="Pause").click()
    expect(row_of(page, "later.md").get_by_role("button", name="Go on")).to_be_focused()
    row_of(page, "never.md").get_by_role("button", name="Cancel").click()
    expect(row_of(page, "never.md")).to_have_count(0)
    expect(page.get_by_label("Files to add")).to_be_focused()
    line.held.clear()
    line.let_through()
    expect(row_of(page, "later.md")).to_contain_text("Paused. What was sent is kept.")
    row_of(page, "later.md").get_by_role("button", name="Go on").click()
    expect(listed(page, "later.md")).to_be_visible()
    # A list that is shown anew leaves what was chosen.
    expect(page.get_by_role("checkbox", name="Choose hedge.png")).to_be_checked()
    expect(page.get_by_text("1 chosen")).to_be_visible()
    assert not File.objects.filter(name="never.md").exists()


def look_at_each(page: Page) -> None:
    sight = page.get_by_role("region", name="Preview")

    def look(name: str) -> None:
        listed(page, name).click()
        expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()

    def back() -> None:
        assert_accessible(page)
        page.get_by_label("Breadcrumb").get_by_role("link", name="Your files").click()
        page.wait_for_url("**/files/spaces/**")

    look("hedge.png")
    page.wait_for_function("() => document.querySelector('.preview-picture').naturalWidth > 0")
    back()
    look("guide.pdf")
    expect(sight.locator(".pdf-page[data-drawn] canvas").first).to_be_visible()
    # The black bar is there, and the paper around it is white.
    shades = "canvas => [[.5, .14], [.5, .9]].map(([x, y]) => canvas.getContext('2d').getImageData(x * canvas.width, y * canvas.height, 1, 1).data[0])"
    dark, light = sight.locator(".pdf-page[data-drawn] canvas").first.evaluate(shades)
    assert (dark < 40, light > 215) == (True, True)
    expect(sight.locator("[data-count]")).to_have_text("2")
    sight.get_by_role("button", name="Next page").click()
    expect(sight.locator(".pdf-page[data-number='2'][data-drawn]")).to_be_visible()
    back()
    look("cover.csv")
    expect(sight.get_by_role("table").get_by_role("cell", name="Crataegus monogyna")).to_be_visible()
    back()
    look("notes.md")
    expect(sight.get_by_role("heading", name="Field notes")).to_be_visible()
    back()
    look("walk.py")
    expect(sight.locator("code .hl-keyword", has_text="import")).to_be_visible()
    back()
    look("creek.wav")
    page.wait_for_function("() => document.querySelector('audio').duration > 70")
    back()
    look("bundle.zip")
    expect(sight.get_by_role("rowheader", name="data/transect.csv")).to_be_visible()
    back()
    wait_for_the_job(page, sight, look)
    back()
    look("novel.epub")
    expect(sight.get_by_text("Files of this kind have no preview.")).to_be_visible()
    back()


def wait_for_the_job(page: Page, sight: Locator, look: Callable[[str], None]) -> None:
    """As if the job had not come to it yet: here jobs run at once."""
    Rendition.objects.filter(source__name="grades.xlsx").delete()
    look("grades.xlsx")
    expect(sight.get_by_text("The preview is being made. Look again in a moment.")).to_be_visible()
    render(stored_id=StoredFile.objects.get(name="grades.xlsx").pk)
    page.reload()
    expect(sight.get_by_role("table").get_by_role("cell", name="Corylus avellana")).to_be_visible()


def make_a_link(page: Page, name: str) -> str:
    listed(page, name).click()
    page.get_by_role("link", name="Share", exact=True).click()
    form = page.get_by_role("region", name="Make a link")
    # The form beside it asks the same.
    expect(form.get_by_label("Until")).to_be_empty()
    form.get_by_label("Password").fill(LINK_PASSWORD)
    form.get_by_role("button", name="Make the link").click()
    expect(told(page)).to_contain_text("The link is ready.")
    assert_accessible(page)
    return page.locator("a.share-link").inner_text()


def open_by_the_link(visitor: Page, address: str, sent: Path) -> None:
    visitor.goto(address)
    expect(visitor.get_by_role("heading", level=1, name="This link has a password")).to_be_visible()
    assert_accessible(visitor)
    visitor.get_by_label("Password", exact=True).fill(LINK_PASSWORD)
    visitor.get_by_role("button", name="Open").click()
    expect(visitor.get_by_role("heading", level=1, name=sent.name)).to_be_visible()
    visitor.wait_for_function("() => document.querySelector('.file-sight img').naturalWidth > 0")
    assert_accessible(visitor)
    with visitor.expect_download() as download:
        visitor.get_by_role("link", name="Download").click()
    assert (download.value.suggested_filename, download.value.path().read_bytes()) == (sent.name, sent.read_bytes())


def test_it_goes_on_with_the_line_but_not_when_it_is_paused(open_page: Opener, person: User, samples: dict[str, Path]):
    page = enter(open_page(offline=True), person)
    open_files(page)
    line = Line(page)
    line.hold(is_later_part)
    page.get_by_label("Files to add").set_input_files(samples["creek.wav"])
    row = row_of(page, "creek.wav")
    expect(row).to_contain_text("creek.wav: 8.0 of 13.0 MB")
    assert_resumes_when_online(page, line, row)

    row.get_by_role("button", name="Pause").click()
    line.held.clear()
    line.let_through()
    before = line.passed
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method) if "/uploads/" in request.url else None)
    go_offline_and_back(page)
    # What the page had asked by itself would be asked before this.
    page.evaluate("fetch('/api/v1/uploads/').then((answer) => answer.text())")
    assert asked == ["GET"]
    expect(row).to_contain_text("Paused. What was sent is kept.")
    row.get_by_role("button", name="Go on").click()
    expect(listed(page, "creek.wav")).to_be_visible(timeout=LONG)
    assert line.passed == before + 1


def test_a_new_version_is_sent_in_parts(open_page: Opener, person: User, space: Space, samples: dict[str, Path]):
    file = keep(person, space, "creek.wav", recording(1000))
    page = enter(open_page(width=320), person)
    page.goto(file.get_absolute_url())
    line = Line(page)
    line.hold(is_later_part)
    page.get_by_label("New version").set_input_files(samples["creek.wav"])
    row = row_of(page, "creek.wav")
    expect(row).to_contain_text("creek.wav: 8.0 of 13.0 MB")
    wait_until(page, lambda: bool(line.held), "the second part is asked for")
    assert_accessible(page)
    picture(page, "files-version-narrow")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused. What was sent is kept.")
    line.held.clear()
    line.let_through()
    row.get_by_role("button", name="Go on").click()
    versions = page.get_by_role("region", name="Versions")
    expect(versions.get_by_role("listitem").filter(has_text="Version 2")).to_contain_text("Current", timeout=LONG)
    expect(row).to_have_count(0)
    # The form is there again, for the next one.
    samples["creek.wav"].with_name("short.wav").write_bytes(recording(2000))
    page.get_by_label("New version").focus()
    page.get_by_label("New version").set_input_files(samples["creek.wav"].with_name("short.wav"))
    expect(versions).to_contain_text("Version 3", timeout=LONG)
    expect(page.get_by_label("New version")).to_be_focused()
    assert_accessible(page)
    # Of another kind, it has another ending: at the top and on the way here as well.
    page.get_by_label("New version").set_input_files(samples["hedge.png"])
    expect(page.get_by_role("heading", level=1, name="creek.wav.png")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("navigation", name="Breadcrumb")).to_contain_text("creek.wav.png")
    kept = [bytes_of(version.stored) for version in file.versions.order_by("number")]
    contents = [samples[name].read_bytes() for name in ("creek.wav", "hedge.png")]
    assert kept == [recording(1000), contents[0], recording(2000), contents[1]]


def assert_resumes_when_online(page: Page, line: Line, row: Locator) -> None:
    # The row tells of the first part before the page asks for the second.
    wait_until(page, lambda: bool(line.held), "the second part is asked for")
    page.context.set_offline(True)
    line.held.pop().abort("internetdisconnected")
    expect(row).to_contain_text("The connection is gone. It goes on by itself.")
    with page.expect_request(lambda request: request.method == "PATCH" and request.headers["upload-offset"] != "0"):
        page.context.set_offline(False)


def go_offline_and_back(page: Page) -> None:
    for is_offline in (True, False):
        page.context.set_offline(is_offline)
        page.wait_for_function("offline => navigator.onLine !== offline", arg=is_offline)


def test_all_by_keyboard(open_page: Opener, person: User, space: Space):
    for name in ("a.md", "b.md", "c.md", "d.md"):
        keep(person, space, name, f"# {name}\n".encode())
    make_folder(actor=person, space=space, name="Walks")
    page = enter(open_page(), person)
    open_files(page)
    hand, keys = Keyboard(page), page.keyboard

    def chosen() -> list[str]:
        return page.locator("[data-row]:has(input[name=entry]:checked)").get_by_role("link").all_inner_texts()

    hand.reach(listed(page, "Walks"))
    keys.press("ArrowDown")
    expect(listed(page, "a.md")).to_be_focused()
    keys.press("Space")
    assert chosen() == ["a.md"]
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Shift+Space")
    assert chosen() == ["a.md", "b.md", "c.md"]
    expect(page.get_by_text("3 chosen")).to_be_visible()
    keys.press("ArrowUp")
    expect(listed(page, "b.md")).to_be_focused()
    keys.press("Space")
    assert chosen() == ["a.md", "c.md"]
    keys.press("Control+a")
    assert chosen() == ["Walks", "a.md", "b.md", "c.md", "d.md"]
    expect(page.get_by_role("checkbox", name="Choose all")).to_be_checked()
    keys.press("Delete")
    expect(told(page)).to_contain_text("5 are in the bin.")

    hand.press(page.get_by_role("link", name="Bin"))
    hand.reach(page.get_by_role("checkbox", name="Choose d.md"))
    for _ in range(4):
        keys.press("ArrowUp")
    expect(page.get_by_role("checkbox", name="Choose Walks")).to_be_focused()
    keys.press("Control+a")
    hand.press(page.get_by_role("button", name="Restore"))
    expect(told(page)).to_contain_text("5 are back.")
    expect(page.get_by_role("heading", name="The bin is empty")).to_be_visible()
    hand.press(page.get_by_role("link", name="Back to the files"))

    hand.reach(listed(page, "d.md"))
    keys.press("Space")
    hand.reach(page.get_by_label("Move to"))
    keys.type("Walks")
    hand.press(page.get_by_role("button", name="Move"))
    expect(told(page)).to_contain_text("1 moved to “Walks”.")
    expect(listed(page, "d.md")).to_have_count(0)
    hand.press(listed(page, "Walks"))
    hand.press(listed(page, "d.md"))
    hand.press(page.get_by_role("link", name="Rename"))
    hand.fill(page.get_by_label("Name"), "sedge")
    hand.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", level=1, name="sedge.md")).to_be_visible()


def unpacked(download: Download) -> dict[str, bytes]:
    with zipfile.ZipFile(download.path()) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def with_menus(person: User, space: Space) -> None:
    walks = make_folder(actor=person, space=space, name="Walks")
    keep(person, space, "größe.md", b"# River", walks)
    for name in ("a.md", "b.md"):
        keep(person, space, name, f"# {name}".encode())


def test_menus_and_archives_by_mouse(open_page: Opener, person: User, space: Space):
    with_menus(person, space)
    page = enter(open_page(), person)
    open_files(page)
    for name in ("Walks", "a.md"):
        page.get_by_role("checkbox", name=f"Choose {name}").check()
    with page.expect_download() as chosen:
        page.get_by_role("toolbar", name="Chosen files").get_by_role("button", name="Download").click()
    assert unpacked(chosen.value) == {"Walks/": b"", "a.md": b"# a.md", "Walks/größe.md": b"# River"}
    menu = menu_of(page, "Walks")
    menu.click()
    assert_accessible(page)
    picture(page, "files-menu")
    with page.expect_download() as whole:
        page.get_by_role("link", name="Download", exact=True).click()
    assert (whole.value.suggested_filename, set(unpacked(whole.value))) == ("Walks.zip", {"Walks/", "Walks/größe.md"})
    # Elsewhere is where it closes.
    page.get_by_role("heading", level=1).click()
    expect(page.get_by_role("link", name="Rename")).to_have_count(0)

    menu_of(page, "b.md").click()
    page.get_by_role("button", name="Put into the bin").click()
    expect(told(page)).to_contain_text("1 is in the bin.")
    page.goto(space.get_absolute_url() + "?view=grid")
    menu_of(page, "a.md").click()
    assert_accessible(page)
    page.get_by_role("link", name="Move", exact=True).click()
    page.get_by_label("Move to").select_option("Walks")
    assert_accessible(page)
    page.get_by_role("button", name="Move").click()
    expect(told(page)).to_contain_text("It is in “Walks” now.")

    folder = Folder.objects.get()
    visitor = open_page()
    visitor.goto(link_of(share_by_link(actor=person, entry=folder, most_downloads=2)))
    assert_accessible(visitor)
    with visitor.expect_download() as everything:
        visitor.get_by_role("link", name="Download all").click()
    assert set(unpacked(everything.value)) == {"Walks/", "Walks/a.md", "Walks/größe.md"}


def menu_of(page: Page, name: str) -> Locator:
    menu = page.locator("summary").and_(page.get_by_label(f"More actions for {name}", exact=True))
    # Until the script has come it is a plain disclosure, which nothing but itself closes.
    expect(page.get_by_role("checkbox", name=f"Choose {name}")).to_be_visible()
    return menu


def test_menus_and_archives_by_keyboard(open_page: Opener, person: User, space: Space):
    with_menus(person, space)
    page = enter(open_page(), person)
    open_files(page)
    hand, keys = Keyboard(page), page.keyboard
    hand.reach(menu_of(page, "Walks"))
    # From menu to menu, as from link to link.
    keys.press("ArrowDown")
    expect(menu_of(page, "a.md")).to_be_focused()
    keys.press("Enter")
    keys.press("ArrowDown")
    expect(page.get_by_role("link", name="Open", exact=True)).to_be_focused()
    keys.press("ArrowUp")
    expect(page.get_by_role("button", name="Put into the bin")).to_be_focused()
    keys.press("Escape")
    expect(menu_of(page, "a.md")).to_be_focused()
    keys.press("Enter")
    hand.press(page.get_by_role("link", name="Rename"))
    hand.fill(page.get_by_label("Name"), "sedge")
    hand.press(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("heading", level=1, name="sedge.md")).to_be_visible()

    open_files(page)
    hand.reach(listed(page, "Walks"))
    keys.press("Control+a")
    with page.expect_download() as chosen:
        hand.press(page.get_by_role("toolbar", name="Chosen files").get_by_role("button", name="Download"))
    assert set(unpacked(chosen.value)) == {"Walks/", "Walks/größe.md", "b.md", "sedge.md"}


LONG_NAME = "transect-of-the-northern-hedge-" + "and-on-" * 8 + "2026.csv"


def addresses(person: User, space: Space) -> dict[str, str]:
    """Each kind of page, with names that are hard to fit."""
    file = keep(person, space, LONG_NAME, b"metre,species\n0,Prunus\n")
    folder = make_folder(actor=person, space=space, name="Walks " + "along the river " * 8)
    put_into_bin(actor=person, entries=[keep(person, space, "gone-" + LONG_NAME, b"metre\n1\n")])
    keep(person, space, "hedge.png", png(640, 400, 120), folder)
    link, locked = (share_by_link(actor=person, entry=file, password=password) for password in ("", LINK_PASSWORD))
    of_folder = share_by_link(actor=person, entry=folder)
    return {
        "place": space.get_absolute_url(),
        "grid": space.get_absolute_url() + "?view=grid",
        "file": file.get_absolute_url(),
        "share": reverse("files:share-file", args=[file.public_id]),
        "move": reverse("files:move-file", args=[file.public_id]),
        "bin": reverse("files:bin", args=[space.public_id]),
        "shared": reverse("files:shared"),
        "link": link_of(link),
        "locked": link_of(locked),
        "link-folder": link_of(of_folder),
    }


def test_narrow_dark_and_from_right_to_left(open_page: Opener, person: User, space: Space):
    page = enter(open_page(width=320, theme="dark"), person)
    for name, address in addresses(person, space).items():
        page.goto(address)
        assert_accessible(page)
        picture(page, f"files-{name}-narrow")
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert_accessible(page)
        picture(page, f"files-{name}-rtl")


def test_without_a_script(open_page: Opener, person: User, samples: dict[str, Path]):
    other, course = UserFactory(email="oda@example.org", name="Oda Other"), CourseFactory()
    for member, role in ((person, Role.TEACHER), (other, Role.ASSISTANT)):
        MembershipFactory(course=course, user=member, role=role)
    page = enter(open_page(script=False), person)
    page.goto("/files/")
    page.get_by_label("Files to add").set_input_files([samples["notes.md"], samples["hedge.png"]])
    page.get_by_role("button", name="Upload").click()
    expect(told(page)).to_contain_text("2 files are here.")
    page.get_by_text("New folder").click()
    page.get_by_label("Name of the folder").fill("Walks")
    page.get_by_role("button", name="Make").click()
    expect(page.get_by_role("heading", level=1, name="Walks")).to_be_visible()
    page.goto("/files/")
    for name in ("notes.md", "hedge.png"):
        page.get_by_role("checkbox", name=f"Choose {name}").check()
    with page.expect_download() as chosen:
        page.get_by_role("button", name="Download").click()
    assert set(unpacked(chosen.value)) == {"notes.md", "hedge.png"}
    page.get_by_label("More actions for notes.md").click()
    page.get_by_role("link", name="Share", exact=True).click()
    page.get_by_label("Email of the person").fill("oda@example.org")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(told(page)).to_contain_text("It is shared.")
    expect(page.get_by_role("region", name="Who can open it")).to_contain_text("Oda Other")
    page.get_by_role("button", name="Make the link").click()
    expect(told(page)).to_contain_text("The link is ready.")
    visitor = open_page(script=False)
    visitor.goto(page.locator("a.share-link").inner_text())
    expect(visitor.get_by_role("heading", level=1, name="notes.md")).to_be_visible()
