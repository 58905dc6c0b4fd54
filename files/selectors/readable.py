"""The stored file behind an address, for whoever may read it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from core.prepared import AnyPerson, Parameter, Part, Prepared, is_preparable
from core.slots import FILE_ACCESS, IdsVisibleTo
from files.models import StoredFile

Asked = frozenset[tuple[str, IdsVisibleTo]]

_FILE = Part.whole(StoredFile)
_ID = Parameter("public_id", StoredFile._meta.get_field("public_id"))
_any_file = Prepared(lambda: StoredFile.objects.filter(public_id=_ID).order_by().values_list(*_FILE.paths))


def readable_file(user: Any, public_id: UUID, kinds: Iterable[str]) -> StoredFile | None:
    """The file that ``StoredFile.objects.visible_to(user, kinds)`` has under ``public_id``; ``kinds`` of owner use it.

    Every picture of every lesson is asked for, and Django needs longer to write that query than all the rest takes. So those
    kinds are asked first whose queries are written once; of any other only where none of them opens the file.
    """
    if user.is_superuser and user.is_active:
        return _first(_any_file(public_id=public_id))
    asked = {kind: rows for kind in kinds if (rows := FILE_ACCESS.get(kind)) is not None}
    quick = frozenset(pair for pair in asked.items() if is_preparable(pair[1]))
    found = None
    if not user.is_authenticated:
        found = _first(_open_to_all(quick)(public_id=public_id)) if quick else None
    elif user.is_active:
        found = _first(_seen_by_person(quick)(public_id=public_id, person=user.pk)) if quick else None
    else:
        # Nobody signs in with an account that is closed, so such a question is not worth a query of its own.
        quick = frozenset()
    others = asked.keys() - {kind for kind, _rows in quick}
    if found is not None or not others:
        return found
    slow: StoredFile | None = StoredFile.objects.visible_to(user, others).filter(public_id=public_id).first()
    return slow


def _first(rows: list[Any]) -> StoredFile | None:
    return _FILE.make(rows[0]) if rows else None


# By the functions too, and not by their kinds alone: what is kept is what they said.
@lru_cache(maxsize=256)
def _seen_by_person(asked: Asked) -> Prepared:
    return _prepared(asked, AnyPerson())


@lru_cache(maxsize=256)
def _open_to_all(asked: Asked) -> Prepared:
    return _prepared(asked, AnonymousUser())


def _prepared(asked: Asked, reader: Any) -> Prepared:
    kinds = {kind for kind, _rows in asked}
    return Prepared(
        lambda: StoredFile.objects.visible_to(reader, kinds).filter(public_id=_ID).order_by().values_list(*_FILE.paths)
    )
