"""Tables that people send: CSV in the shapes that spreadsheets write, and XLSX. Read row by row, within limits.

Whatever a file is, it ends as rows of text or as a sentence about it; no formula is worked out, no markup trusted.
"""

import csv
import io
import time
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl import load_workbook

from core.errors import Invalid

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 100
MOST_SIGNS = 1000
MOST_SECONDS = 60
_UNPACKED = 60 * 1024 * 1024
_ENTRIES = 2000
_DELIMITERS = ",;\t|"
# A spreadsheet would take these for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class TableUnreadable(Invalid):
    """The file is no table that can be read here; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__("table_unreadable", message, fields={"file": [message]})


def rows_of(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with its number in the file, from 1. Raises ``TableUnreadable``."""
    if len(content) > MOST_BYTES:
        raise TableUnreadable(_("The file is larger than 5 MB. Split it, and import the parts one by one."))
    until = time.monotonic() + MOST_SECONDS
    count = 0
    for number, cells in _xlsx(content) if content.startswith(b"PK\x03\x04") else _csv(content):
        if time.monotonic() > until:
            raise TableUnreadable(_("Reading the file took too long. Save it as CSV, and try again."))
        if not any(cells):
            continue
        count += 1
        if count > MOST_ROWS + 1:
            raise TableUnreadable(
                ngettext("The table has more than %(n)d row.", "The table has more than %(n)d rows.", MOST_ROWS)
                % {"n": MOST_ROWS}
                + " "
                + _("Split it, and import the parts one by one.")
            )
        if len(cells) > MOST_COLUMNS:
            raise TableUnreadable(_("Row %(row)d has more than %(n)d columns.") % {"row": number, "n": MOST_COLUMNS})
        yield number, cells


def safe_cell(value: object) -> str:
    """``value`` as a cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _csv(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _text(content)
    head = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, [_cell(cell) for cell in _without_tail(cells)]
    except csv.Error as error:
        raise TableUnreadable(
            _("Row %(row)d cannot be read: quotation marks do not match, or a cell is too long.")
            % {"row": reader.line_num}
        ) from error


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        coding = "utf-16"
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableUnreadable(_("This is a spreadsheet of an old kind. Save it as XLSX or CSV, and try again."))
    elif content.startswith((b"%PDF", b"MZ", b"\x89PNG", b"\x7fELF", b"\x1f\x8b")):
        raise TableUnreadable(_("This is no table. Send a CSV or XLSX file."))
    else:
        coding = "utf-8-sig"
    try:
        return content.decode(coding)
    except UnicodeDecodeError:
        # What Windows writes without asking; the five bytes that it does not know are taken as Latin-1.
        return content.decode("cp1252", errors="replace") if coding == "utf-8-sig" else _refuse_text()


def _refuse_text() -> str:
    raise TableUnreadable(_("The file’s text cannot be read. Save it as CSV in UTF-8, and try again."))


def _xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            # A packed file says how large its parts are, and zipfile reads no part further than that.
            if len(entries) > _ENTRIES or sum(entry.file_size for entry in entries) > _UNPACKED:
                raise TableUnreadable(_("The spreadsheet unpacks to far too much. Save the one table as CSV."))
            if "xl/workbook.xml" not in archive.namelist():
                raise TableUnreadable(_("This is a packed file, but no XLSX spreadsheet."))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1), 1):
            yield number, [_cell(cell) for cell in _without_tail(list(cells))]
    except TableUnreadable:
        raise
    # The library meets broken files with errors of every kind; each means that it is no spreadsheet.
    except Exception as error:
        raise TableUnreadable(_("The spreadsheet is broken. Open and save it again, or save it as CSV.")) from error


def _without_tail(cells: list[Any]) -> list[Any]:
    while cells and cells[-1] in (None, ""):
        cells.pop()
    return cells


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        # A spreadsheet has no dates, only moments; a day alone is its midnight.
        at_midnight = value.time() == datetime.min.time()
        text = value.date().isoformat() if at_midnight else value.isoformat()
    elif isinstance(value, date):
        text = value.isoformat()
    elif isinstance(value, float) and value.is_integer():
        text = str(int(value))
    else:
        text = str(value)
    return text[:MOST_SIGNS].strip()
