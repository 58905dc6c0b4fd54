"""Files that belong to the site's data: which ones a state of the database names, and where each lies.

In a backup they are called ``files/<storage key>`` (uploads), ``personal/<id>`` (archives of personal data, which are
encrypted by themselves) and ``events/<name>`` (old entries of the event log).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings

from core.models import EventArchive
from files import storage
from files.models import StoredFile
from files.storage import sync_folder
from files.storage.base import checked
from lms.backup.errors import Refused
from privacy import storage as archives
from privacy.enums import PersonalExportState
from privacy.models import PersonalExport

FILES, PERSONAL, EVENTS = "files/", "personal/", "events/"
_EVENTS_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")

# Asks a database, which need not be the one of Django's connection.
Ask = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Named:
    """A file that the database names; ``sha256`` is empty where it does not say."""

    name: str
    sha256: str = ""


def named_files(ask: Ask) -> list[Named]:
    """All of them, in the order of their names. Uploads that are still arriving are none yet."""
    # Of sealed bytes the digest is that of what is in them.
    digest = "CASE WHEN key_name = '' THEN sha256 ELSE '' END"
    keys = ask(f"SELECT DISTINCT storage_key, {digest} FROM {_table(StoredFile)} ORDER BY storage_key")  # noqa: S608 -- ours
    exports = ask(f"SELECT public_id FROM {_table(PersonalExport)} WHERE state = '{PersonalExportState.DONE.value}'")  # noqa: S608
    events = ask(f"SELECT file_name, sha256 FROM {_table(EventArchive)}")  # noqa: S608
    found = {f"{FILES}{key}": digest for key, digest in keys}
    found |= {f"{PERSONAL}{UUID(str(number))}": "" for (number,) in exports}
    found |= {f"{EVENTS}{name}": digest for name, digest in events}
    return [Named(name, digest) for name, digest in sorted(found.items())]


def opened(name: str) -> BinaryIO:
    """A file of this site, to be read. Raises ``Refused`` for a name that no file of a site has, ``FileNotFoundError``,
    ``StorageDown``."""
    path = path_of(name)
    return storage.opened(name.removeprefix(FILES)) if path is None else path.open("rb")


def keep(part: Path, name: str, sha256: str, size: int) -> None:
    """Give a file that came out of a backup its place, in that of whatever lies there. Raises as ``opened``, ``DiskFull``."""
    path = path_of(name)
    if path is not None:
        part.replace(path)
        sync_folder(path.parent)
        return
    key = name.removeprefix(FILES)
    storage.remove(key)
    storage.keep(storage.Received(part, sha256, size, key))


def path_of(name: str) -> Path | None:
    """Where a file lies on this machine; None for uploads, which the site's storage keeps. Raises ``Refused`` for a name
    that no file of a site has."""
    try:
        if name.startswith(FILES):
            checked(name.removeprefix(FILES))
            return None
        if name.startswith(PERSONAL):
            number = UUID(name.removeprefix(PERSONAL))
            if name == f"{PERSONAL}{number}":
                return archives.path_of(PersonalExport(public_id=number))
        if name.startswith(EVENTS) and _EVENTS_NAME.fullmatch(name.removeprefix(EVENTS)):
            return Path(settings.AUDIT_ARCHIVE_DIR) / name.removeprefix(EVENTS)
    except ValueError:
        pass
    raise Refused(f"The backup names a file that cannot be one of this site: {name!r}")


def _table(model: Any) -> str:
    return str(model._meta.db_table)
