"""Vendored libraries are what their list says, to the byte."""

import hashlib
import re

from tests.contracts.source import ROOT

FOLDER = ROOT / "static/vendor"
ROW = re.compile(
    r"^\| `(?P<file>[^`]+)` \| (?P<version>[^|]+) \| (?P<licence>[^|]+) \| `(?P<hash>[0-9a-f]{64})` \|", re.M
)


def listed() -> dict[str, re.Match[str]]:
    return {row["file"]: row for row in ROW.finditer((FOLDER / "VENDOR.md").read_text())}


def test_every_file_is_listed_with_its_hash():
    files = {
        path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FOLDER.rglob("*")
        if path.is_file() and path.name != "VENDOR.md" and not path.name.startswith("LICENSE")
    }
    assert files == {name: row["hash"] for name, row in listed().items()}
    assert len(files) > 3


def test_every_library_has_its_version_and_licence():
    for name, row in listed().items():
        folder = name.split("/")[0]
        assert folder.endswith(f"-{row['version']}")
        assert (FOLDER / folder / "LICENSE").is_file()


def test_the_viewer_of_pdf_loads_what_is_there():
    [folder] = (path.name for path in FOLDER.glob("pdfjs-dist-*"))
    named = [
        re.findall(r"vendor/(pdfjs-dist-[\d.]+)/", (ROOT / file).read_text())
        for file in ("static/js/modules/pdf-viewer.js", "templates/files/_preview_pdf.html")
    ]
    assert {name for names in named for name in names} == {folder}
    assert all(named)
    assert sum(path.stat().st_size for path in (FOLDER / folder).rglob("*") if path.is_file()) < 3 * 1000**2
