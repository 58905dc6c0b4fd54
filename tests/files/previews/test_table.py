"""Tables of every shape that spreadsheets write, within bounds."""

import io
import json
import re
import zipfile
from datetime import date, datetime

import pytest

from files.previews import table
from files.previews.base import NoPreview
from files.previews.table import Sheet, TablePreview, table_preview
from tests.factories.previews import workbook


def preview(content: str | bytes, name: str = "a.csv") -> TablePreview:
    return table_preview(io.BytesIO(content.encode() if isinstance(content, str) else content), name)


def sheet(content: str | bytes, name: str = "a.csv") -> Sheet:
    [found] = preview(content, name).sheets
    return found


def why_not(content: bytes, name: str = "a.xlsx") -> str:
    with pytest.raises(NoPreview) as refusal:
        preview(content, name)
    return refusal.value.reason.value


def changed(content: bytes, member: str, text: bytes) -> bytes:
    """A ZIP with one member exchanged."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, text if info.filename == member else old.read(info))
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("metre,species\n0,Prunus\n", "a.csv"),
        ("metre;species\n0;Prunus\n", "a.csv"),
        ("metre|species\r\n0|Prunus\r\n", "a.csv"),
        ("metre\tspecies\n0\tPrunus\n", "a.csv"),
        ("metre\tspecies\n0\tPrunus\n", "a.tsv"),
        ("\ufeffmetre,species\n0,Prunus", "a.csv"),
        ('"metre","species"\n"0","Prunus"\n\n', "a.csv"),
    ],
)
def test_text_in_columns(content, name):
    shown = sheet(content, name)
    assert shown.rows == (("metre", "species"), ("0", "Prunus"))
    assert (shown.head, shown.body, shown.total_rows, shown.is_cut) == (
        ("metre", "species"),
        (("0", "Prunus"),),
        2,
        False,
    )


def test_the_delimiter_is_what_the_lines_agree_on():
    assert sheet("a;b\n1,5;2,5\n3,5;4,5\n").rows[1] == ("1,5", "2,5")
    assert sheet("name, first\tage\nA, B\t1\nC\t2\n", "a.tsv").rows[0] == ("name, first", "age")
    assert sheet("one\ntwo\n").rows == (("one",), ("two",))


def test_rows_are_made_equally_long_and_have_no_head_without_names():
    shown = sheet("1,2,3\n4\n")
    assert (shown.rows, shown.head) == ((("1", "2", "3"), ("4", "", "")), ())


def test_long_tables_are_cut_and_counted():
    shown = sheet("name,n\n" + "a,1\n" * 400)
    assert (len(shown.rows), shown.total_rows, shown.is_cut) == (200, 401, True)
    full = sheet("name,n\n" + "a,1\n" * 199)
    assert (len(full.rows), full.total_rows, full.is_cut) == (200, 200, False)
    wide = sheet(",".join("x" * 51) + "\n")
    assert (len(wide.rows[0]), wide.has_more_columns, wide.is_cut) == (50, True, True)


def test_what_is_not_read_to_its_end_has_no_number_of_rows(monkeypatch):
    monkeypatch.setattr(table, "_CSV_BYTES", 20)
    assert (sheet("a,b\n" * 10).total_rows, sheet("a,b\n" * 10).is_cut) == (None, True)


def test_cells_are_short_text_in_which_all_is_seen():
    shown = sheet(f"{'x' * 600},=HYPERLINK(1),a\u202eb\n")
    assert (len(shown.rows[0][0]), shown.rows[0][0][-1]) == (500, "…")
    assert shown.rows[0][1:] == ("=HYPERLINK(1)", "a‹U+202E›b")


def test_workbooks_by_sheet():
    content = workbook(
        First=[["metre", "when", "at", "share"], [0, date(2026, 11, 2), datetime(2026, 11, 2, 9, 5), 0.1 + 0.2]],
        Second=[],
    )
    first, second = preview(content, "a.xlsx").sheets
    assert (first.name, first.rows) == (
        "First",
        (("metre", "when", "at", "share"), ("0", "2026-11-02", "2026-11-02 09:05", "0.3")),
    )
    assert (first.total_rows, first.is_cut) == (2, False)
    assert (second.name, second.rows, second.is_cut) == ("Second", (), False)


def test_formulas_are_their_stored_values():
    content = workbook(A=[[1, 2, "=A1+B1"]])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    stored = re.sub(rb"<v ?/>|<v></v>", b"<v>3</v>", xml)
    assert stored != xml
    assert sheet(changed(content, "xl/worksheets/sheet1.xml", stored), "a.xlsx").rows == (("1", "2", "3"),)


def test_large_workbooks_are_cut():
    sheets = {f"S{number}": [["a"]] for number in range(12)}
    shown = preview(workbook(**sheets), "a.xlsx")
    assert (len(shown.sheets), shown.has_more_sheets, shown.is_cut) == (10, True, True)
    rows = sheet(workbook(A=[[n] * 60 for n in range(300)]), "a.xlsx")
    assert (len(rows.rows), len(rows.rows[0]), rows.total_rows, rows.has_more_columns) == (200, 50, None, True)


def test_what_a_job_made_is_kept_as_json():
    shown = preview(workbook(A=[["a", 1]], B=[]), "a.xlsx")
    assert TablePreview.from_data(json.loads(json.dumps(shown.as_data()))) == shown


def test_broken_workbooks_have_a_reason():
    content = workbook(A=[["a"]])
    assert why_not(content[: len(content) // 2]) == "damaged"
    assert why_not(b"PK\x03\x04 and no more") == "damaged"
    assert why_not(changed(content, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row>")) == "damaged"
    assert why_not(changed(content, "xl/workbook.xml", b"<no/>")) == "damaged"
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("a.txt", "a")
    assert why_not(plain.getvalue()) == "damaged"


def test_bombs_are_not_unpacked():
    content = workbook(A=[["a"]])
    row = b'<row r="1">' + b'<c r="A1" t="inlineStr"><is><t>a</t></is></c>' * 400_000 + b"</row>"
    one_row = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
    assert why_not(changed(content, "xl/worksheets/sheet1.xml", one_row % row)) == "too_large"
    assert why_not(changed(content, "xl/styles.xml", b"<a>" + b" " * 50_000_000)) == "too_large"
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        archive.writestr("xl/workbook.xml", "")
        for number in range(2001):
            archive.writestr(str(number), "")
    assert why_not(many.getvalue()) == "too_large"


def test_all_parts_together_are_bounded(monkeypatch):
    content = workbook(A=[["a"]])
    monkeypatch.setattr(table, "_BOOK_BYTES", 1000)
    assert why_not(content) == "too_large"


def test_hidden_sheets_stay_hidden():
    content = workbook(A=[["a"]], B=[["b"]])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("xl/workbook.xml")
    hidden = xml.replace(b'name="B" sheetId="2" state="visible"', b'name="B" sheetId="2" state="hidden"')
    assert hidden != xml
    assert [found.name for found in preview(changed(content, "xl/workbook.xml", hidden), "a.xlsx").sheets] == ["A"]


def test_what_a_sheet_says_of_its_size_is_not_believed():
    content = workbook(A=[["a", "b"], ["c", "d"]])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    lied = xml.replace(b'<dimension ref="A1:B2"', b'<dimension ref="A1:A1"')
    assert lied != xml
    assert sheet(changed(content, "xl/worksheets/sheet1.xml", lied), "a.xlsx").rows == (("a", "b"), ("c", "d"))


def test_entities_are_not_opened():
    laughs = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet><sheetData>&b;</sheetData></worksheet>'
    assert why_not(changed(workbook(A=[["a"]]), "xl/worksheets/sheet1.xml", laughs)) == "damaged"


def test_slow_workbooks_end(monkeypatch):
    monkeypatch.setattr(table, "_SECONDS", -1)
    assert why_not(workbook(A=[["a"]])) == "too_slow"


def test_columns_that_cannot_be_read_have_a_reason():
    assert why_not(b'"' + b"a" * 200_000, "a.csv") == "damaged"
    assert why_not(b"\0\1\2", "a.csv") == "binary"
