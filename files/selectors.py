"""Addresses of files, for pages and the API; what captions say."""

from collections.abc import Iterable
from uuid import UUID

from django.core.cache import cache
from django.urls import reverse

from files.captions import Cue, read_cues
from files.models import StoredFile
from files.storage import path_of

_CUES_FOR = 7 * 24 * 3600


def file_urls(public_ids: Iterable[UUID | str]) -> dict[str, str]:
    """Address by public id (as text), in one query; ids of files that are gone are left out.

    An address is no permission: each request for it is checked anew.
    """
    wanted = {str(public_id) for public_id in public_ids}
    if not wanted:
        return {}
    rows = StoredFile.objects.filter(public_id__in=wanted).order_by().values_list("public_id", "name")
    return {str(public_id): reverse("files:serve", args=[public_id, name]) for public_id, name in rows}


def file_url(public_id: UUID | str) -> str:
    """Address of one file, or an empty string if it is gone; for several use ``file_urls``."""
    return file_urls([public_id]).get(str(public_id), "")


def cues_of(file: StoredFile) -> list[Cue]:
    """What a file of captions says, read once for each content; empty if it is gone or no captions."""
    key = f"cues:{file.sha256}"
    known: list[tuple[float, float, str]] | None = cache.get(key)
    if known is None:
        try:
            text = path_of(file.storage_key).read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            return []
        known = [(cue.start, cue.end, cue.text) for cue in read_cues(text)]
        cache.set(key, known, _CUES_FOR)
    return [Cue(*cue) for cue in known]
