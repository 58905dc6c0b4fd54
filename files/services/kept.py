"""Files that people keep: taken in, given new versions and other names."""

import os
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from accounts.models import User
from core.authz import Actor, authorize
from core.errors import Conflict, DomainError, Invalid
from core.tasks import enqueue
from files.media_types import FILE_TYPES, extension
from files.models import File, FileVersion, Folder, Space, StoredFile
from files.querysets import EntryQuerySet
from files.selectors.uses import KEPT
from files.services.previews import render_later
from files.services.sealing import is_sensitive
from files.services.spaces import check_room, locked
from files.services.store import forget_new_files, store_file
from files.services.usage import set_usages
from files.validators import clean_name

OWNER = KEPT
# Folders in folders in folders.
MOST_DEEP = 20
# So many rows or conditions in one statement.
TOGETHER = 100
Entry = File | Folder
_OF_FILES = {"change": "files.change_file", "delete": "files.delete_file", "share": "files.share_file"}
_OF_FOLDERS = {"change": "files.change_folder", "delete": "files.delete_folder", "share": "files.share_folder"}


def name_key(name: str) -> str:
    """By what names are compared and sorted: capital letters and ways to write an accent make no difference."""
    return unicodedata.normalize("NFC", name.casefold())[:600]


def store_for(*, actor: User, space: Space, content: BinaryIO, name: str) -> StoredFile:
    """Store what will be kept in ``space``: sealed, if the site wants that for spaces of its kind. Raises as ``store_file``."""
    return store_file(actor=actor, content=content, name=name, sensitive=is_sensitive(space.kind))


def seal_later(space: Space) -> None:
    """Have a job seal what lies in ``space`` in plain, if it is not to."""
    if is_sensitive(space.kind):
        enqueue("files.tasks.seal_space", space_id=space.pk)


@transaction.atomic
def make_folder(*, actor: User, space: Space, parent: Folder | None = None, name: str) -> Folder:
    """A new folder in ``parent``, or at the top. Raises ``Invalid``, ``Conflict`` ``name_taken`` or ``too_deep``."""
    authorize_place(actor, space, parent)
    space = locked(space)
    parent = kept_folder(space, parent)
    if parent is not None and len(parent.above) + 2 > MOST_DEEP:
        raise Conflict("too_deep", _("Folders can be %(n)d deep at most. Make this one further up.") % {"n": MOST_DEEP})
    name = _folder_name(name)
    _check_free(Folder, space, parent, name)
    folder = Folder(space=space, parent=parent, name=name, name_key=name_key(name), made_by=actor)
    folder.save()
    folder.path = f"{parent.path if parent else '/'}{folder.pk}/"
    folder.save(update_fields=["path"])
    return folder


@transaction.atomic
def keep_file(
    *, actor: User, space: Space, folder: Folder | None = None, stored: StoredFile, name: str = ""
) -> FileVersion:
    """Keep ``stored`` in ``folder``, or at the top. Where a file has that name already it is a new version of it;
    the same content again changes nothing.

    Raises ``Invalid``, ``NoRoom``.
    """
    authorize_place(actor, space, folder)
    space = locked(space)
    folder = kept_folder(space, folder)
    name = _file_name(name or stored.name, stored)
    there = _siblings(File, space, folder).select_related("current").filter(name_key=name_key(name)).first()
    if there is not None:
        return _new_version(actor, there, stored)
    check_room(space, _new_bytes(space, stored))
    file = File.objects.create(space=space, folder=folder, name=name, name_key=name_key(name))
    return _add_version(actor, file, 1, stored)


def keep_sent(*, actor: User, space: Space, folder: Folder | None = None, content: BinaryIO, name: str) -> FileVersion:
    """Store ``content`` and keep it as ``keep_file`` does; what is refused leaves nothing in storage.

    Raises as ``store_file`` and ``keep_file``.
    """
    authorize_place(actor, space, folder)
    stored = store_for(actor=actor, space=space, content=content, name=name)
    with _forgotten_if_refused(stored):
        return keep_file(actor=actor, space=space, folder=folder, stored=stored, name=name)


def add_sent_version(*, actor: User, file: File, content: BinaryIO, name: str) -> FileVersion:
    """Store ``content`` and let it be what ``file`` is from now on; what is refused leaves nothing in storage.

    Raises as ``store_file`` and ``add_version``.
    """
    authorize(actor, "files.change_file", file)
    stored = store_for(actor=actor, space=file.space, content=content, name=name)
    with _forgotten_if_refused(stored):
        return add_version(actor=actor, file=file, stored=stored)


@contextmanager
def _forgotten_if_refused(stored: StoredFile) -> Iterator[None]:
    # Otherwise who has no room left could fill the disk until the clean-up of the next day.
    try:
        yield
    except DomainError:
        forget_new_files([stored])
        raise


@transaction.atomic
def add_version(*, actor: User, file: File, stored: StoredFile) -> FileVersion:
    """Let ``stored`` be what ``file`` is from now on; the name stays, if the kind of file does.

    Raises ``Conflict`` ``in_bin``, ``NoRoom``.
    """
    authorize(actor, "files.change_file", file)
    return _new_version(actor, _locked_file(file), stored)


@transaction.atomic
def bring_back(*, actor: User, version: FileVersion) -> FileVersion:
    """Let an earlier version count again, as a new one. Raises ``Conflict`` ``in_bin``."""
    authorize(actor, "files.change_file", version.file)
    file = _locked_file(version.file)
    if file.current_id == version.pk:
        return version
    return _new_version(actor, file, version.stored, brought_back=version.number)


@transaction.atomic
def rename(*, actor: Actor, entry: Entry, name: str) -> Entry:
    """Call a file or folder ``name``; a file's ending is added where it was left out.

    Raises ``Invalid``, ``Conflict`` ``name_taken`` or ``in_bin``.
    """
    authorize(actor, permission("change", entry), entry)
    if isinstance(entry, File):
        file = _locked_file(entry)
        name = _file_name(name, file.shown.stored)
        _check_free(File, file.space, file.folder, name, but=file.pk)
        file.name, file.name_key = name, name_key(name)
        file.save(update_fields=["name", "name_key", "updated_at"])
        return file
    locked(entry.space)
    folder = _present_folder(entry)
    name = _folder_name(name)
    _check_free(Folder, folder.space, folder.parent, name, but=folder.pk)
    folder.name, folder.name_key = name, name_key(name)
    folder.save(update_fields=["name", "name_key", "updated_at"])
    return folder


class FreeNames:
    """Names that are free in a place: which are taken is read once, and what was given out is taken as well. The caller
    holds the space's lock."""

    def __init__(self, model: Any, space: Space, folder: Folder | None, but: int = 0) -> None:
        self._is_folder = model is Folder
        self._taken = set(_siblings(model, space, folder).exclude(pk=but).values_list("name_key", flat=True))

    def take(self, name: str) -> str:
        """``name``, or with a number behind it if it is taken."""
        stem, ending = (name, "") if self._is_folder else os.path.splitext(name)
        number, found = 1, name
        while name_key(found) in self._taken:
            number += 1
            found = f"{stem} ({number}){ending}"
        self._taken.add(name_key(found))
        return found


def lying_in(paths: Sequence[str]) -> Iterator[Q]:
    """Conditions on folders, to lie in one of those with these paths or to be it: one for some of them at a time, since
    databases take only so long a condition."""
    for start in range(0, len(paths), TOGETHER):
        found = Q(pk__in=())
        for path in paths[start : start + TOGETHER]:
            found |= Q(path__startswith=path)
        yield found


def locked_entries(entries: Sequence[Entry], *spaces: Space) -> list[Entry]:
    """The entries as they are now, with all their spaces and ``spaces`` locked until the transaction ends; those that are
    gone are left out, and none is named twice. In as many questions as for one. Raises ``Conflict`` ``moved_away``."""
    # In the order of their numbers, so that two who move across each other do not wait for one another.
    ids = {space.pk for space in spaces} | {entry.space_id for entry in entries}
    list(Space.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    files = File.objects.select_related("space", "folder", "current__stored").in_bulk(
        [entry.pk for entry in entries if isinstance(entry, File)]
    )
    folders = Folder.objects.select_related("space", "parent").in_bulk(
        [entry.pk for entry in entries if isinstance(entry, Folder)]
    )
    found: list[Entry] = []
    for entry in dict.fromkeys(entries):
        now: Entry | None = files.get(entry.pk) if isinstance(entry, File) else folders.get(entry.pk)
        if now is not None:
            found.append(_unmoved(entry, now))
    return found


def authorize_all(actor: Actor, action: str, entries: Sequence[Entry]) -> None:
    """Raise ``NotAllowed`` for an entry that ``actor`` may not "change" or "delete".

    In as many questions as for one: who keeps a space may do both with all that lies in it, and who was let in by others
    is asked for with all entries together.
    """
    keeps = {space: actor.has_perm("files.change_space", space) for space in {entry.space for entry in entries}}
    others = [entry for entry in entries if not keeps[entry.space]]
    let_in: set[tuple[type, int]] = set()
    if action == "change":
        for model in (File, Folder):
            ids = [entry.pk for entry in others if isinstance(entry, model)]
            if ids:
                rows = model.objects.filter(pk__in=ids).changeable_by(actor)
                let_in |= {(model, pk) for pk in rows.order_by().values_list("pk", flat=True)}
    for entry in others:
        if (type(entry), entry.pk) not in let_in:
            authorize(actor, permission(action, entry), entry)


def permission(action: str, entry: Entry) -> str:
    """The name of the permission to "change", "delete" or "share" a file or folder."""
    return (_OF_FILES if isinstance(entry, File) else _OF_FOLDERS)[action]


def authorize_place(actor: Actor, space: Space, folder: Folder | None) -> None:
    """Raise ``NotAllowed`` unless ``actor`` may put something there."""
    if folder is None:
        authorize(actor, "files.change_space", space)
    else:
        authorize(actor, "files.change_folder", folder)


def _siblings(model: Any, space: Space, folder: Folder | None) -> EntryQuerySet:
    rows: EntryQuerySet = model.objects.kept().filter(space=space)
    place = "folder" if model is File else "parent"
    return rows.filter(**({place: folder} if folder is not None else {f"{place}__isnull": True}))


def _check_free(model: Any, space: Space, folder: Folder | None, name: str, but: int = 0) -> None:
    if _siblings(model, space, folder).filter(name_key=name_key(name)).exclude(pk=but).exists():
        sentence = _("There is a “%(name)s” here already. Choose another name.") % {"name": name}
        error = Conflict("name_taken", sentence)
        error.fields = {"name": [sentence]}
        raise error


def _folder_name(name: str) -> str:
    # A folder has no ending, so a full stop in its name means nothing.
    cleaned = clean_name(f"{name.replace('/', ' ').replace(chr(92), ' ')}.d")[:-2].strip(" .")
    return _not_empty(cleaned)


def _file_name(name: str, stored: StoredFile) -> str:
    cleaned = _not_empty(clean_name(name))
    kind = FILE_TYPES.get(extension(cleaned))
    if kind is not None and stored.media_type in {kind.media_type, *kind.alternatives}:
        return cleaned
    return clean_name(f"{cleaned}.{extension(stored.name)}")


def _not_empty(name: str) -> str:
    if not name:
        sentence = _("Give it a name of letters or digits.")
        raise Invalid("name_empty", sentence, fields={"name": [sentence]})
    return name


def in_bin(name: str) -> Conflict:
    """The refusal to do something with what lies in the bin."""
    return Conflict("in_bin", _("“%(name)s” lies in the bin. Restore it first.") % {"name": name})


def kept_folder(space: Space, folder: Folder | None) -> Folder | None:
    """``folder`` as it is now, None for the top of ``space``. Raises ``Conflict`` ``in_bin`` or ``moved_away``."""
    if folder is None:
        return None
    found = _present_folder(folder)
    if found.space_id != space.pk:
        raise _moved_away(found)
    return found


def _unmoved(seen: Entry, found: Entry) -> Entry:
    # What the right was asked for lay in another space then.
    if found.space_id != seen.space_id:
        raise _moved_away(found)
    return found


def _moved_away(entry: Entry) -> Conflict:
    return Conflict("moved_away", _("“%(name)s” was moved. Load the page again.") % {"name": entry.name})


def _present_folder(folder: Folder) -> Folder:
    found = Folder.objects.select_related("space", "parent").get(pk=folder.pk)
    if found.is_binned:
        raise in_bin(found.name)
    return found


def _kept_file(file: File) -> File:
    found = File.objects.select_related("space", "folder", "current__stored").get(pk=file.pk)
    if found.is_binned:
        raise in_bin(found.name)
    return found


def _locked_file(file: File) -> File:
    """The file as it is now, with the space locked that it lies in now: it may have been moved since it was read."""
    space = locked(File.objects.select_related("space").get(pk=file.pk).space)
    found = _kept_file(file)
    if found.space_id != space.pk:
        raise _moved_away(found)
    return found


def _new_bytes(space: Space, stored: StoredFile) -> int:
    return 0 if space.files.filter(versions__stored__sha256=stored.sha256).exists() else stored.size


def _new_version(actor: User, file: File, stored: StoredFile, brought_back: int | None = None) -> FileVersion:
    current = file.shown
    if current.stored.sha256 == stored.sha256 and current.stored.media_type == stored.media_type:
        return current
    check_room(file.space, _new_bytes(file.space, stored))
    last = file.versions.aggregate(last=Max("number"))["last"]
    # Another kind of file has another ending.
    name = _file_name(file.name, stored)
    if name != file.name:
        name = FreeNames(File, file.space, file.folder, but=file.pk).take(name)
        file.name, file.name_key = name, name_key(name)
    return _add_version(actor, file, last + 1, stored, brought_back)


def _add_version(
    actor: User, file: File, number: int, stored: StoredFile, brought_back: int | None = None
) -> FileVersion:
    version = FileVersion.objects.create(
        file=file, number=number, stored=stored, made_by=actor, brought_back=brought_back
    )
    set_usages(owner_kind=OWNER, owner_id=version.pk, file_ids={stored.public_id})
    file.current, file.changed_at = version, version.created_at
    file.save()
    render_later(stored)
    if not stored.is_sealed:
        seal_later(file.space)
    return version
