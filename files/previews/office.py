"""Office documents as PDF, by LibreOffice in a process that may do little and does not live long.

The document is another person's: it gets a profile made for it alone in which macros and links to elsewhere are off, limits on
memory, time and the size of files, and no network where the system lets us take it away.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from files.media_types import extension
from files.previews import confine
from files.previews.base import NoPreview, Reason

ENDINGS = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp"})
SECONDS = 60
MOST_SOURCE_BYTES = 50 * 1024 * 1024
MOST_PDF_BYTES = 100 * 1024 * 1024
# Addresses, not pages in use: LibreOffice maps far more than it touches.
MOST_MEMORY = 4 * 1024**3
MOST_FOLDER_BYTES = 400 * 1024 * 1024
_LOOK_EACH = 0.1
_TRIES = 30
_PIECE = 1024 * 1024
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Save/Document"><prop oor:name="CreateBackup" oor:op="fuse"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
</oor:items>
"""


@contextmanager
def office_pdf(
    source: BinaryIO, name: str, *, folder: Path, is_protected: bool = False, seconds: float = SECONDS
) -> Iterator[BinaryIO]:
    """The document as PDF, open for reading; raises ``NoPreview``.

    It lies in the clear in a folder of its own below ``folder`` until the block ends. What may not lie there is named by
    ``is_protected``: then nothing is written.
    """
    if is_protected:
        raise NoPreview(Reason.PROTECTED)
    ending = extension(name)
    if ending not in ENDINGS:
        raise NoPreview(Reason.KIND)
    if not settings.SOFFICE or shutil.which(settings.SOFFICE) is None:
        raise NoPreview(Reason.NOT_INSTALLED)
    _check_head(source)
    with _room(folder) as room:
        _copy(source, room / f"document.{ending}")
        _write_profile(room / "profile")
        _convert(room, f"document.{ending}", seconds)
        made = room / "out" / "document.pdf"
        if not made.is_file() or made.is_symlink():
            raise NoPreview(Reason.FAILED)
        with made.open("rb") as pdf:
            if pdf.read(5) != b"%PDF-":
                raise NoPreview(Reason.FAILED)
            pdf.seek(0)
            yield pdf


def _check_head(source: BinaryIO) -> None:
    source.seek(0)
    head = source.read(4)
    if head == b"\xd0\xcf\x11\xe0":
        # What Office locks with a password is an old container around it.
        raise NoPreview(Reason.PROTECTED)
    if head != b"PK\x03\x04":
        # Anything else would be opened as whatever it is.
        raise NoPreview(Reason.DAMAGED)


@contextmanager
def _room(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(dir=folder, prefix="office-"))
    try:
        yield room
    finally:
        # A process that was just killed may still have written while the folder was emptied.
        for _try in range(_TRIES):
            shutil.rmtree(room, ignore_errors=True)
            if not room.exists():
                break
            time.sleep(_LOOK_EACH)


def _copy(source: BinaryIO, path: Path) -> None:
    source.seek(0)
    left = MOST_SOURCE_BYTES
    with path.open("xb") as target:
        while piece := source.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise NoPreview(Reason.TOO_LARGE)
            target.write(piece)


def _write_profile(profile: Path) -> None:
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE)


def _convert(room: Path, document: str, seconds: float) -> None:
    limits = [str(MOST_MEMORY), str(MOST_PDF_BYTES), str(int(seconds) + 1)]
    office = [
        settings.SOFFICE,
        f"-env:UserInstallation={(room / 'profile').as_uri()}",
        *("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo"),
        *("--convert-to", "pdf", "--outdir", str(room / "out"), str(room / document)),
    ]
    command = [*_without_network(), sys.executable, "-I", confine.__file__, *limits, *office]
    environment = {
        # Nothing of the site's own: its keys and passwords stand there.
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(room),
        "TMPDIR": str(room),
        "SAL_USE_VCLPLUGIN": "svp",
    }
    try:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=room,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        raise NoPreview(Reason.FAILED) from None
    try:
        _wait(process, room, seconds)
    finally:
        _end(process)
    # A file that was cut by a limit begins like a PDF as well.
    if process.returncode != 0:
        raise NoPreview(Reason.FAILED)


def _wait(process: subprocess.Popen[bytes], room: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_EACH)
            return
        if time.monotonic() > until:
            raise NoPreview(Reason.TOO_SLOW)
        if _bytes_below(room) > MOST_FOLDER_BYTES:
            raise NoPreview(Reason.TOO_LARGE)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group, also what the program left behind it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _bytes_below(folder: Path) -> int:
    total = 0
    for place, _folders, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_blocks * 512
    return total


@lru_cache(maxsize=1)
def _without_network() -> list[str]:
    """The command before the command that takes the network away; empty where the system does not allow it.

    With it goes a space of its own for processes, so that what leaves the group ends as well.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    spaces = ["--net", "--ipc", "--pid", "--fork", "--kill-child"]
    for command in ([unshare, *spaces], [unshare, "--user", "--map-current-user", *spaces]):
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run([*command, "true"], check=True, capture_output=True, timeout=5)  # noqa: S603
            return command
    return []


def has_no_network() -> bool:
    """Whether documents are turned into PDF without a network here."""
    return bool(_without_network())
