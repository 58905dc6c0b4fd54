"""Moving files and folders to another place, also one of another space."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone
from django.utils.translation import gettext as _

from core.authz import Actor
from core.errors import Conflict
from files.models import File, Folder, Space, StoredFile
from files.services.kept import (
    MOST_DEEP,
    TOGETHER,
    Entry,
    FreeNames,
    authorize_all,
    authorize_place,
    in_bin,
    kept_folder,
    locked_entries,
    lying_in,
    name_key,
    seal_later,
)
from files.services.spaces import check_room


@transaction.atomic
def move(*, actor: Actor, entries: Sequence[Entry], space: Space, folder: Folder | None = None) -> list[Entry]:
    """Put files and folders into ``folder``, or at the top of ``space``, also of another one; who finds their name taken
    there gets a number.

    All of them or none. Raises ``Conflict`` ``into_itself``, ``too_deep``, ``in_bin``, ``moved_away``, ``NoRoom``.
    """
    authorize_place(actor, space, folder)
    authorize_all(actor, "delete", [entry for entry in entries if entry.space_id != space.pk])
    authorize_all(actor, "change", [entry for entry in entries if entry.space_id == space.pk])
    found = locked_entries(entries, space)
    for entry in found:
        if entry.is_binned:
            raise in_bin(entry.name)
    # As it is now, like the entries.
    space = Space.objects.get(pk=space.pk)
    target = kept_folder(space, folder)
    here = (space.pk, target.pk if target else None)
    files = [entry for entry in found if isinstance(entry, File) and (entry.space_id, entry.folder_id) != here]
    folders = [entry for entry in found if isinstance(entry, Folder) and (entry.space_id, entry.parent_id) != here]
    _check_depth(folders, target)
    _check_room_for(space, files, folders)
    _move_files(files, space, target)
    _move_folders(folders, space, target)
    if any(entry.space_id != space.pk for entry in entries):
        seal_later(space)
    return found


def _check_depth(folders: Sequence[Folder], target: Folder | None) -> None:
    above = target.path if target else "/"
    deepest = {folder.pk: folder.path.count("/") for folder in folders}
    for folder in folders:
        if above.startswith(folder.path):
            raise Conflict("into_itself", _("A folder cannot be put into itself. Choose another one."))
    for condition in lying_in([folder.path for folder in folders]):
        for path in Folder.objects.filter(condition).values_list("path", flat=True):
            for number in map(int, path.strip("/").split("/")):
                if number in deepest:
                    deepest[number] = max(deepest[number], path.count("/"))
    if any(above.count("/") + deepest[one.pk] - one.path.count("/") > MOST_DEEP for one in folders):
        raise Conflict("too_deep", _("Folders can be %(n)d deep at most. Make this one further up.") % {"n": MOST_DEEP})


def _check_room_for(space: Space, files: Sequence[File], folders: Sequence[Folder]) -> None:
    """Raise ``NoRoom`` if what comes from other spaces is too much for this one."""
    new = set()
    ids = [file.pk for file in files if file.space_id != space.pk]
    for start in range(0, len(ids), TOGETHER):
        new |= _contents_new_to(space, Q(versions__file__in=ids[start : start + TOGETHER]))
    for condition in lying_in([folder.path for folder in folders if folder.space_id != space.pk]):
        new |= _contents_new_to(
            space, Q(versions__file__folder__in=Folder.objects.filter(condition).order_by().values("pk"))
        )
    if new:
        check_room(space, sum(size for _sha256, size in new))


def _contents_new_to(space: Space, contents: Q) -> set[tuple[str, int]]:
    there = StoredFile.objects.filter(pk__in=space.files.order_by().values("versions__stored"))
    new = StoredFile.objects.filter(contents).exclude(sha256__in=there.order_by().values("sha256"))
    return set(new.order_by().values_list("sha256", "size").distinct())


def _move_files(files: Sequence[File], space: Space, folder: Folder | None) -> None:
    if not files:
        return
    names, now = FreeNames(File, space, folder), timezone.now()
    for file in files:
        file.name = names.take(file.name)
        file.name_key, file.updated_at = name_key(file.name), now
        file.space, file.folder = space, folder
    File.objects.bulk_update(files, ["name", "name_key", "space", "folder", "updated_at"], batch_size=TOGETHER)


def _move_folders(folders: Sequence[Folder], space: Space, target: Folder | None) -> None:
    if not folders:
        return
    names, now = FreeNames(Folder, space, target), timezone.now()
    above = target.path if target else "/"
    # By where they lay: what is cut off the paths of all that is in them.
    from_where: dict[str, list[str]] = {}
    for folder in folders:
        from_where.setdefault(folder.path.removesuffix(f"{folder.pk}/"), []).append(folder.path)
        folder.name = names.take(folder.name)
        folder.name_key, folder.updated_at = name_key(folder.name), now
        folder.space, folder.parent = space, target
    # Name and place in one: each alone might be taken.
    Folder.objects.bulk_update(folders, ["name", "name_key", "space", "parent", "updated_at"], batch_size=TOGETHER)
    # The deepest first: who was in another of them lies beside it afterwards.
    for before, paths in sorted(from_where.items(), key=lambda pair: -len(pair[0])):
        for condition in lying_in(paths):
            inside = Folder.objects.filter(condition)
            File.objects.filter(folder__in=inside.order_by().values("pk")).update(space=space)
            inside.update(path=Concat(Value(above), Substr("path", len(before) + 1)), space=space)
    for folder in folders:
        folder.path = f"{above}{folder.pk}/"
