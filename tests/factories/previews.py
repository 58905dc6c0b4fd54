"""Small files to be looked at."""

import io
import tarfile
from collections.abc import Iterable

from openpyxl import Workbook


def pdf(pages: int, *, filler: int = 0) -> bytes:
    """A PDF whose pages say their number; ``filler`` bytes that nothing refers to lie between the first and the others."""
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b" ".join(b"%d 0 R" % (4 + 2 * index) for index in range(pages)), pages),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for index in range(pages):
        words = b"BT /F1 24 Tf 40 300 Td (Leaf %d) Tj ET" % (index + 1)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * index),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(words), words),
        ]
    target = io.BytesIO()
    target.write(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        if number == 6 and filler:
            target.write(b"9999 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (filler, b"x" * filler))
        places.append(target.tell())
        target.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = target.tell()
    target.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    target.writelines(b"%010d 00000 n \n" % place for place in places)
    target.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return target.getvalue()


def workbook(**sheets: Iterable[Iterable[object]]) -> bytes:
    """XLSX with the rows of each sheet."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def tape(members: dict[str, bytes], *, packing: str = "") -> bytes:
    """TAR, packed with ``gz``, ``bz2`` or ``xz``."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=f"w:{packing}") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1_700_000_000
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()
