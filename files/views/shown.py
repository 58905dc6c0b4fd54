"""What the pages of files have in common: finding an entry, its row in a list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import Http404, HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.http import RFC3986_SUBDELIMS
from django.utils.translation import gettext as _

from core.shortcuts import get_visible
from files.enums import RenditionKind
from files.media_types import FILE_TYPES, Family
from files.models import File, Folder, Space
from files.previews.kinds import PreviewKind
from files.references import reference_to
from files.selectors.places import Listing
from files.services.accesses import entry_seen_by, note_denial
from files.services.kept import Entry
from files.services.previews import preview_of, thumbs_of

_ICONS = {
    Family.IMAGE: "image",
    Family.DRAWING: "image",
    Family.VIDEO: "file-video",
    Family.AUDIO: "music",
    Family.DOCUMENT: "file-text",
    Family.ARCHIVE: "package",
    Family.TEXT: "file-text",
}
_TABLES = frozenset(
    {FILE_TYPES[ending].media_type for ending in ("csv", "tsv", "xlsx", "ods")},
)
_FAMILIES = {name: one.family for one in FILE_TYPES.values() for name in {one.media_type, *one.alternatives}}


@dataclass(frozen=True)
class Rights:
    """What a reader may do with the entries of a list beside looking at them: all of them, if they keep the place; to some
    (``changes``, by their keys; None: to all) they may give another name."""

    keeps: bool = False
    changes: frozenset[str] | None = frozenset()

    def may_change(self, key: str) -> bool:
        return self.changes is None or key in self.changes


@dataclass(frozen=True)
class FileRow:
    """A line of a list. Addresses of its menu are empty where the reader may not go; without ``download_url`` it has none."""

    key: str
    name: str
    url: str
    icon: str
    by: str
    changed: Any
    size: int | None
    is_shared: bool
    picture: str = ""
    # What a text names it by; empty for folders.
    reference: str = ""
    is_picture: bool = False
    download_url: str = ""
    share_url: str = ""
    rename_url: str = ""
    move_url: str = ""
    may_bin: bool = False
    choose_label: str = ""


def icon_of(media_type: str) -> str:
    """The icon of a kind of file."""
    if media_type in _TABLES:
        return "file-spreadsheet"
    return _ICONS.get(_FAMILIES.get(media_type, Family.DOCUMENT), "file")


def rows_of(
    listing: Listing,
    user: Any,
    shared: set[tuple[str, int]],
    *,
    pictures: bool = False,
    rights: Rights | None = None,
) -> list[FileRow]:
    """The lines of a list, folders first; with ``rights`` each has a menu."""
    found = []
    choose = _("Choose %(name)s")
    pictured = thumbs_of([file.shown.stored_id for file in listing.files]) if pictures else set()
    for folder in listing.folders:
        by = _("You") if folder.made_by_id == user.pk else folder.made_by.name
        found.append(
            FileRow(
                f"folder:{folder.public_id}",
                folder.name,
                _address("files:folder", folder),
                "folder",
                by,
                folder.updated_at,
                None,
                ("folder", folder.pk) in shared,
                choose_label=choose % {"name": folder.name},
                **_menu(folder, rights),
            )
        )
    for file in listing.files:
        version = file.shown
        by = _("You") if version.made_by_id == user.pk else version.made_by.name
        found.append(
            FileRow(
                f"file:{file.public_id}",
                file.name,
                _address("files:file", file),
                icon_of(version.stored.media_type),
                by,
                file.changed_at,
                version.stored.size,
                ("file", file.pk) in shared,
                _address("files:rendition", file, RenditionKind.THUMB) if version.stored_id in pictured else "",
                reference=reference_to(version.stored),
                is_picture=version.stored.is_image,
                choose_label=choose % {"name": file.name},
                **_menu(file, rights),
            )
        )
    return found


def rights_in(user: Any, listing: Listing) -> Rights:
    """What ``user`` may do with entries from many places, in two queries."""
    found: set[str] = set()
    for kind, model, rows in (("folder", Folder, listing.folders), ("file", File, list(listing.files))):
        ids = [row.pk for row in rows]
        changeable = model.objects.changeable_by(user).filter(pk__in=ids) if ids else model.objects.none()
        found |= {f"{kind}:{public_id}" for public_id in changeable.order_by().values_list("public_id", flat=True)}
    return Rights(changes=frozenset(found))


def get_entry(user: Any, kind: str, public_id: Any) -> Entry:
    """The file or folder, or 404; who is refused one that is there is written down."""
    found = entry_seen_by(user, kind, _uuid(public_id)) if kind in ("file", "folder") else None
    if found is None:
        raise Http404
    return found


def get_entries(user: Any, named: Iterable[str]) -> list[Entry]:
    """What is named as "file:" or "folder:" and an id, in that order, or 404; who is refused one that is there is written
    down. In as many questions as for one."""
    pairs = [
        (kind, _uuid(public_id)) for kind, _colon, public_id in (one.partition(":") for one in dict.fromkeys(named))
    ]
    found: dict[tuple[str, UUID | None], Entry] = {}
    seen: set[Entry] = set()
    keeps: dict[Space, bool] = {}
    models: dict[str, tuple[Any, ...]] = {
        "file": (File, "space", "folder", "current__stored"),
        "folder": (Folder, "space", "parent"),
    }
    for kind, (model, *follow) in models.items():
        ids = [public_id for of, public_id in pairs if of == kind]
        rows = list(model.objects.select_related(*follow).filter(public_id__in=ids)) if ids else []
        found |= {(kind, row.public_id): row for row in rows}
        for space in {row.space for row in rows} - keeps.keys():
            keeps[space] = user.has_perm("files.view_space", space)
        seen.update(row for row in rows if keeps[row.space])
        if others := [row.pk for row in rows if not keeps[row.space]]:
            seen.update(model.objects.visible_to(user).filter(pk__in=others))
    entries = []
    for pair in pairs:
        entry = found.get(pair)
        if entry is None:
            raise Http404
        if entry not in seen:
            note_denial(user=user, entry=entry)
            raise Http404
        entries.append(entry)
    return entries


def target_named(request: HttpRequest) -> tuple[Space, Folder | None]:
    """Where a form wants something moved to: its ``to`` names a space or a folder."""
    kind, _colon, public_id = request.POST.get("to", "").partition(":")
    if kind == "space":
        return get_visible(Space, request.user, public_id=_uuid(public_id)), None
    found = get_entry(request.user, "folder", public_id)
    if not isinstance(found, Folder):
        raise TypeError
    return found.space, found


def entry_page(entry: Entry, user: Any) -> str:
    """The page of the place that an entry lies in, or of all that is shared if ``user`` sees only the entry."""
    folder = entry.folder if isinstance(entry, File) else entry.parent
    place: Any = folder or entry.space
    permission = "files.view_folder" if folder else "files.view_space"
    return str(place.get_absolute_url()) if user.has_perm(permission, place) else reverse("files:shared")


def bytes_url(file: File, *, version: int | None = None, download: bool = False) -> str:
    """The address of a file's bytes."""
    asked = [f"v={version}"] if version else []
    asked += ["download=1"] if download else []
    query = f"?{'&'.join(asked)}" if asked else ""
    return f"{_address('files:open', file, file.name)}{query}"


def preview_context(file: File, url: str, rendition_url: Callable[[RenditionKind], str]) -> dict[str, Any]:
    """What pages show a file by: ``preview``, and where its bytes come from. ``url``: those of the file itself;
    ``rendition_url``: what was made of it."""
    found = preview_of(file.name, file.shown.stored)
    if not found.is_rendered:
        return {"preview": found, "preview_url": url, "picture_url": url}
    if found.kind is PreviewKind.IMAGE:
        return {"preview": found, "preview_url": url, "picture_url": rendition_url(RenditionKind.SMALL)}
    return {"preview": found, "preview_url": rendition_url(RenditionKind.PDF)}


_ID, _REST = UUID(int=0), "-"


@lru_cache(maxsize=64)
def _around(name: str, prefix: str, has_rest: bool) -> tuple[str, str]:
    rest = [_REST] if has_rest else []
    before, _id, after = reverse(name, args=[_ID, *rest]).partition(str(_ID))
    return before, after


def _address(name: str, entry: Entry, rest: str = "") -> str:
    """As ``reverse``, which is asked once for each ``name``: a list has some hundreds of addresses."""
    before, after = _around(name, get_script_prefix(), bool(rest))
    if rest:
        after = after.replace(_REST, quote(rest, safe=f"{RFC3986_SUBDELIMS}/~:@"), 1)
    return f"{before}{entry.public_id}{after}"


def _menu(entry: Entry, rights: Rights | None) -> dict[str, Any]:
    if rights is None:
        return {}
    kind = "file" if isinstance(entry, File) else "folder"
    found: dict[str, Any] = {
        "download_url": bytes_url(entry, download=True)
        if isinstance(entry, File)
        else _address("files:folder-archive", entry)
    }
    if rights.may_change(f"{kind}:{entry.public_id}"):
        found["rename_url"] = _address(f"files:rename-{kind}", entry)
    if rights.keeps:
        found["share_url"] = _address(f"files:share-{kind}", entry)
        found["move_url"] = _address(f"files:move-{kind}", entry)
        found["may_bin"] = True
    return found


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
