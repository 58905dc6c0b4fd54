"""The bin: files and folders wait there, and come back or go for good."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField, Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat, Substr
from django.utils import timezone

from core.authz import Actor, authorize
from files.models import File, FileVersion, Folder, Space, Usage
from files.services.kept import OWNER, TOGETHER, Entry, FreeNames, authorize_all, locked_entries, lying_in, name_key
from files.services.spaces import locked

# What an entry says that is not in the bin.
_BACK: dict[str, Any] = {"deleted_at": None, "deleted_by": None, "binned_with": None}


@transaction.atomic
def put_into_bin(*, actor: Actor, entries: Sequence[Entry]) -> int:
    """Put files and folders, with all that is in them, into the bin; returns how many of ``entries`` were not there yet.
    Who lies in another of them goes along with it."""
    authorize_all(actor, "delete", entries)
    found = [entry for entry in locked_entries(entries) if not entry.is_binned]
    numbers = {entry.pk for entry in found if isinstance(entry, Folder)}
    alone = [entry for entry in found if numbers.isdisjoint(_folders_around(entry))]
    folders = [entry for entry in alone if isinstance(entry, Folder)]
    now: dict[str, Any] = {"deleted_at": timezone.now(), "deleted_by": actor.pk}
    for some in _parts([entry.pk for entry in alone if isinstance(entry, File)]):
        File.objects.kept().filter(pk__in=some).update(**now)
    for some in _parts([folder.pk for folder in folders]):
        roots = [folder for folder in folders if folder.pk in some]
        [condition] = lying_in([folder.path for folder in roots])
        whens = [When(path__startswith=folder.path, then=Value(folder.pk)) for folder in roots]
        along_with = Case(*whens, output_field=BigIntegerField())
        inside = Folder.objects.filter(condition)
        around = Folder.objects.filter(pk=OuterRef("folder_id")).order_by().values_list(along_with)
        File.objects.kept().filter(folder__in=inside.order_by().values("pk")).update(
            **now, binned_with=Subquery(around)
        )
        inside.kept().exclude(pk__in=some).update(**now, binned_with=along_with)
        Folder.objects.kept().filter(pk__in=some).update(**now)
    return len(found)


@transaction.atomic
def restore(*, actor: Actor, entries: Sequence[Entry]) -> list[Entry]:
    """Bring files and folders back: where they were, or at the top if that is gone or in the bin. With a folder comes what
    went along with it, also if it went along with another itself. Who finds their name taken gets a number."""
    authorize_all(actor, "delete", entries)
    found = [entry for entry in locked_entries(entries) if entry.is_binned]
    names: dict[tuple[Any, Space, Folder | None], FreeNames] = {}
    # The outermost first, so that who comes back with another does not come to the top.
    folders = sorted((entry for entry in found if isinstance(entry, Folder)), key=lambda one: one.path.count("/"))
    back: list[Entry] = [restored for folder in folders if (restored := _restore_folder(folder.pk, names))]
    # As they are now: some came back with a folder, or their folder did.
    left = File.objects.select_related("space", "folder").binned()
    files = list(left.filter(pk__in=[entry.pk for entry in found if isinstance(entry, File)]).order_by("pk"))
    for file in files:
        _come_back(file, names)
    File.objects.bulk_update(files, ["name", "name_key", "folder", *_BACK, "updated_at"], batch_size=TOGETHER)
    return [*back, *files]


@transaction.atomic
def delete_for_good(*, actor: Actor, entries: Sequence[Entry]) -> int:
    """Delete what lies in the bin, with all versions; their bytes go with the next clean-up. Returns how many files."""
    authorize_all(actor, "delete", entries)
    found = [entry for entry in locked_entries(entries) if entry.is_binned]
    folders: dict[int, str] = {}
    files = {entry.pk for entry in found if isinstance(entry, File)}
    for condition in lying_in([entry.path for entry in found if isinstance(entry, Folder)]):
        gone = Folder.objects.binned().filter(condition).order_by()
        folders |= dict(gone.values_list("pk", "path"))
        files.update(File.objects.binned().filter(folder__in=gone.values("pk")).order_by().values_list("pk", flat=True))
    return _delete(files, folders)


@transaction.atomic
def empty_bin(*, actor: Actor, space: Space) -> int:
    """Delete all that lies in the bin of ``space``; returns how many files."""
    authorize(actor, "files.change_space", space)
    locked(space)
    return _delete_rows(File.objects.binned().filter(space=space), Folder.objects.binned().filter(space=space))


def old_in_bin(days: int | None = None) -> "tuple[QuerySet[File, File], QuerySet[Folder, Folder]]":
    """Files and folders that have been in the bin for so long that they go."""
    before = timezone.now() - timedelta(days=settings.FILES_BIN_DAYS if days is None else days)
    files: Any = File.objects.binned().filter(deleted_at__lt=before)
    folders: Any = Folder.objects.binned().filter(deleted_at__lt=before)
    return files, folders


def remove_old_from_bin() -> int:
    """Delete what has been in the bin for ``FILES_BIN_DAYS``; returns how many files."""
    spaces = Space.objects.filter(
        Q(pk__in=old_in_bin()[0].order_by().values("space")) | Q(pk__in=old_in_bin()[1].order_by().values("space"))
    )
    removed = 0
    for space in spaces:
        with transaction.atomic():
            locked(space)
            files, folders = old_in_bin()
            removed += _delete_rows(files.filter(space=space), folders.filter(space=space))
    return removed


def _delete_rows(files: Any, folders: Any) -> int:
    return _delete(
        set(files.order_by().values_list("pk", flat=True)), dict(folders.order_by().values_list("pk", "path"))
    )


def _delete(files: Collection[int], folders: Mapping[int, str]) -> int:
    """Delete files, and those of the folders, given with their paths, in which nothing is left: in few statements for many."""
    for some in _parts(files):
        versions = FileVersion.objects.filter(file__in=some).order_by().values("pk")
        # What set_usages does for one version.
        Usage.objects.filter(owner_kind=OWNER, owner_id__in=versions).delete()
        File.objects.filter(pk__in=some).update(current=None)
        File.objects.filter(pk__in=some).delete()
    # A folder that something was put into meanwhile stays until that goes, and so do those around it.
    staying: set[int] = set()
    for some in _parts(folders):
        filled = Folder.objects.filter(pk__in=File.objects.filter(folder__in=some).order_by().values("folder"))
        around = [
            path
            for pk, path in Folder.objects.filter(parent__in=some).order_by().values_list("pk", "path")
            if pk not in folders
        ]
        for path in (*filled.order_by().values_list("path", flat=True), *around):
            staying.update(map(int, path.strip("/").split("/")))
    by_depth: dict[int, list[int]] = {}
    for pk in folders.keys() - staying:
        by_depth.setdefault(folders[pk].count("/"), []).append(pk)
    for depth in sorted(by_depth, reverse=True):
        for some in _parts(by_depth[depth]):
            Folder.objects.filter(pk__in=some).delete()
    return len(files)


def _parts(numbers: Collection[int]) -> Iterator[list[int]]:
    """So many as go into one statement, and one condition of ``lying_in``."""
    found = sorted(numbers)
    for start in range(0, len(found), TOGETHER):
        yield found[start : start + TOGETHER]


def _folders_around(entry: Entry) -> list[int]:
    if isinstance(entry, Folder):
        return entry.above
    return [*entry.folder.above, entry.folder.pk] if entry.folder else []


def _come_back(entry: Any, names: dict[tuple[Any, Space, Folder | None], FreeNames]) -> None:
    """Let ``entry`` be where it comes back to, under a name that is free there; the caller saves it."""
    place = "folder" if isinstance(entry, File) else "parent"
    around = getattr(entry, place)
    around = around if around is not None and not around.is_binned else None
    key = (type(entry), entry.space, around)
    names[key] = names.get(key) or FreeNames(*key)
    setattr(entry, place, around)
    entry.name = names[key].take(entry.name)
    entry.name_key = name_key(entry.name)
    entry.updated_at = timezone.now()
    for field, value in _BACK.items():
        setattr(entry, field, value)


def _restore_folder(pk: int, names: dict[tuple[Any, Space, Folder | None], FreeNames]) -> Folder | None:
    folder: Any = Folder.objects.select_related("space", "parent").filter(pk=pk).binned().first()
    if folder is None:
        return None
    old, took_along = folder.path, [number for number in (folder.pk, folder.binned_with_id) if number]
    _come_back(folder, names)
    folder.path = f"{folder.parent.path if folder.parent else '/'}{folder.pk}/"
    folder.save()
    if folder.path != old:
        moved = Concat(Value(folder.path), Substr("path", len(old) + 1))
        Folder.objects.filter(path__startswith=old).exclude(pk=folder.pk).update(path=moved)
    # What had gone into the bin before stays there.
    inside = Folder.objects.filter(path__startswith=folder.path)
    File.objects.filter(folder__in=inside.order_by().values("pk"), binned_with__in=took_along).update(**_BACK)
    inside.filter(binned_with__in=took_along).update(**_BACK)
    return cast(Folder, folder)
