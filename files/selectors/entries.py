"""Kept files and folders by themselves, by queries that are written once: whoever opens or fetches one asks these."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from core.prepared import Parameter, Part, Prepared
from files.models import AccessLog, File, FileVersion, Folder, Space, StoredFile

_FILE = Part.whole(File)
_SPACE = Part.whole(Space, "space__")
_FOLDER = Part.whole(Folder, "folder__")
_VERSION = Part.whole(FileVersion, "current__")
_STORED = Part.whole(StoredFile, "current__stored__")
_PARTS: tuple[Part[Any], ...] = (_FILE, _SPACE, _FOLDER, _VERSION, _STORED)
_files = Prepared(
    lambda: (
        File.objects.filter(public_id=Parameter("public_id", File._meta.get_field("public_id")))
        .order_by()
        .values_list(*(path for part in _PARTS for path in part.paths))
    )
)


def file_at(public_id: UUID) -> File | None:
    """The file with its space, its folder and the version that counts; whoever may see it."""
    for row in _files(public_id=public_id):
        found, begin = [], 0
        for part in _PARTS:
            end = begin + len(part.paths)
            found.append(part.make(row[begin:end]))
            begin = end
        file, space, folder, version, stored = found
        file.space = space
        if file.folder_id is not None:
            file.folder = folder
        if file.current_id is not None:
            version.stored = stored
            file.current = version
        return file  # type: ignore[no-any-return]
    return None


def folder_at(public_id: UUID) -> Folder | None:
    """The folder with its space and the folder around it; whoever may see it."""
    return Folder.objects.select_related("space", "parent").filter(public_id=public_id).first()


def is_noted(since: datetime, **what: Any) -> bool:
    """Whether there is an entry in the log that is ``what`` says, and later than ``since``."""
    given = frozenset(name for name, value in what.items() if value is not None)
    return bool(_entries(given, frozenset(what) - given)(since=since, **what))


@lru_cache(maxsize=64)
def _entries(given: frozenset[str], missing: frozenset[str]) -> Prepared:
    field: Any = AccessLog._meta.get_field
    wanted: dict[str, Any] = {name: Parameter(name, field(name)) for name in given}
    wanted |= {f"{name}__isnull": True for name in missing}
    rows = AccessLog.objects.filter(at__gt=Parameter("since", field("at")), **wanted)
    return Prepared(lambda: rows.order_by().values_list("pk")[:1])
