"""The outline of a course: modules and items, their order, their bin.

Every change of order takes the lock of the course first, so two people moving things at once take turns.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.authz import Actor, authorize
from core.errors import Conflict
from core.events import publish
from core.slots import BLOCK_KINDS
from courses.events import OutlineChanged
from courses.models import Block, BlockRevision, Course, Item, Module, Section
from courses.services.progress import recompute
from courses.services.rows import (
    assign,
    check_version,
    locked,
    locked_course,
    position_of,
    put_in_bin,
    rank_at,
    rank_at_end,
    save_new_version,
    take_from_bin,
)

_MODULE_FIELDS = frozenset({"title", "summary"})
_ITEM_FIELDS = frozenset({"title", "objective", "minutes", "needs_end", "needs_answers", "is_preview", "is_paged"})
_REQUIREMENTS = {"needs_end", "needs_answers"}


@transaction.atomic
def add_module(*, actor: Actor, course: Course, title: str, summary: str = "", source_id: str = "") -> Module:
    """A new module at the end of the course."""
    authorize(actor, "courses.change_course", course)
    course = locked(course)
    module = Module(course=course, rank=rank_at_end(Module.everything.filter(course=course)))
    assign(module, {"title": title, "summary": summary, "source_id": source_id}, allowed=_MODULE_FIELDS | {"source_id"})
    module.save()
    _tell(actor, module.course_id, "module", module.pk, "added")
    return module


@transaction.atomic
def change_module(*, actor: Actor, module: Module, version: int | None = None, **fields: Any) -> Module:
    """The module with its title or summary changed. Raises ``Stale``, ``Invalid``."""
    authorize(actor, "courses.change_module", module)
    module = locked(module, "course")
    check_version(module, version)
    if changed := assign(module, fields, allowed=_MODULE_FIELDS):
        save_new_version(module, changed)
        _tell(actor, module.course_id, "module", module.pk, "changed")
    return module


@transaction.atomic
def move_module(*, actor: Actor, module: Module, position: int) -> Module:
    """Put the module at ``position`` (from 0) in its course; one row is written."""
    authorize(actor, "courses.change_module", module)
    locked_course(module.course_id)
    module = locked(module, "course")
    others = Module.everything.filter(course_id=module.course_id).exclude(pk=module.pk)
    if _takes_new_place(module, others, position):
        _tell(actor, module.course_id, "module", module.pk, "moved")
    return module


@transaction.atomic
def bin_module(*, actor: Actor, module: Module) -> Module:
    """Move the module to the bin; its items go out of sight with it and come back with it."""
    authorize(actor, "courses.change_module", module)
    module = locked(module, "course", binned=True)
    if put_in_bin(module, actor):
        _tell(actor, module.course_id, "module", module.pk, "binned")
    return module


@transaction.atomic
def restore_module(*, actor: Actor, module: Module) -> Module:
    """Bring the module back to where it was."""
    authorize(actor, "courses.change_module", module)
    module = locked(module, "course", binned=True)
    if take_from_bin(module, course_id=module.course_id):
        _tell(actor, module.course_id, "module", module.pk, "restored")
    return module


@transaction.atomic
def add_item(*, actor: Actor, module: Module, title: str, source_id: str = "", **fields: Any) -> Item:
    """A new lesson at the end of the module, as a draft, with one empty text to start writing in."""
    item = add_empty_item(actor=actor, module=module, title=title, source_id=source_id, **fields)
    section = Section.objects.create(item=item, rank=rank_at_end(Section.everything.filter(item=item)))
    block = Block.objects.create(
        section=section, kind="text", rank=rank_at_end(Block.everything.filter(section=section))
    )
    block.draft = BlockRevision.objects.create(block=block, number=1, created_by_id=actor.pk)
    block.save(update_fields=["draft"])
    return item


@transaction.atomic
def add_empty_item(*, actor: Actor, module: Module, title: str, source_id: str = "", **fields: Any) -> Item:
    """A new lesson at the end of the module without any text in it yet, as an import needs it."""
    authorize(actor, "courses.change_module", module)
    locked_course(module.course_id)
    module = locked(module, "course")
    item = Item(course=module.course, module=module, rank=rank_at_end(Item.everything.filter(module=module)))
    values = {"title": title, "source_id": source_id, **fields}
    assign(item, values, allowed=_ITEM_FIELDS | {"source_id"})
    item.save()
    _tell(actor, item.course_id, "item", item.pk, "added")
    return item


@transaction.atomic
def change_item(*, actor: Actor, item: Item, version: int | None = None, **fields: Any) -> Item:
    """The item with its settings changed. Raises ``Stale``, ``Invalid``.

    When less is asked for from now on, students who already have it are finished at once; who was
    finished stays so.
    """
    authorize(actor, "courses.change_item", item)
    item = locked(item, "course", "module")
    check_version(item, version)
    if changed := assign(item, fields, allowed=_ITEM_FIELDS):
        save_new_version(item, changed)
        _tell(actor, item.course_id, "item", item.pk, "changed")
        if _REQUIREMENTS & set(changed):
            recompute(course=item.course, item=item)
    return item


@transaction.atomic
def move_item(*, actor: Actor, item: Item, position: int, module: Module | None = None) -> Item:
    """Put the item at ``position`` (from 0) of its module, or of another ``module`` of the same course.

    Raises ``Conflict`` ``other_course`` for a module elsewhere.
    """
    authorize(actor, "courses.change_item", item)
    locked_course(item.course_id)
    item = locked(item, "course", "module")
    target = item.module if module is None else locked(module)
    if target.course_id != item.course_id:
        raise Conflict("other_course", _("This module belongs to another course. Choose one of this course."))
    others = Item.everything.filter(module=target).exclude(pk=item.pk)
    if target.pk != item.module_id:
        item.module, item.rank = target, rank_at(others, position)
        item.save(update_fields=["module", "rank", "updated_at"])
    elif not _takes_new_place(item, others, position):
        return item
    _tell(actor, item.course_id, "item", item.pk, "moved")
    return item


@transaction.atomic
def bin_item(*, actor: Actor, item: Item) -> Item:
    """Move the item to the bin; what students did in it stays."""
    authorize(actor, "courses.change_item", item)
    item = locked(item, "course", "module", binned=True)
    if put_in_bin(item, actor):
        _each_kind(item, "bin")
        _tell(actor, item.course_id, "item", item.pk, "binned")
    return item


@transaction.atomic
def restore_item(*, actor: Actor, item: Item) -> Item:
    """Bring the item back to where it was."""
    authorize(actor, "courses.change_item", item)
    item = locked(item, "course", "module", binned=True)
    if take_from_bin(item, course_id=item.course_id):
        _each_kind(item, "restore")
        _tell(actor, item.course_id, "item", item.pk, "restored")
    return item


def _takes_new_place(row: Any, others: Any, position: int) -> bool:
    kept = others.filter(deleted_at__isnull=True).count()
    if position_of(row, others) == min(max(position, 0), kept):
        return False
    row.rank = rank_at(others, position)
    row.save(update_fields=["rank", "updated_at"])
    return True


def _each_kind(item: Item, verb: str) -> None:
    # A block that is in the bin by itself stays there, whatever happens to its lesson.
    by_kind: dict[str, list[Block]] = {}
    for block in Block.objects.filter(section__item=item):
        by_kind.setdefault(block.kind, []).append(block)
    for name, blocks in by_kind.items():
        if kind := BLOCK_KINDS.get(name):
            getattr(kind, verb)(blocks)


def _tell(actor: Actor, course_id: int, kind: str, object_id: int, change: str) -> None:
    publish(OutlineChanged(actor_id=actor.pk, course_id=course_id, kind=kind, object_id=object_id, change=change))
