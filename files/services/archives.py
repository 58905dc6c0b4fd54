"""Several files and folders as one ZIP archive: what goes into it, and that it was fetched.

Who may open what is chosen is asked by whoever looks it up, as for a single file; who may open a folder may open all in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Conflict, DomainError, Invalid
from files import storage
from files.models import File, Folder, Share
from files.services.accesses import note_downloads
from files.services.kept import Entry
from files.services.reading import opened
from files.services.sharing import count_download
from files.zipping import Member, Names, length_of

# So many paths are asked for in one query.
_AT_ONCE = 100


class ArchiveTooLarge(DomainError):
    """More is chosen than is sent as one archive."""

    status = 413

    def __init__(self) -> None:
        most = {"n": settings.FILES_ZIP_FILES, "size": filesizeformat(settings.FILES_ZIP_BYTES)}
        super().__init__(
            "zip_too_large",
            _("This is too much for one archive: at most %(n)d files and folders, of %(size)s. Choose fewer.") % most,
        )
        self.extra = {"most_files": settings.FILES_ZIP_FILES, "most_bytes": settings.FILES_ZIP_BYTES}


class FileLost(DomainError):
    """The bytes of a file that goes into an archive are not in storage, or not as they were stored."""

    status = 409

    def __init__(self, name: str) -> None:
        sentence = _(
            "“%(name)s” is lost or damaged in storage, so this would not be whole. Choose the others without it."
        )
        super().__init__("file_lost", sentence % {"name": name})


@dataclass(frozen=True)
class Archive:
    """What will be sent: ``chosen`` is what was asked for, ``files`` are all that go along, in the order of ``members``."""

    chosen: list[Entry]
    files: list[File]
    members: list[Member]

    @property
    def length(self) -> int:
        """Of the archive, in bytes."""
        return length_of(self.members)

    def file_at(self, member: Member) -> File:
        """The file that ``member`` is of."""
        at = [one for one in self.members if one.opened is not None].index(member)
        return self.files[at]


def pack(entries: Sequence[Entry]) -> Archive:
    """An archive of ``entries``, with what lies in the folders among them.

    Raises ``Invalid`` ``nothing_to_pack``, ``Conflict`` ``in_bin``, ``ArchiveTooLarge``, ``FileLost``.
    """
    for entry in entries:
        if entry.is_binned:
            raise Conflict("in_bin", _("“%(name)s” lies in the bin. Restore it first.") % {"name": entry.name})
    chosen = _outermost(entries)
    inside = [entry.path for entry in chosen if isinstance(entry, Folder)]
    most = settings.FILES_ZIP_FILES
    folders = list(_below(Folder, "path", inside, most))
    files = [entry for entry in chosen if isinstance(entry, File)]
    files += _below(File, "folder__path", inside, most)
    if len(files) + len(folders) > most or sum(file.shown.stored.size for file in files) > settings.FILES_ZIP_BYTES:
        raise ArchiveTooLarge
    if not files:
        raise Invalid("nothing_to_pack", _("There is no file in what you chose, so there is nothing to download."))
    _check_bytes(files)
    return Archive(chosen, files, _placed(folders, files))


@transaction.atomic
def note_fetched(archive: Archive, *, user: Any, share: Share | None = None) -> None:
    """Write down that each file was fetched; over a link each counts as a download. Raises ``LinkOver``, ``Conflict``
    ``too_few_downloads``, and then nothing is written."""
    if share is not None:
        count_download(share, len(archive.files))
    folders = [entry for entry in archive.chosen if isinstance(entry, Folder)]
    note_downloads(user=user, entries=[*folders, *archive.files], share=share)


def _outermost(entries: Sequence[Entry]) -> list[Entry]:
    """Without what comes along in a folder that is chosen, too: a search finds both."""
    chosen = {entry.pk for entry in entries if isinstance(entry, Folder)}
    found = []
    for entry in entries:
        around = entry.folder if isinstance(entry, File) else entry
        above = around.above if around is not None else []
        if isinstance(entry, File) and around is not None:
            above = [*above, around.pk]
        if not chosen.intersection(above):
            found.append(entry)
    return found


def _below(model: Any, path: str, paths: Sequence[str], most: int) -> Iterator[Any]:
    """What lies in folders, with them those themselves; of too many one more than may be."""
    follow = ("current__stored",) if model is File else ()
    left = most + 1
    for begin in range(0, len(paths), _AT_ONCE):
        lies_there = Q()
        for one in paths[begin : begin + _AT_ONCE]:
            lies_there |= Q(**{f"{path}__startswith": one})
        rows = model.objects.kept().filter(lies_there).order_by(path, "name_key", "pk")
        for row in rows.select_related(*follow)[:left] if follow else rows[:left]:
            left -= 1
            yield row


def _check_bytes(files: Sequence[File]) -> None:
    for file in files:
        stored = file.shown.stored
        # A bucket loses nothing, and would be asked over the network for each.
        if stored.broken_at or not (settings.S3_BUCKET or storage.exists(stored.storage_key)):
            raise FileLost(file.name)


def _placed(folders: Sequence[Folder], files: Sequence[File]) -> list[Member]:
    """Folders and files under their paths; what was chosen by itself stands at the top."""
    names, paths = Names(), dict[int, str]()
    members = []
    # The path of a folder begins with that of the one around it, so it comes after it.
    for folder in folders:
        above = paths.get(folder.parent_id or 0, "")
        paths[folder.pk] = f"{above}{names.free(above, folder.name)}/"
        members.append(Member(paths[folder.pk], timezone.localtime(folder.updated_at)))
    for file in files:
        above = paths.get(file.folder_id or 0, "")
        stored = file.shown.stored
        changed = timezone.localtime(file.changed_at)
        path = f"{above}{names.free(above, file.name)}"
        members.append(Member(path, changed, stored.size, partial(opened, stored)))
    return members
