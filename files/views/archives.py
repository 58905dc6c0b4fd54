"""Several files and folders as one ZIP."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from files.models import File, Share
from files.services.archives import Archive, note_fetched, pack
from files.services.kept import Entry
from files.serving import archive_answer
from files.views.shown import get_entry


@require_safe
def folder_archive(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """A folder with all that is in it."""
    return send_archive(request, [get_entry(request.user, "folder", public_id)], user=request.user)


def send_archive(
    request: HttpRequest, entries: Sequence[Entry], *, user: Any, share: Share | None = None
) -> HttpResponseBase:
    """The archive of ``entries``, with what happened written down. Raises ``DomainError`` if there is none."""
    archive = pack(entries)
    note = partial(note_fetched, archive, user=user, share=share)
    return archive_answer(request, archive, name=f"{_name(archive)}.zip", note=note)


def _name(archive: Archive) -> str:
    if len(archive.chosen) == 1:
        [one] = archive.chosen
        return str(one.name)
    places = {entry.folder if isinstance(entry, File) else entry.parent for entry in archive.chosen}
    place = places.pop() if len(places) == 1 else None
    return place.name if place else _("Files")
