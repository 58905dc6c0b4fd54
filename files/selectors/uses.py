"""Where a file is used."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Case, Exists, OuterRef, QuerySet, Subquery, When

from core.prepared import Parameter, Prepared
from core.slots import FILE_OWNERS
from files.enums import AccessAction
from files.models import AccessLog, File, FileVersion, StoredFile, Usage

# The kind of owner that a version of a kept file is.
KEPT = "file_version"


@dataclass(frozen=True)
class KeptUse:
    """A kept file (its number) that has a stored one as a version, and what somebody did with it lately."""

    file_id: int
    number: int
    is_viewed: bool
    is_fetched: bool


@dataclass(frozen=True)
class Uses:
    """The kinds of owner that use a stored file, and the kept files among them."""

    kinds: set[str]
    kept: list[KeptUse]


def uses_of(user: Any, file: File) -> list[tuple[str, str]]:
    """Title and address of what uses any version of ``file`` and ``user`` may see; one entry each."""
    kinds = [kind for kind, _named in FILE_OWNERS.items()]
    rows = Usage.objects.filter(file__versions__file=file, owner_kind__in=kinds).order_by()
    by_kind: dict[str, set[int]] = {}
    for kind, owner_id in rows.values_list("owner_kind", "owner_id").distinct():
        by_kind.setdefault(kind, set()).add(owner_id)
    found: dict[tuple[str, str], None] = {}
    for kind, ids in sorted(by_kind.items()):
        found |= dict.fromkeys(FILE_OWNERS[kind](user, ids))
    return list(found)


def uses_at(public_id: UUID, user: Any, since: datetime) -> Uses:
    """What uses a stored file, and what ``user`` did with it by themselves since a moment (all visitors are one): in one
    prepared query, as every file of every lesson asks for it."""
    values: dict[str, Any] = {"public_id": public_id, "since": since}
    found = _uses_by_visitors(**values) if user.pk is None else _uses_by_person(**values, user=user.pk)
    kinds: set[str] = set()
    # A file that had the same content twice was fetched as what it is now.
    kept: dict[int, KeptUse] = {}
    for kind, kept_id, number, is_viewed, is_fetched in found:
        kinds.add(kind)
        if kept_id is not None and (kept_id not in kept or number > kept[kept_id].number):
            kept[kept_id] = KeptUse(kept_id, number, bool(is_viewed), bool(is_fetched))
    return Uses(kinds, list(kept.values()))


def _uses(**who: Any) -> "QuerySet[Any, Any]":
    version = FileVersion.objects.filter(pk=OuterRef("owner_id"))
    since = Parameter("since", AccessLog._meta.get_field("at"))
    done = AccessLog.objects.filter(file__versions=OuterRef("owner_id"), at__gt=since, **who)
    of_kept = {
        "kept_id": Subquery(version.values("file_id")[:1]),
        "number": Subquery(version.values("number")[:1]),
        "is_viewed": Exists(done.filter(action=AccessAction.VIEW)),
        "is_fetched": Exists(done.filter(action=AccessAction.DOWNLOAD)),
    }
    rows = Usage.objects.filter(
        file__public_id=Parameter("public_id", StoredFile._meta.get_field("public_id"))
    ).order_by()
    found = rows.annotate(**{name: Case(When(owner_kind=KEPT, then=asked)) for name, asked in of_kept.items()})
    return found.values_list("owner_kind", *of_kept).distinct()


_uses_by_person = Prepared(lambda: _uses(user_id=Parameter("user", BigIntegerField())))
_uses_by_visitors = Prepared(lambda: _uses(user__isnull=True))
