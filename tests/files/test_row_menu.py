"""The menu at a row of a list: what is kept of one row is not seen at another."""

import re
from html import unescape
from types import SimpleNamespace

import pytest

from files.templatetags.file_rows import row_menu

ADDRESSES = {name: f"/{name}/?a=1&b=2" for name in ("url", "download_url", "share_url", "rename_url", "move_url")}
EVERYTHING = {"label": ["More actions for a.md"], "links": list(ADDRESSES.values()), "bin": ["file:1"]}


def row(**changes):
    filled = {"key": "file:1", "name": "a.md", "icon": "file-text", "may_bin": True, **ADDRESSES}
    return SimpleNamespace(**{**filled, **changes})


def shown(row) -> dict[str, list[str]]:
    html = row_menu(row)
    parts = {
        "label": r'<summary [^>]*aria-label="([^"]*)"',
        "links": r'<a href="([^"]*)"',
        "bin": r'<button [^>]*value="([^"]*)"',
    }
    return {part: [unescape(value) for value in re.findall(pattern, html)] for part, pattern in parts.items()}


@pytest.mark.parametrize(
    "name", ['<b>"q" & more.md', "private \ue000name\ue000 of \ue000.md", "{{ row.key }} %(name)s.md"]
)
def test_a_name_stands_as_it_is(name):
    assert "<b>" not in row_menu(row(name=name))
    assert shown(row(name=name)) == {**EVERYTHING, "label": [f"More actions for {name}"]}


def test_each_row_has_its_own_values_and_what_its_reader_may():
    assert shown(row()) == EVERYTHING
    assert shown(row(may_bin=False)) == {**EVERYTHING, "bin": []}
    folder = row(share_url="", move_url="", key="folder:2", icon="folder")
    links = [ADDRESSES["url"], ADDRESSES["download_url"], ADDRESSES["rename_url"]]
    assert shown(folder) == {**EVERYTHING, "links": links, "bin": ["folder:2"]}
    assert ("#folder" in row_menu(folder), "#file-text" in row_menu(folder)) == (True, False)
    assert shown(row()) == EVERYTHING
