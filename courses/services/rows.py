"""What every writing service does to a row: lock it, check what is put into it, give it its place."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from core.authz import Actor
from core.errors import Conflict, Invalid, Stale
from core.ids import rank_between, ranks_between
from courses.models import Course
from courses.validators import MAX_TEXT, validate_markdown, validate_plain

M = TypeVar("M", bound=models.Model)

# A rank grows when things are moved to the same place again and again; siblings are then ranked anew.
LONG_RANK = 120


def locked(row: M, *related: str, binned: bool = False) -> M:
    """The row as it is now, locked until the transaction ends.

    Raises ``Conflict`` ``in_bin`` for a row that went to the bin meanwhile, unless ``binned`` ones are wanted.
    """
    manager: Any = getattr(type(row), "everything", type(row)._default_manager)
    fresh: M | None = manager.select_for_update(of=("self",)).select_related(*related).filter(pk=row.pk).first()
    if fresh is None:
        raise Conflict("gone", _("This is no longer here. Go back and reload the page."))
    if not binned and getattr(fresh, "deleted_at", None) is not None:
        raise Conflict("in_bin", _("This was moved to the bin. Restore it before you change it."))
    return fresh


def locked_course(course_id: int) -> Course:
    """The course, locked: order and places are decided one after the other."""
    return locked(Course(pk=course_id))


def check_version(row: Any, version: int | None) -> None:
    """Raises ``Stale`` if the row has changed since ``version`` was read; ``None`` asks for no check."""
    if version is not None and version != row.version:
        raise Stale(current_version=row.version)


def assign(row: models.Model, values: Mapping[str, Any], *, allowed: frozenset[str]) -> list[str]:
    """Put ``values`` into ``row`` without saving; returns the names of the fields that now differ.

    Raises ``Invalid`` with a sentence per field. A name outside ``allowed`` is the caller's mistake.
    """
    if unknown := set(values) - allowed:
        raise TypeError(f"not for writing: {', '.join(sorted(unknown))}")
    changed = []
    problems: dict[str, list[str]] = {}
    for name, value in values.items():
        field = row._meta.get_field(name)
        if isinstance(value, str):
            value = value.strip()
            if "\x00" in value:
                problems[name] = [_("Leave out the null character.")]
                continue
        limit = getattr(field, "max_length", None)
        if isinstance(value, str) and isinstance(field, models.TextField) and limit and len(value) > limit:
            # Django leaves the length of long texts to forms.
            sentence = _("This has %(length)s characters; at most %(limit)s fit. Shorten it.")
            problems[name] = [sentence % {"length": len(value), "limit": limit}]
            continue
        before = getattr(row, name)
        try:
            value = field.clean(value, row)  # type: ignore[union-attr]
        except ValidationError as error:
            problems[name] = [str(sentence) for sentence in error.messages]
            continue
        if value != before:
            setattr(row, name, value)
            changed.append(name)
    if problems:
        raise Invalid("invalid", _("Some fields need another value."), fields=problems)
    return changed


def check_text(text: str, *, field: str = "text", is_markdown: bool = True) -> str:
    """The Markdown, or HTML, as it may be stored, with one kind of line end; raises ``Invalid``."""
    if not isinstance(text, str):
        raise Invalid("invalid", _("Some fields need another value."), fields={field: [_("Write text here.")]})
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MAX_TEXT:
        sentence = _("This text has %(length)s characters; at most %(limit)s fit. Split it into several blocks.")
        problem = sentence % {"length": len(text), "limit": MAX_TEXT}
        raise Invalid("text_too_long", problem, fields={field: [problem]})
    try:
        validate_markdown(text) if is_markdown else validate_plain(text)
    except ValidationError as error:
        raise Invalid("invalid", _("Some fields need another value."), fields={field: error.messages}) from error
    return text


def save_new_version(row: Any, changed: list[str]) -> None:
    """Save the changed fields and count the version up."""
    row.version += 1
    row.save(update_fields=[*changed, "version", "updated_at"])


def put_in_bin(row: Any, actor: Actor) -> bool:
    """Mark a locked row as deleted; false if it already was."""
    if row.deleted_at is not None:
        return False
    row.deleted_at = timezone.now()
    row.deleted_by_id = actor.pk
    row.save(update_fields=["deleted_at", "deleted_by", "updated_at"])
    return True


def take_from_bin(row: Any, **source_scope: Any) -> bool:
    """Bring a locked row back; false if it is not in the bin.

    ``source_scope`` names where an id from the source is unique. Raises ``Conflict`` ``already_back`` if
    an import brought the same thing in again meanwhile.
    """
    if row.deleted_at is None:
        return False
    if getattr(row, "source_id", "") and source_scope:
        kept = type(row).everything.filter(deleted_at__isnull=True, source_id=row.source_id, **source_scope)
        if kept.exists():
            raise Conflict("already_back", _("An import has brought this in again, so the old one stays in the bin."))
    row.deleted_at = None
    row.deleted_by_id = None
    row.save(update_fields=["deleted_at", "deleted_by", "updated_at"])
    return True


def rank_at_end(siblings: Any) -> str:
    """A rank behind all ``siblings``, those in the bin included."""
    return rank_between(siblings.order_by("rank").values_list("rank", flat=True).last(), None)


def rank_at(siblings: Any, position: int) -> str:
    """A rank for a row that shall stand at ``position`` (from 0) among the ``siblings`` that are not in the bin.

    ``siblings`` leaves out the row itself. A position past the end means the end.
    """
    rows = list(siblings.order_by("rank", "pk").values_list("pk", "rank", "deleted_at"))
    if any(len(rank) > LONG_RANK for _pk, rank, _deleted in rows):
        fresh = ranks_between(None, None, len(rows))
        for (pk, _rank, _deleted), rank in zip(rows, fresh, strict=True):
            siblings.filter(pk=pk).update(rank=rank)
        rows = [(pk, rank, deleted) for (pk, _old, deleted), rank in zip(rows, fresh, strict=True)]
    kept = [rank for _pk, rank, deleted in rows if deleted is None]
    after = kept[position] if 0 <= position < len(kept) else (kept[0] if position < 0 and kept else None)
    before = max((rank for _pk, rank, _deleted in rows if after is None or rank < after), default=None)
    return rank_between(before, after)


def position_of(row: Any, siblings: Any) -> int:
    """Where the row stands now, from 0, among ``siblings`` (without it) that are not in the bin."""
    count: int = siblings.filter(deleted_at__isnull=True, rank__lt=row.rank).count()
    return count
