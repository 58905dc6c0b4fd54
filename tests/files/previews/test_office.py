"""Office documents become PDF in a process that may do little; a stand-in for LibreOffice misbehaves in every way."""

import io
import os
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import pytest

from files.previews import office
from files.previews.base import NoPreview
from files.previews.office import office_pdf

DOCX = b"PK\x03\x04 a document"


@pytest.fixture
def room(tmp_path) -> Path:
    return tmp_path / "previews"


@pytest.fixture
def soffice(tmp_path, settings):
    """Makes a program out of Python lines and names it as LibreOffice; ``out`` and ``source`` are its paths."""

    def make(lines: str) -> None:
        program = tmp_path / "soffice"
        head = textwrap.dedent(
            f"""\
            #!{sys.executable} -I
            import json, os, resource, signal, socket, subprocess, sys, time
            source = sys.argv[-1]
            out = os.path.join(sys.argv[sys.argv.index("--outdir") + 1], "document.pdf")
            os.makedirs(os.path.dirname(out), exist_ok=True)
            def pdf(text):
                open(out, "wb").write(b"%PDF-1.7 " + text.encode())
            """
        )
        program.write_text(head + textwrap.dedent(lines))
        program.chmod(0o755)
        settings.SOFFICE = str(program)

    return make


def converted(room: Path, name: str = "a.docx", content: bytes = DOCX, **options) -> bytes:
    with office_pdf(io.BytesIO(content), name, folder=room, **options) as pdf:
        return pdf.read()


def why_not(room: Path, name: str = "a.docx", content: bytes = DOCX, **options) -> str:
    with pytest.raises(NoPreview) as refusal:
        converted(room, name, content, **options)
    assert not room.exists() or os.listdir(room) == []
    return refusal.value.reason.value


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    return False


def test_a_document_becomes_pdf_and_nothing_stays(soffice, room):
    soffice("pdf(open(source).read())")
    assert converted(room) == b"%PDF-1.7 " + DOCX
    assert os.listdir(room) == []


def test_the_program_knows_neither_the_file_s_name_nor_the_site(soffice, room, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "canary")
    soffice(
        'pdf(json.dumps([os.path.basename(source), "canary" in str(os.environ), os.environ["HOME"], sys.argv[1:-1]]))'
    )
    said = converted(room, "Marks of Sam.docx").decode()
    assert '"document.docx", false' in said
    assert "--headless" in said
    assert "--convert-to" in said
    assert f"-env:UserInstallation={room.as_uri()}/office-" in said


def test_macros_and_links_are_off_in_its_profile(soffice, room):
    soffice('pdf(open(os.environ["HOME"] + "/profile/user/registrymodifications.xcu").read())')
    profile = converted(room).decode()
    for name in ("DisableMacrosExecution", "DisableActiveContent", "BlockUntrustedRefererLinks"):
        assert f'oor:name="{name}" oor:op="fuse"><value>true' in profile


def test_it_has_limits(soffice, room):
    soffice(
        "pdf(json.dumps([resource.getrlimit(n) for n in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)]))"
    )
    assert (
        converted(room)
        == (
            f"%PDF-1.7 [[{office.MOST_MEMORY}, {office.MOST_MEMORY}], [{office.MOST_PDF_BYTES}, {office.MOST_PDF_BYTES}], [0, 0]]"
        ).encode()
    )


def test_what_takes_too_much_memory_fails(soffice, room, monkeypatch):
    monkeypatch.setattr(office, "MOST_MEMORY", 512 * 1024**2)
    soffice("pdf(str(len(bytearray(1024**3))))")
    assert why_not(room) == "failed"


def test_what_hangs_is_ended(soffice, room):
    soffice("signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)")
    begun = time.monotonic()
    assert why_not(room, seconds=0.5) == "too_slow"
    assert time.monotonic() - begun < 10


def test_what_it_left_behind_is_ended(soffice, room, tmp_path, monkeypatch):
    # Without a space of its own for processes, so that the numbers are those of this one.
    monkeypatch.setattr(office, "_without_network", list)
    pid = tmp_path / "pid"
    soffice(f'child = subprocess.Popen(["sleep", "60"]); open("{pid}", "w").write(str(child.pid)); pdf("")')
    converted(room)
    until = time.monotonic() + 5
    while is_alive(int(pid.read_text())) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_alive(int(pid.read_text()))


def test_what_left_its_group_is_ended_where_the_system_allows_it(soffice, room, tmp_path):
    alive = tmp_path / "alive"
    soffice(
        f"""
        if os.fork() == 0:
            os.setsid()
            while True:
                open("{alive}", "w").write("x")
                time.sleep(0.05)
        time.sleep(0.5)
        pdf("")
        """
    )
    converted(room)
    assert alive.exists()
    time.sleep(0.2)
    alive.unlink()
    time.sleep(0.5)
    assert alive.exists() is not office.has_no_network()


def test_it_has_no_network_where_the_system_allows_it(soffice, room):
    soffice("pdf(json.dumps([name for _index, name in socket.if_nameindex()]))")
    names = converted(room).decode()
    # A space of its own for the network has the loop alone.
    assert not office.has_no_network() or names == '%PDF-1.7 ["lo"]'


def test_a_flood_of_words_is_nobody_s(soffice, room):
    soffice('sys.stdout.write("x" * 10_000_000); sys.stderr.write("x" * 10_000_000); pdf("done")')
    assert converted(room) == b"%PDF-1.7 done"


def test_a_file_that_is_too_large_is_not_written(soffice, room, monkeypatch):
    monkeypatch.setattr(office, "MOST_PDF_BYTES", 100_000)
    soffice('pdf("x" * 200_000)')
    assert why_not(room) == "failed"


def test_many_files_end_it(soffice, room, monkeypatch):
    monkeypatch.setattr(office, "MOST_FOLDER_BYTES", 1_000_000)
    soffice(
        """
        for number in range(10_000):
            open(f"{os.environ['HOME']}/{number}", "wb").write(b"x" * 100_000)
            time.sleep(0.02)
        """
    )
    assert why_not(room) == "too_large"


@pytest.mark.parametrize(
    "lines",
    [
        "sys.exit(1)",
        "sys.exit(0)",
        "os.abort()",
        'open(out, "w").write("no PDF")',
        'os.symlink("/etc/passwd", out)',
        "os.mkdir(out)",
    ],
)
def test_what_makes_no_pdf_failed(soffice, room, lines):
    soffice(lines)
    assert why_not(room) == "failed"


def test_what_may_not_lie_in_the_clear_is_not_written(soffice, room):
    soffice('pdf("")')
    assert why_not(room, is_protected=True) == "protected"
    assert not room.exists()


@pytest.mark.parametrize("command", ["", "/nowhere/soffice"])
def test_without_libreoffice_there_is_a_sentence(settings, room, command):
    settings.SOFFICE = command
    assert why_not(room) == "not_installed"
    assert not room.exists()


def test_only_office_documents_are_taken(soffice, room, monkeypatch):
    soffice('pdf("")')
    assert why_not(room, "a.html") == "kind"
    assert why_not(room, "a.docx", b"<html>") == "damaged"
    # What Office locks with a password is an old container around it.
    assert why_not(room, "a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") == "protected"
    monkeypatch.setattr(office, "MOST_SOURCE_BYTES", 10)
    assert why_not(room) == "too_large"


def test_the_folder_goes_when_the_reader_fails(soffice, room):
    soffice('pdf("")')
    with pytest.raises(ZeroDivisionError), office_pdf(io.BytesIO(DOCX), "a.docx", folder=room):
        raise ZeroDivisionError
    assert os.listdir(room) == []
