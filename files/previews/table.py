"""Tables as rows of text: CSV, TSV and the sheets of XLSX. No formula is worked out; its stored value is shown."""

import csv
import io
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import islice
from typing import IO, Any, BinaryIO, cast

from openpyxl.reader.excel import ExcelReader

from files.media_types import extension
from files.previews.base import NOT_DAMAGE, NoPreview, Reason, bounded, visible
from files.previews.text import read_text

MOST_ROWS = 200
MOST_COLUMNS = 50
MOST_SHEETS = 10
MOST_SIGNS = 500
_CSV_BYTES = 2 * 1024 * 1024
_DELIMITERS = ",;\t|"
_SNIFFED_LINES = 20
_ENTRIES = 2000
# Of one part of a workbook, and of all that is read of it: XML takes tenfold in memory.
_PART_BYTES = 6 * 1024 * 1024
_BOOK_BYTES = 24 * 1024 * 1024
_DIRECTORY_BYTES = 1024 * 1024
_SECONDS = 5


@dataclass(frozen=True)
class Sheet:
    """``total_rows`` is None where the end was not read. All rows have the same number of cells."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    total_rows: int | None
    has_more_columns: bool = False

    @property
    def is_cut(self) -> bool:
        return self.has_more_columns or self.total_rows is None or self.total_rows > len(self.rows)

    @property
    def has_head(self) -> bool:
        """Whether the first row names the columns: each has a name, and none is a number."""
        return len(self.rows) > 1 and all(cell and not _is_number(cell) for cell in self.rows[0])

    @property
    def head(self) -> tuple[str, ...]:
        return self.rows[0] if self.has_head else ()

    @property
    def body(self) -> tuple[tuple[str, ...], ...]:
        return self.rows[1:] if self.has_head else self.rows


@dataclass(frozen=True)
class TablePreview:
    sheets: tuple[Sheet, ...]
    has_more_sheets: bool = False

    @property
    def is_cut(self) -> bool:
        return self.has_more_sheets or any(sheet.is_cut for sheet in self.sheets)

    def as_data(self) -> dict[str, Any]:
        """What JSON can keep, for ``from_data``."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "TablePreview":
        sheets = (Sheet(**{**sheet, "rows": tuple(tuple(row) for row in sheet["rows"])}) for sheet in data["sheets"])
        return cls(tuple(sheets), data["has_more_sheets"])


def table_preview(source: BinaryIO, name: str) -> TablePreview:
    """The first rows of each sheet; text in columns is one sheet without a name."""
    source.seek(0)
    if source.read(4) == b"PK\x03\x04":
        return _workbook(source)
    return TablePreview((_columns(source, name),))


def _columns(source: BinaryIO, name: str) -> Sheet:
    text, is_cut = read_text(source, most=_CSV_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, name))
    try:
        return _sheet("", reader, is_whole=not is_cut, counts=True)
    except csv.Error:
        raise NoPreview(Reason.DAMAGED) from None


def _delimiter(text: str, name: str) -> str:
    if extension(name) in {"tsv", "tab"}:
        return "\t"
    lines = [line for line in islice(io.StringIO(text), _SNIFFED_LINES) if line.strip()]
    # The one that most lines have as often as the first does; among equals the one that is there most.
    return max(_DELIMITERS, key=lambda sign: _agreement(lines, sign))


def _agreement(lines: list[str], sign: str) -> tuple[int, int]:
    count = lines[0].count(sign) if lines else 0
    return (sum(line.count(sign) == count for line in lines) if count else 0, count)


def _workbook(source: BinaryIO) -> TablePreview:
    try:
        with _BoundedArchive(bounded(source, _DIRECTORY_BYTES)) as archive:
            entries = archive.infolist()
            if len(entries) > _ENTRIES:
                raise NoPreview(Reason.TOO_LARGE)
            return _sheets(archive, source)
    except NOT_DAMAGE:
        raise
    # The library meets broken files with errors of every kind; each means that it is no workbook.
    except Exception:
        raise NoPreview(Reason.DAMAGED) from None


def _sheets(archive: "_BoundedArchive", source: BinaryIO) -> TablePreview:
    reader = ExcelReader(bounded(source, _DIRECTORY_BYTES), read_only=True, data_only=True, keep_links=False)
    reader.archive = archive
    reader.read()
    if not reader.wb.sheetnames:
        raise NoPreview(Reason.DAMAGED)
    until = time.monotonic() + _SECONDS
    shown = [sheet for sheet in reader.wb.worksheets if sheet.sheet_state == "visible"]
    sheets = []
    for sheet in shown[:MOST_SHEETS]:
        # What the file says of its size may be wrong by far.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1)
        sheets.append(_sheet(visible(str(sheet.title))[:100], _while_time(rows, until), is_whole=True, counts=False))
    return TablePreview(tuple(sheets), has_more_sheets=len(shown) > len(sheets))


def _while_time(rows: Iterable[Any], until: float) -> Iterator[Any]:
    for row in rows:
        if time.monotonic() > until:
            raise NoPreview(Reason.TOO_SLOW)
        yield row


def _sheet(name: str, source: Iterable[Any], *, is_whole: bool, counts: bool) -> Sheet:
    """The first rows of ``source``. With ``counts`` all are read to be counted; not ``is_whole`` if more stands behind them."""
    rows: list[list[str]] = []
    read_rows = iter(source)
    has_more_columns = False
    for cells in islice(read_rows, MOST_ROWS):
        texts = [_cell(cell) for cell in cells[: MOST_COLUMNS + 1]]
        has_more_columns = has_more_columns or any(texts[MOST_COLUMNS:])
        rows.append(texts[:MOST_COLUMNS])
    more = sum(1 for _row in (read_rows if counts else islice(read_rows, 1)))
    total = len(rows) + more if is_whole and (counts or not more) else None
    if not more:
        while rows and not any(rows[-1]):
            rows.pop()
            total = len(rows) if is_whole else None
    width = max((_width(row) for row in rows), default=0)
    return Sheet(name, tuple(tuple((row + [""] * width)[:width]) for row in rows), total, has_more_columns)


def _width(cells: list[str]) -> int:
    return max((index for index, cell in enumerate(cells, 1) if cell), default=0)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.date() if value.time() == datetime.min.time() else value
    if isinstance(value, datetime):
        text = value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")
    elif isinstance(value, date):
        text = value.isoformat()
    elif isinstance(value, float):
        text = f"{value:.15g}"
    else:
        text = str(value)
    text = visible(text[: MOST_SIGNS + 1].strip())
    return text if len(text) <= MOST_SIGNS else f"{text[: MOST_SIGNS - 1]}…"


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", ".").replace(" ", "").rstrip("%"))
    except ValueError:
        return False
    return True


class _BoundedArchive(zipfile.ZipFile):
    """An archive that unpacks only so much: whatever it says of itself."""

    unpacked = 0

    def open(self, *arguments: Any, **options: Any) -> IO[bytes]:
        return cast("IO[bytes]", _Part(super().open(*arguments, **options), self))

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        with self.open(name, "r", pwd) as part:
            return part.read()


class _Part(io.RawIOBase):
    def __init__(self, part: IO[bytes], archive: _BoundedArchive) -> None:
        super().__init__()
        self._part = part
        self._archive = archive
        self._left = _PART_BYTES

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        piece = self._part.read(self._left + 1 if size is None or size < 0 else min(size, self._left + 1))
        self._left -= len(piece)
        self._archive.unpacked += len(piece)
        if self._left < 0 or self._archive.unpacked > _BOOK_BYTES:
            raise NoPreview(Reason.TOO_LARGE)
        return piece

    def close(self) -> None:
        self._part.close()
        super().close()
