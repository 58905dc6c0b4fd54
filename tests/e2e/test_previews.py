"""Previews at two widths and in both themes: axe finds nothing, and nothing scrolls sideways but their own frames."""

import io
from datetime import datetime

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser

from files.previews.archive import ArchivePreview, Entry
from files.previews.markdown import markdown_preview
from files.previews.table import Sheet, TablePreview
from files.previews.text import text_preview
from tests.contracts.source import ROOT
from tests.e2e.conftest import assert_accessible, picture

STYLES = ("tokens", "base", "components", "utilities", "pages/preview", "pages/highlight")
CODE = b'# A comment\nimport os\n\n\nclass Walk(Exception):\n    """Lines."""\n\n    @property\n    def length(self) -> float:\n        return len("x" * 100) + 2.5 or None  # and a line that is far longer than any telephone is wide, with words\n'
CHUNKS = {
    "text": {"preview": text_preview(io.BytesIO(CODE), "walk.py"), "name": "walk.py"},
    "markdown": {"preview": markdown_preview(io.BytesIO(b"# Notes\n\nSome *words* and `code`.\n\n- one\n- two\n")), "name": "a.md"},
    "table": {
        "preview": TablePreview((Sheet("Cover", (("metre", "species", "cover in percent"), *[("5", "Crataegus monogyna", "65")] * 20), 240, has_more_columns=True),)),
        "name": "transect.xlsx",
    },
    "archive": {
        "preview": ArchivePreview(
            (
                Entry("data/", 0, 0, datetime(2026, 11, 2, 9, 5), is_folder=True),
                Entry("data/a-name-that-is-" + "very-" * 12 + "long.csv", 2_000_000, 340_000, datetime(2026, 11, 2, 9, 5), is_encrypted=True),
                Entry("inner.zip", 2048, 2040, None),
            ),
            None,
        ),
        "name": "data.zip",
    },
    "none": {"sentence": "Files of this kind have no preview.", "download_url": "/f/", "name": "a"},
    "pdf": {"url": "/f/", "name": "guide.pdf"},
    "media": {"kind": "audio", "url": "", "media_type": "audio/mpeg", "name": "talk.mp3"},
}  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_previews(browser: Browser, theme, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    for kind, context in CHUNKS.items():
        chunk = render_to_string(f"files/_preview_{kind}.html", context)
        page.set_content(
            f'<!doctype html><html lang="en" data-theme="{theme}"><head><title>{kind}</title></head>'
            f'<body><main class="main"><h1>File</h1><h2>Preview</h2>{chunk}</main></body></html>'
        )
        for name in STYLES:
            page.add_style_tag(path=ROOT / f"static/css/{name}.css")
        assert_accessible(page)
        picture(page, f"preview-{kind}-{theme}-{width}")
    page.close()
