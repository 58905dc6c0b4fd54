"""Hostile files from outside, on every way in: refused with a code and nothing left of them, or kept and harmless."""

import email.message
import html.parser
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from files.media_types import OPENED
from files.models import File, StoredFile
from files.services import previews
from files.services.kept import rename
from files.serving import POLICY
from lms.error_docs.files import DOCS
from tests.factories.files import png
from tests.files.ways import WAYS, by_api, kept, left, send
from tests.growth import HANG_SECONDS
from tests.samples import sample_folder

pytestmark = [pytest.mark.django_db, pytest.mark.samples]

DONE = {"form": 302, "api": 201, "parts": 200}
KEPT = ""
# Every file by its own name.
OUTCOMES = {
    "alphabet_soup.zip": KEPT,
    # XML is no kind of file that is kept here.
    "billion-laughs.xml": "file_type_unknown",
    # A link and names that lead elsewhere: shown as what they are, unpacked by nobody.
    "canvas-evil.zip": KEPT,
    "dompurify-expect-third.json": KEPT,
    "eicar.com.txt": "file_infected",
    "exe-named.pdf": "file_type_mismatch",
    "html-named.jpg": "file_type_mismatch",
    "markdown-xss.md": KEPT,
    "names.json": KEPT,
    "naughty-strings.json": KEPT,
    # Shown by a reader that runs no scripts; saved, it is the reader's own program that asks.
    "pdf-openaction-js.pdf": KEPT,
    "png-20000x20000.png": "image_too_large",
    "script.svg": "file_active",
    "zip-bomb-100mb.zip": "archive_bomb",
    "zip-slip.zip": KEPT,
}
TEXTS = {
    "billion-laughs.xml",
    "dompurify-expect-third.json",
    "html-named.jpg",
    "markdown-xss.md",
    "names.json",
    "naughty-strings.json",
    "pdf-openaction-js.pdf",
    "script.svg",
}
ARCHIVES = {"alphabet_soup.zip", "canvas-evil.zip", "zip-slip.zip"}
# By another ending: what becomes of it, and of which files something else.
MISLABELLED = {
    "png": ("file_type_mismatch", {"png-20000x20000.png": "image_too_large"}),
    "mp4": ("file_type_mismatch", {}),
    "html": ("file_type_unknown", {}),
    "exe": ("file_type_unknown", {}),
    # Drawings must be well-formed SVG before anything else.
    "svg": ("file_active", {}),
    "txt": ("file_not_text", {**dict.fromkeys(TEXTS, KEPT), "eicar.com.txt": "file_infected"}),
    "csv": ("file_not_text", {**dict.fromkeys(TEXTS, KEPT), "eicar.com.txt": "file_infected"}),
    "vtt": ("file_not_text", dict.fromkeys({*TEXTS, "eicar.com.txt"}, "file_type_mismatch")),
    "srt": ("file_not_text", dict.fromkeys({*TEXTS, "eicar.com.txt"}, "captions_broken")),
    "zip": ("file_type_mismatch", {**dict.fromkeys(ARCHIVES, KEPT), "zip-bomb-100mb.zip": "archive_bomb"}),
    "odt": ("file_type_mismatch", {"zip-bomb-100mb.zip": "archive_bomb"}),
    "pdf": ("file_type_mismatch", {"pdf-openaction-js.pdf": KEPT}),
}


class Sanity(html.parser.HTMLParser):
    """Notes whatever in a page could act that is not the site's own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        own = (told.get("src") or "").startswith("/static/") or "nonce" in told or "json" in (told.get("type") or "")
        if (tag == "script" and not own) or tag in {"iframe", "object", "embed", "base"}:
            self.found.append(tag)
        for name, value in attrs:
            address = re.sub(r"\s", "", value or "").lower()
            if name.startswith("on") or address.startswith(("javascript:", "vbscript:", "data:text")):
                self.found.append(f"{tag} {name}")
        if tag == "img" and told.get("src") == "x":
            self.found.append("img")


def dangers(answer) -> list[str]:
    reader = Sanity()
    reader.feed(answer.content.decode())
    return reader.found


def saved_as(answer) -> str | None:
    """What a browser saves it as, as it reads the header."""
    message = email.message.Message()
    message["Content-Disposition"] = answer["Content-Disposition"]
    return message.get_filename()


def check_harmless(page: Client, file: File) -> None:
    stored = file.shown.stored
    answer = page.get(reverse("files:open", args=[file.public_id, file.name]))
    answer.getvalue()
    assert answer.status_code == 200
    assert answer["Content-Security-Policy"] == POLICY
    assert "sandbox" in POLICY
    assert "allow-scripts" not in POLICY
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment") == (stored.media_type not in OPENED)
    assert "html" not in answer["Content-Type"]
    assert saved_as(answer) == file.name
    previews.render(stored_id=stored.pk)
    shown = page.get(file.get_absolute_url())
    assert shown.status_code == 200
    assert dangers(shown) == []


@contextmanager
def little_is_used() -> Iterator[None]:
    Path("/proc/self/clear_refs").write_text("5")
    before, begun = memory("VmRSS"), time.process_time()
    yield
    assert time.process_time() - begun < HANG_SECONDS
    assert memory("VmHWM") - before < 200 * 1024**2


def memory(kind: str) -> int:
    return int(re.findall(rf"{kind}:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024


def content_of(name: str) -> bytes:
    return (sample_folder("hostile") / name).read_bytes()


def test_no_file_is_left_out():
    assert {path.name for path in sample_folder("hostile").iterdir()} == set(OUTCOMES)


def test_all_codes_are_explained():
    codes = set(OUTCOMES.values()) | {
        code for code, others in MISLABELLED.values() for code in (code, *others.values())
    }
    assert codes - {KEPT} - set(DOCS) == set()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", OUTCOMES)
def test_by_its_own_name(name, way, page, person, space, media):
    content = content_of(name)
    with little_is_used():
        sent = send(way, page, person, space, name, content)
        for file in kept(space):
            check_harmless(page, file)
            assert dangers(page.get(space.get_absolute_url())) == []

    if OUTCOMES[name] == KEPT:
        assert (sent.status, [file.name for file in kept(space)]) == (
            DONE[way],
            [name],
        )
        return
    assert sent.status == (422 if way == "form" else 400)
    assert sent.words
    if way != "form":
        assert sent.code == OUTCOMES[name]
    assert (File.objects.count(), StoredFile.objects.count(), left(media)) == (0, 0, [])
    assert send(way, page, person, space, "next.png", png(3)).status == DONE[way]


@pytest.mark.parametrize("ending", MISLABELLED)
def test_by_another_ending(ending, page, space, media):
    expected, others = MISLABELLED[ending]
    codes = {}
    for name in OUTCOMES:
        before = left(media)
        with little_is_used():
            sent = by_api(page, space, f"{name}.{ending}", content_of(name))
            codes[name] = sent.code
            if sent.status == 201:
                check_harmless(page, kept(space)[-1])
        assert sent.status in {201, 400}
        if sent.code:
            assert left(media) == before
    assert codes == {name: others.get(name, expected) for name in OUTCOMES}
    assert len(kept(space)) == StoredFile.objects.exclude(usages__owner_kind="rendition").count()


NAMES = {
    "../../etc/passwd.png": "passwd.png",
    "..\\..\\windows\\x.png": "x.png",
    "/abs.png": "abs.png",
    "C:\\abs.png": "abs.png",
    "a\0b.png": "ab.png",
    "line\nbreak.png": "linebreak.png",
    "head\r\nX-Evil: 1\r\n.png": "headX-Evil: 1.png",
    "\u202egnp.exe.png": "gnp.exe.png",
    "zero\u200bwidth\ufeff.png": "zerowidth.png",
    "n" * 300 + ".png": "n" * 200 + ".png",
    'quote".png': 'quote".png',
    "<img src=x onerror=alert(1)>.png": "<img src=x onerror=alert(1)>.png",
    "a;b&c.png": "a;b&c.png",
    "%2e%2e%2fx.png": "%2e%2e%2fx.png",
    "con.png": "con.png",
    "  .hidden.png": "hidden.png",
    "héllo wörld ☃.png": "héllo wörld ☃.png",
}
# Nothing, dots only, or no name before the ending.
NAMELESS = ["", ".", "..", "...", " ", ".png", "\u202e.png", "/", "../"]


@pytest.mark.parametrize("way", WAYS)
def test_names_that_pretend_are_names_in_the_end(way, page, person, space, media):
    shown = {}
    for number, name in enumerate(NAMES, 3):
        before = {file.pk for file in kept(space)}
        sent = send(way, page, person, space, name, png(number))
        assert (sent.status, sent.code) == (DONE[way], "")
        (file,) = [file for file in kept(space) if file.pk not in before]
        shown[name] = file.name
        assert media / file.shown.stored.storage_key in media.rglob("*")
        answer = page.get(reverse("files:open", args=[file.public_id, file.name]) + "?download=1")
        assert (answer.getvalue(), saved_as(answer)) == (png(number), file.name)
        # Each is the only one of its name.
        rename(actor=person, entry=file, name=f"{number}.png" if "<" not in name else name)
    assert shown == NAMES
    for address in (space, *[file for file in kept(space) if "<" in file.name]):
        assert dangers(page.get(address.get_absolute_url())) == []


@pytest.mark.parametrize("way", WAYS)
def test_without_a_name_there_is_a_clear_refusal(way, page, person, space, media):
    for name in NAMELESS:
        sent = send(way, page, person, space, name, png(3))
        assert sent.status in {400, 422}
        assert sent.words
    assert (File.objects.count(), left(media)) == (0, [])
