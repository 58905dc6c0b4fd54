"""The parts of pages that show previews: what they say, and that nothing in them is markup of the file's."""

import io
from datetime import datetime

import pytest
from django.template.loader import render_to_string
from lxml import html

from files.previews.archive import ArchivePreview, Entry
from files.previews.base import NoPreview, Reason
from files.previews.markdown import markdown_preview
from files.previews.table import Sheet, TablePreview
from files.previews.text import text_preview

EVIL = "<img src=x onerror=go()>"


def chunk(part: str, **context) -> html.HtmlElement:
    return html.fromstring(render_to_string(f"files/_preview_{part}.html", {"name": f"a{EVIL}.txt", **context}))


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def regions(element: html.HtmlElement) -> list[tuple[str, str]]:
    return [(part.get("tabindex"), part.get("aria-label")) for part in element.xpath('.//*[@role="region"]')]


@pytest.mark.parametrize("name", ["a.py", "a.txt"])
def test_text(name):
    shown = chunk("text", preview=text_preview(io.BytesIO(f"{EVIL}\n\n x\n".encode()), name))
    assert [line.text_content() for line in shown.xpath('.//*[@class="line"]')] == [EVIL, "", " x"]
    assert (shown.xpath(".//img"), regions(shown)) == ([], [("0", f"Text of a{EVIL}.txt")])
    assert "Only the beginning" not in words(shown)
    assert "The file is empty." in words(chunk("text", preview=text_preview(io.BytesIO(b""), name)))


def test_text_that_is_cut_says_so():
    shown = chunk("text", preview=text_preview(io.BytesIO(b"a\n" * 5001), "a.txt"))
    assert "Only the beginning is shown." in words(shown)


def test_markdown():
    shown = chunk("markdown", preview=markdown_preview(io.BytesIO(b"# Head\n\n<b>x</b>\n")))
    assert [heading.text for heading in shown.xpath(".//h2")] == ["Head"]
    assert shown.xpath(".//b") == []


def test_table():
    sheet = Sheet(EVIL, (("metre", "cover"), ("0", EVIL)), 240)
    shown = chunk("table", preview=TablePreview((sheet,), has_more_sheets=True))
    assert [(cell.get("scope"), cell.text) for cell in shown.xpath(".//thead//th")] == [
        ("col", "metre"),
        ("col", "cover"),
    ]
    assert [cell.text for cell in shown.xpath(".//tbody//td")] == ["0", EVIL]
    assert (shown.xpath(".//caption")[0].text, regions(shown)) == (f"Table {EVIL}", [("0", f"Table {EVIL}")])
    assert "First 2 of 240 rows." in words(shown)
    assert "Only the first 1 sheets are shown." in words(shown)
    assert shown.xpath(".//img") == []


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        (Sheet("", (("1", "2"),), None), "First 1 rows."),
        (Sheet("", (("1", "2"),), 1, has_more_columns=True), "There are more columns than are shown."),
        (Sheet("", (), 0), "The table is empty."),
    ],
)
def test_tables_without_a_head_or_an_end(sheet, said):
    shown = chunk("table", preview=TablePreview((sheet,)))
    assert said in words(shown)
    assert shown.xpath(".//thead") == []


def test_archive():
    entries = (
        Entry("folder/", 0, 0, is_folder=True),
        Entry(EVIL, 2048, 1024, datetime(2026, 11, 2, 9, 5), is_encrypted=True),
        Entry("inner.zip", None, is_link=True),
    )
    shown = chunk("archive", preview=ArchivePreview(entries, None))
    rows = [[words(cell) for cell in row] for row in shown.xpath(".//tbody/tr")]
    assert [[cell.replace("\xa0", " ") for cell in row] for row in rows] == [
        ["folder/ Folder", "", "", ""],
        [f"{EVIL} Encrypted", "2.0 KB", "1.0 KB", "2 Nov 2026, 09:05"],
        ["inner.zip Archive Link", "", "", ""],
    ]
    assert "The first 3 entries; there may be more." in words(shown)
    assert "First 3 of 9 entries." in words(chunk("archive", preview=ArchivePreview(entries, 9)))
    assert "The archive is empty." in words(chunk("archive", preview=ArchivePreview((), 0)))


def test_picture_sound_and_film():
    [picture] = chunk("image", small="/s/", url="/f/").xpath(".//img")
    assert (picture.get("src"), picture.get("alt")) == ("/s/", f"a{EVIL}.txt")
    film = chunk("media", kind="video", url="/f/", media_type="video/mp4", captions="/c/", captions_language="de")
    [video] = film.xpath(".//video[@controls]")
    assert [(part.tag, part.get("src")) for part in video.iterdescendants()] == [("source", "/f/"), ("track", "/c/")]
    sound = chunk("media", kind="audio", url="/f/", media_type="audio/mpeg")
    assert (len(sound.xpath(".//audio[@controls]")), len(sound.xpath(".//a[@download]"))) == (1, 1)


def test_pdf_is_a_link_without_a_script():
    shown = chunk("pdf", url="/f/", download_url="/f/?d=1")
    assert [
        (part.get("data-bar") is not None, part.get("hidden") is not None)
        for part in shown.xpath('.//*[@class="pdf-bar" or @class="pdf-pages"]')
    ] == [
        (True, True),
        (False, True),
    ]
    assert shown.xpath(".//a[@download]")[0].get("href") == "/f/?d=1"
    assert shown.get("data-library") == "/static/vendor/pdfjs-dist-5.4.530/"
    assert [button.get("aria-label") for button in shown.xpath(".//button")] == [
        "Previous page",
        "Next page",
        "Smaller",
        "Larger",
    ]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence(reason):
    shown = chunk("none", sentence=NoPreview(reason).sentence, download_url="/f/")
    assert NoPreview(reason).sentence in words(shown)
    assert shown.xpath(".//a[@download]")[0].get("href") == "/f/"
