"""Addresses of files, for pages and the API."""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse

from files.models import StoredFile


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
