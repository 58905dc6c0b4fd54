"""Taking files in: type by content, one copy of the bytes, nothing half-stored."""

import errno
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from core.authz import SYSTEM
from core.errors import Invalid, NotAllowed
from files import storage
from files.models import StoredFile
from files.services import forget_new_files, identity_of, set_usages, store_file, store_files
from files.services.store import remove_unused_files
from tests.factories import UserFactory
from tests.factories.files import bytes_of, png, stored, zipped

pytestmark = pytest.mark.django_db


def bytes_on_disk(media: Path) -> list[Path]:
    return sorted(path for path in media.rglob("*") if path.is_file())


def test_a_file_is_stored_under_a_name_of_our_own(media):
    person = UserFactory()
    file = store_file(actor=person, content=png(), name="../../Ice floes\x00.PNG")

    assert (file.name, file.media_type, file.size) == ("Ice floes.png", "image/png", len(png()))
    assert file.uploaded_by == person
    assert bytes_on_disk(media) == [media / file.storage_key]
    assert (media / file.storage_key).read_bytes() == png()
    assert "floes" not in file.storage_key


def test_the_same_file_again_is_the_same_row(media):
    first, second = stored(name="a.png"), stored(name="a.png")

    assert first == second
    assert len(bytes_on_disk(media)) == 1


def test_other_names_of_a_person_share_the_bytes_and_other_people_never(media):
    person, other = UserFactory(), UserFactory()
    rows = [stored(name=name, actor=actor) for actor in (person, other, SYSTEM) for name in ("a.png", "b.png")]

    assert len({row.pk for row in rows}) == 6
    assert [row.storage_key for row in rows[::2]] == [row.storage_key for row in rows[1::2]]
    assert len({row.storage_key for row in rows}) == len(bytes_on_disk(media)) == 3


def test_one_who_goes_takes_no_bytes_of_another(media):
    person, other = UserFactory(), UserFactory()
    one, two = stored(actor=person), stored(actor=other)
    forget_new_files([one])
    assert (bytes_on_disk(media), bytes_of(two)) == ([media / two.storage_key], png())


def test_a_visitor_stores_nothing(media):
    with pytest.raises(NotAllowed):
        store_file(actor=AnonymousUser(), content=png(), name="a.png")
    assert bytes_on_disk(media) == []


ZIP = zipped(**{"a.txt": "a"})
DOCX = zipped(**{"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"})
ODT = zipped(mimetype="application/vnd.oasis.opendocument.text")

ACCEPTED = [
    ("a.png", png(), "image/png"),
    ("a.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "image/gif"),
    ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xc0\0\x11\x08\0\2\0\3\3\1\x22\0", "image/jpeg"),
    ("a.webp", b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88", "image/webp"),
    ("a.pdf", b"%PDF-1.7\n%%EOF", "application/pdf"),
    ("a.mp4", b"\0\0\0\x1cftypisom\0\0\2\0isomiso2avc1mp41", "video/mp4"),
    ("a.webm", b"\x1a\x45\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webm", "video/webm"),
    ("a.mp3", b"ID3\4\0\0\0\0\0\0", "audio/mpeg"),
    ("a.ogg", b"OggS\0\2" + bytes(22) + b"\x01vorbis", "audio/ogg"),
    ("a.vtt", b"\xef\xbb\xbfWEBVTT\n", "text/vtt"),
    ("a.csv", "Grösse;Zahl\n".encode(), "text/csv"),
    ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>', "image/svg+xml"),
    ("a.zip", ZIP, "application/zip"),
    ("a.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("a.odt", ODT, "application/vnd.oasis.opendocument.text"),
]


@pytest.mark.parametrize(("name", "content", "media_type"), ACCEPTED, ids=[row[0] for row in ACCEPTED])
def test_types_that_are_kept(name, content, media_type):
    assert stored(content, name).media_type == media_type


def test_the_senders_type_chooses_between_sound_and_film_only():
    content = {name: content for name, content, _ in ACCEPTED}["a.webm"]

    assert store_file(actor=SYSTEM, content=content, name="a.webm", media_type="audio/webm").media_type == "audio/webm"
    assert store_file(actor=SYSTEM, content=content, name="a.webm", media_type="text/html").media_type == "video/webm"


REFUSED = [
    ("a.exe", b"MZ", "file_type_unknown"),
    ("a.html", b"<html>", "file_type_unknown"),
    ("png", png(), "file_type_unknown"),
    ("..", png(), "file_type_unknown"),
    ("a.png", b"", "file_empty"),
    ("a.jpg", b"<!doctype html><html>", "file_type_mismatch"),
    ("a.jpg", png(), "file_type_mismatch"),
    ("a.pdf", b"MZ\x90\0%PDF-1.7", "file_type_mismatch"),
    ("a.vtt", b"1\n00:00", "file_type_mismatch"),
    ("a.vtt", b"WEBVTT\n\n00:01.000 -> 00:02.000\nOne\n\n00:03.000 --> soon\nTwo\n", "captions_broken"),
    ("a.srt", b"One\nTwo\n", "captions_broken"),
    ("a.docx", ZIP, "file_type_mismatch"),
    ("a.odt", ZIP, "file_type_mismatch"),
    ("a.zip", ZIP[:40], "file_damaged"),
    ("a.png", png()[:12], "file_damaged"),
    ("a.png", png(height=0), "file_damaged"),
    ("a.png", png()[:16] + b"\0\0\x4e\x20\0\0\x4e\x20" + png()[24:], "image_too_large"),
    ("a.csv", "Größe".encode("latin-1"), "file_not_text"),
    ("a.txt", b"a\0b", "file_not_text"),
    ("a.docx", zipped(**{"[Content_Types].xml": "", "word/vbaProject.bin": ""}), "file_active"),
]


def open_document(*members: str, ending: str = "odt") -> bytes:
    """One as LibreOffice packs it, with ``members`` beside what any has."""
    kind = {"odt": "text", "ods": "spreadsheet", "odp": "presentation"}[ending]
    usual = [
        "Configurations2/toolbar/",
        "Configurations2/accelerator/current.xml",
        "content.xml",
        "META-INF/manifest.xml",
    ]
    declared = {"mimetype": f"application/vnd.oasis.opendocument.{kind}"}
    return zipped(**declared, **dict.fromkeys([*usual, *members], ""))


MACROS = [
    "Basic/Standard/Module1.xml",
    "BASIC/standard/module1.XML",
    "Basic\\Standard\\Module1.xml",
    "./Basic/Standard/M.bin",
]
SCRIPTS = ["Scripts/python/run.py", "scripts/javascript/a.js", "/Scripts/beanshell/a.bsh"]


@pytest.mark.parametrize("ending", ["odt", "ods", "odp"])
def test_open_documents_with_macros_are_refused(media, ending):
    codes = {}
    for member in (*MACROS, *SCRIPTS, "Object 1/VBAPROJECT.BIN"):
        with pytest.raises(Invalid) as refusal:
            stored(open_document(member, ending=ending), f"a.{ending}")
        codes[member] = refusal.value.code
    assert codes == dict.fromkeys((*MACROS, *SCRIPTS, "Object 1/VBAPROJECT.BIN"), "file_active")
    assert bytes_on_disk(media) == []


@pytest.mark.parametrize("ending", ["odt", "ods", "odp"])
def test_an_open_document_without_macros_is_kept(ending):
    """LibreOffice writes folders and lists of macros also where there are none."""
    lists = ["Basic/script-lc.xml", "Basic/Standard/script-lb.xml", "Dialogs/dialog-lc.xml"]
    content = open_document("Basic/", "Scripts/", "Pictures/Basic/a.png", "My Scripts/a", *lists, ending=ending)
    assert stored(content, f"a.{ending}").size == len(content)


def test_macros_of_office_documents_are_found_whatever_they_are_called():
    names = ("word/VbaProject.BIN", "vbaproject.bin", "word/deep/vbaProject.bin", "word\\vbaProject.bin")
    codes = []
    for name in names:
        with pytest.raises(Invalid) as refusal:
            stored(zipped(**{"[Content_Types].xml": "", "word/document.xml": "", name: ""}), "a.docx")
        codes.append(refusal.value.code)
    assert codes == ["file_active"] * len(names)
    # In archives they are somebody's files.
    assert (
        stored(zipped(**{"Basic/Standard/Module1.xml": "", "vbaProject.bin": ""}), "a.zip").media_type
        == "application/zip"
    )


SRT = b"1\r\n00:00:01,5 --> 00:00:02,000\r\nFish & {\\an8}<font color=red>chips</font>\r\n"
VTT = b"WEBVTT\n\n00:00:01.500 --> 00:00:02.000\nFish &amp; chips\n"


def test_srt_becomes_webvtt(media, tmp_path):
    (tmp_path / "fish.srt").write_bytes(SRT)
    one = store_file(actor=SYSTEM, content=SRT, name="fish.srt")
    many = store_files(actor=SYSTEM, sources={"fish": tmp_path / "fish.srt"})
    assert (one.name, one.media_type, one.size) == ("fish.vtt", "text/vtt", len(VTT))
    assert [path.read_bytes() for path in media.rglob("*") if path.is_file()] == [VTT]
    assert (many.rows, many.fresh) == ({"fish": one}, [])
    assert identity_of(tmp_path / "fish.srt") == (one.sha256, one.name)


@pytest.mark.parametrize(
    ("name", "content", "code"), REFUSED, ids=[f"{row[0]}-{row[2]}-{n}" for n, row in enumerate(REFUSED)]
)
def test_types_that_are_refused_leave_nothing(media, name, content, code):
    with pytest.raises(Invalid) as refusal:
        stored(content, name)

    assert refusal.value.code == code
    assert list(refusal.value.fields) == ["file"]
    assert "%(" not in str(refusal.value.message)
    assert bytes_on_disk(media) == []
    assert StoredFile.objects.count() == 0


def svg(inside: str = "", attributes: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {attributes}>{inside}</svg>'.encode()


@pytest.mark.parametrize(
    "content",
    [
        svg("<script>alert(1)</script>"),
        svg("<SCRIPT>alert(1)</SCRIPT>"),
        svg('<foreignObject><b xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>'),
        svg('<g><img xmlns="http://www.w3.org/1999/xhtml" src="x"/></g>'),
        svg(attributes='onload="alert(1)"'),
        svg('<image href="https://elsewhere.example/a.png"/>'),
        svg('<use xlink:href="https://elsewhere.example/a.svg#a"/>'),
        svg('<a href="javascript:alert(1)"><text>a</text></a>'),
        svg('<image href="data:image/svg+xml;base64,AAAA"/>'),
        svg('<set attributeName="xlink:href" to="javascript:alert(1)"/>'),
        svg("<style>@import 'https://elsewhere.example/a.css'</style>"),
        svg("<style>path { fill: url(https://elsewhere.example/a) }</style>"),
        svg("<style>path { fill: u\\72l(https://elsewhere.example/a) }</style>"),
        svg('<path fill="url(//elsewhere.example/a)"/>'),
        svg('<path style="fill:url( &quot;https://elsewhere.example&quot;)"/>'),
        svg(attributes='xml:base="https://elsewhere.example/"'),
        b'<?xml-stylesheet href="https://elsewhere.example/a.css"?>' + svg(),
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"),
        b"<html><svg/></html>",
        b"<svg>",
        b'<svg xmlns="http://www.w3.org/2000/svg">',
    ],
)
def test_drawings_that_could_act_are_refused(content):
    with pytest.raises(Invalid) as refusal:
        stored(content, "a.svg")
    assert refusal.value.code == "file_active"


def test_a_drawing_with_inner_references_is_kept():
    content = svg(
        '<style>path { fill: url(#a) }</style><linearGradient id="a"/><use href="#a"/>'
        '<path fill="url(\'#a\')"/><image href="data:image/png;base64,AAAA"/>'
    )
    assert stored(content, "a.svg").size == len(content)


def test_too_much_is_refused_while_it_arrives(settings, media):
    settings.FILE_LIMITS = {**settings.FILE_LIMITS, "image": 10}
    with pytest.raises(Invalid) as refusal:
        stored(png())
    assert refusal.value.code == "file_too_large"
    assert "10\xa0bytes" in str(refusal.value.message)
    assert bytes_on_disk(media) == []


def test_a_full_disk_leaves_nothing(media, monkeypatch):
    def no_space(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(storage.DiskFull):
        stored()
    assert bytes_on_disk(media) == []
    assert StoredFile.objects.count() == 0


def test_lost_bytes_are_written_anew(media):
    first = stored(name="a.png")
    (media / first.storage_key).unlink()

    again = stored(name="b.png")

    assert (media / again.storage_key).read_bytes() == png()


def test_lost_bytes_come_back_with_the_same_file(media, tmp_path):
    first = stored(name="a.png")
    (media / first.storage_key).unlink()
    assert (stored(name="a.png"), bytes_of(StoredFile.objects.get())) == (first, png())
    (media / StoredFile.objects.get().storage_key).unlink()
    (tmp_path / "a.png").write_bytes(png())
    many = store_files(actor=SYSTEM, sources={"a": tmp_path / "a.png"})
    assert (many.rows, many.fresh, bytes_of(StoredFile.objects.get())) == ({"a": first}, [], png())
    assert len(bytes_on_disk(media)) == 1


def test_bytes_that_are_let_go_of_while_they_are_to_be_used_again(media, monkeypatch):
    """The clean-up takes the row between the look at its bytes and the transaction."""
    lender = stored(name="a.png")
    exists = storage.exists

    def and_gone(key):
        found = exists(key)
        forget_new_files(StoredFile.objects.filter(pk=lender.pk))
        return found

    monkeypatch.setattr(storage, "exists", and_gone)
    again = stored(name="b.png")
    assert (StoredFile.objects.get(), bytes_of(again)) == (again, png())


def test_the_same_from_two_at_the_same_moment_is_one_row(media, monkeypatch):
    keep = storage.keep

    def and_another(received):
        monkeypatch.setattr(storage, "keep", keep)
        stored(name="a.png")
        return keep(received)

    monkeypatch.setattr(storage, "keep", and_another)
    file = stored(name="a.png")
    assert (StoredFile.objects.get(), bytes_of(file), len(bytes_on_disk(media))) == (file, png(), 1)


def age(file: StoredFile, media: Path) -> None:
    long_ago = timezone.now() - timedelta(days=2)
    StoredFile.objects.filter(pk=file.pk).update(updated_at=long_ago)
    os.utime(media / file.storage_key, (time.time() - 2 * 86400,) * 2)


def test_the_clean_up_takes_what_nothing_used_for_a_day(media):
    used, unused, fresh = stored(png(3), "used.png"), stored(png(4), "unused.png"), stored(png(5), "fresh.png")
    set_usages(owner_kind="test", owner_id=1, file_ids={used.public_id})
    age(used, media)
    age(unused, media)

    assert remove_unused_files() == 1

    assert set(StoredFile.objects.all()) == {used, fresh}
    assert bytes_on_disk(media) == sorted([media / used.storage_key, media / fresh.storage_key])


def test_the_clean_up_spares_bytes_that_another_name_uses(media):
    used, unused = stored(name="used.png"), stored(name="unused.png")
    set_usages(owner_kind="test", owner_id=1, file_ids={used.public_id})
    age(used, media)
    age(unused, media)

    assert remove_unused_files() == 1
    assert (media / used.storage_key).is_file()


def test_the_clean_up_takes_bytes_without_a_row(media):
    orphan = stored()
    age(orphan, media)
    StoredFile.objects.all().delete()
    forgotten = media / "incoming" / "half"
    forgotten.write_bytes(b"half")
    os.utime(forgotten, (time.time() - 2 * 86400,) * 2)

    assert remove_unused_files() == 0
    assert bytes_on_disk(media) == []


@pytest.mark.parametrize("key", ["../../etc/passwd", "ab/../x", "", "ab/" + "." * 36, "/etc/passwd"])
def test_only_our_own_keys_name_a_path(key):
    with pytest.raises(ValueError, match="not a storage key"):
        storage.opened(key)
