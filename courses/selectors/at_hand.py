"""What a page has read of a lesson in the same query as its blocks, for the kinds of block that ask for it."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, UUIDField

from core.prepared import JSONRows, Parameter, Part
from courses.models import Item, Watching
from courses.selectors.watching import Watched, watched_by
from files.models import StoredFile

_FILES, _WATCHED = "_files_at_hand", "_watched_at_hand"
_USES = ("lesson", "lesson_draft")
_FILE = Part(StoredFile, "", "id public_id sha256 size media_type name storage_key")


def files_column() -> JSONRows:
    """The files of the lesson ``item`` as one column of a prepared query."""
    items = Item.everything.filter(public_id=Parameter("item", UUIDField())).values("pk")
    rows = StoredFile.objects.filter(usages__owner_kind__in=_USES, usages__owner_id__in=items)
    return JSONRows(rows.order_by().distinct(), *_FILE.names)


def watched_column() -> JSONRows:
    """How much of the lesson's films ``reader`` has seen, as one column of a prepared query."""
    rows = Watching.objects.filter(
        user_id=Parameter("reader", BigIntegerField()),
        block__section__item__public_id=Parameter("item", UUIDField()),
    )
    return JSONRows(rows.order_by(), "block_id", "position", "duration", "ranges")


def put_at_hand(item: Item, *, reader: int, files: str, watched: str) -> None:
    """Keep what the two columns brought with the lesson."""
    place = _FILE.names.index("public_id")
    rows = [[UUID(value) if at == place else value for at, value in enumerate(row)] for row in json.loads(files)]
    item.__dict__[_FILES] = {str(row[place]): _FILE.make(row) for row in rows}
    item.__dict__[_WATCHED] = (
        reader,
        {
            block: Watched(position, duration, json.loads(ranges) if isinstance(ranges, str) else ranges)
            for block, position, duration, ranges in json.loads(watched)
        },
    )


def files_of(item: Item) -> dict[str, StoredFile]:
    """All files that the lesson uses, by public id: one query for a page, however many blocks ask, if at all."""
    known: dict[str, StoredFile] | None = item.__dict__.get(_FILES)
    if known is None:
        rows = StoredFile.objects.filter(usages__owner_kind__in=_USES, usages__owner_id=item.pk).distinct()
        known = item.__dict__[_FILES] = {str(row.public_id): row for row in rows}
    return known


def watched_in(item: Item, user: Any, block_ids: Iterable[int]) -> dict[int, Watched]:
    """What ``user`` has seen of the lesson's films, by block id; a query of its own where it is not at hand."""
    wanted = set(block_ids)
    reader, known = item.__dict__.get(_WATCHED, (None, {}))
    if not wanted or reader is None or reader != user.pk:
        return watched_by(user, wanted)
    return {block: seen for block, seen in known.items() if block in wanted}
