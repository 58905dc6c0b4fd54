"""What people hear of files that others open to them."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core.slots import SHARE_AUDIENCES
from files.events import FileShared
from files.models import Share
from notifications.enums import Category
from notifications.kinds.base import Facts, Kind, Words, register_kind

_THREAD = "share."


def register() -> None:
    """Called once, when all apps are loaded."""
    register_kind(
        "file_shared",
        Kind(
            Category.SHARED,
            "share-2",
            FileShared,
            facts=_facts,
            people=_people,
            words=lambda data, _count, name: Words(
                _("%(name)s shares a file with you") % {"name": name or _("Somebody")}, data["title"]
            ),
            standing=_standing,
        ),
    )


def _facts(fact: FileShared) -> Facts | None:
    share = _open().select_related("file", "folder").filter(pk=fact.share_id).first()
    if share is None or share.is_link:
        return None
    entry = share.entry
    return Facts(url=entry.get_absolute_url(), thread=f"{_THREAD}{share.public_id}", data={"title": entry.name})


def _people(fact: FileShared) -> "QuerySet[Any, Any]":
    people: QuerySet[Any, Any] = User.objects.active()
    if fact.audience_kind == Share.PERSON:
        return people.filter(pk=fact.audience_id).values("pk")
    audience = SHARE_AUDIENCES.get(fact.audience_kind)
    if audience is None:
        return people.none().values("pk")
    return people.filter(pk__in=audience.people({fact.audience_id})).values("pk")


def _standing(threads: Collection[str]) -> set[str]:
    ids = {thread.removeprefix(_THREAD): thread for thread in threads}
    there = _open().filter(public_id__in=ids).values_list("public_id", flat=True)
    return {ids[str(found)] for found in there}


def _open() -> "QuerySet[Any, Any]":
    kept = {"file__deleted_at__isnull": True, "folder__deleted_at__isnull": True}
    rows: QuerySet[Any, Any] = Share.objects.open().filter(**kept)
    return rows
