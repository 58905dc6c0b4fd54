"""What lies in a space or a folder, as lists show it: in as many queries for ten files as for ten thousand."""

from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q

from files.media_types import FILE_TYPES, Family
from files.models import File, FileVersion, Folder, Space
from files.querysets import EntryQuerySet, FileVersionQuerySet

PER_PAGE = 100
TO_PICK = 30
# Folders stand before the files of the first page; more of them in one place are found by searching.
MOST_FOLDERS = 500
SORTS = {
    "name": ("name_key", "pk"),
    "-name": ("-name_key", "-pk"),
    "changed": ("changed_at", "pk"),
    "-changed": ("-changed_at", "-pk"),
    "size": ("current__stored__size", "pk"),
    "-size": ("-current__stored__size", "-pk"),
}
KINDS: dict[str, tuple[Family, ...]] = {
    "image": (Family.IMAGE, Family.DRAWING),
    "media": (Family.VIDEO, Family.AUDIO),
    "document": (Family.DOCUMENT,),
    "text": (Family.TEXT,),
    "archive": (Family.ARCHIVE,),
}
# What lists show of a file; each column more costs a hundred conversions.
_SHOWN = (
    "public_id",
    "space",
    "folder",
    "name",
    "changed_at",
    "current__number",
    "current__stored__public_id",
    "current__stored__media_type",
    "current__stored__name",
    "current__stored__size",
    "current__made_by",
)


@dataclass(frozen=True)
class Wanted:
    """How a list is to be: words in names, a key of ``KINDS`` or nothing, a key of ``SORTS``, the number of the page."""

    words: str = ""
    kind: str = ""
    sort: str = "name"
    page: Any = 1


@dataclass(frozen=True)
class Listing:
    """Folders and one page of files; ``is_search`` if they come from everywhere below the place."""

    folders: list[Folder]
    files: "Page[File]"
    is_search: bool = False
    more_folders: bool = False

    @property
    def entries(self) -> list[File | Folder]:
        return [*self.folders, *self.files]

    @property
    def is_empty(self) -> bool:
        return not self.folders and not self.files.paginator.count


@dataclass(frozen=True)
class Crumb:
    """A folder above, for the way back."""

    name: str
    url: str


@dataclass(frozen=True)
class Places:
    """The folders of a space to move things to, with the names of those above them."""

    space: Space
    name: str
    folders: list[tuple[str, Folder]] = field(default_factory=list)


def listed_in(space: Space, folder: Folder | None, wanted: Wanted) -> Listing:
    """What lies in ``folder``, or at the top of ``space``; with words or a kind, what lies anywhere below."""
    files: EntryQuerySet = File.objects.kept().filter(space=space)
    folders: EntryQuerySet = Folder.objects.kept().filter(space=space)
    if wanted.words or wanted.kind:
        if folder is not None:
            files = files.filter(folder__path__startswith=folder.path)
            folders = folders.filter(path__startswith=folder.path).exclude(pk=folder.pk)
        return _listing(files, folders, wanted, is_search=True)
    here = {"folder": folder} if folder is not None else {"folder__isnull": True}
    inside = {"parent": folder} if folder is not None else {"parent__isnull": True}
    return _listing(files.filter(**here), folders.filter(**inside), wanted)


def listed_shared(user: Any, wanted: Wanted) -> Listing:
    """What others share with ``user``."""
    files: EntryQuerySet = File.objects.all()
    folders: EntryQuerySet = Folder.objects.all()
    return _listing(files.shared_with(user), folders.shared_with(user), wanted)


def listed_to_pick(user: Any, words: str, endings: str) -> Listing:
    """The newest files that ``user`` may see, with ``words`` in their names; ``endings`` as of an input's ``accept``:
    ".vtt,.srt" or "image/*", empty for all."""
    files: EntryQuerySet = File.objects.all()
    rows = files.visible_to(user).kept()
    wanted = [one.strip() for one in endings.split(",") if one.strip()]
    if wanted:
        fits = Q()
        for one in wanted:
            begin = one.removesuffix("*")
            fits |= (
                Q(name_key__endswith=one) if one.startswith(".") else Q(current__stored__media_type__startswith=begin)
            )
        rows = rows.filter(fits)
    return Listing([], Paginator(listing_rows(rows, Wanted(words, sort="-changed")), TO_PICK).get_page(1))


def listed_in_bin(space: Space, page: Any) -> Listing:
    """What was put into the bin of ``space`` by itself, the latest first; what went along with a folder comes back with it."""
    files = File.objects.binned().filter(space=space, binned_with__isnull=True).select_related("deleted_by")
    folders = Folder.objects.binned().filter(space=space, binned_with__isnull=True).select_related("deleted_by")
    rows = files.select_related("current__stored").order_by("-deleted_at", "-pk")
    found = list(folders.order_by("-deleted_at", "-pk")[:MOST_FOLDERS])
    return Listing(found, Paginator(rows, PER_PAGE).get_page(page))


def crumbs_to(folder: Folder) -> list[Crumb]:
    """The folders above ``folder``, from the top, in one query."""
    above = folder.above
    if not above:
        return []
    rows = {row.pk: row for row in Folder.objects.filter(pk__in=above)}
    return [Crumb(rows[pk].name, rows[pk].get_absolute_url()) for pk in above if pk in rows]


def folders_of(space: Space, name: str) -> Places:
    """All folders of ``space`` with the names of those above them, in the order of the tree."""
    rows = list(Folder.objects.kept().filter(space=space).order_by("path")[:MOST_FOLDERS])
    names = {row.pk: row.name for row in rows}
    found = [(" / ".join(names.get(pk, "…") for pk in [*row.above, row.pk]), row) for row in rows]
    return Places(space, name, sorted(found, key=lambda pair: pair[0].casefold()))


def versions_of(file: File, user: Any) -> list[FileVersion]:
    """The versions that ``user`` may see, the newest first, with what they hold and who made them."""
    versions: FileVersionQuerySet = file.versions.all()
    return list(versions.visible_to(user).select_related("stored", "made_by").order_by("-number"))


def listing_rows(files: EntryQuerySet, wanted: Wanted) -> Any:
    """Those of ``files`` with the words and of the kind that are wanted, in its order.

    Who made them is asked for by itself: a hundred files are mostly of a few people, who have many columns.
    """
    for word in wanted.words.casefold().split():
        files = files.filter(name_key__contains=word)
    if wanted.kind:
        files = files.filter(current__stored__media_type__in=_media_types(wanted.kind))
    rows = files.select_related("current__stored").prefetch_related("current__made_by")
    return rows.order_by(*SORTS[wanted.sort])


def _listing(files: EntryQuerySet, folders: EntryQuerySet, wanted: Wanted, *, is_search: bool = False) -> Listing:
    for word in wanted.words.casefold().split():
        folders = folders.filter(name_key__contains=word)
    if wanted.kind:
        folders = folders.none()
    page = Paginator(listing_rows(files, wanted).only(*_SHOWN), PER_PAGE).get_page(wanted.page)
    found: list[Folder] = []
    if page.number == 1:
        order = "-name_key" if wanted.sort == "-name" else "name_key"
        found = list(folders.select_related("made_by").order_by(order, "pk")[: MOST_FOLDERS + 1])
    return Listing(found[:MOST_FOLDERS], page, is_search, len(found) > MOST_FOLDERS)


def _media_types(kind: str) -> set[str]:
    families = KINDS[kind]
    types = [one for one in FILE_TYPES.values() if one.family in families]
    return {name for one in types for name in {one.media_type, *one.alternatives}}
