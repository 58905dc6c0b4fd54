"""What stands in a lesson: sections, blocks, and the text being written.

Readers see a block's live revision; everything here writes the draft one. ``publishing`` makes drafts live.
Adding, moving and binning sections and blocks takes the lock of the lesson.
"""

import json
import re
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core.authz import SYSTEM, Actor, authorize
from core.errors import Conflict, Invalid
from core.events import publish
from core.html import file_references
from core.slots import BLOCK_KINDS, BlockKind
from courses.block_kinds.base import named_files
from courses.enums import Markup, PublishState
from courses.events import OutlineChanged
from courses.formats.references import strings_in
from courses.models import Block, BlockRevision, Item, Section
from courses.services.branches import (
    BRANCHES,
    bin_branches,
    fit_branches,
    refuse_branches_in_branch,
    restore_branches,
)
from courses.services.progress import recompute
from courses.services.rows import (
    assign,
    check_text,
    check_version,
    locked,
    position_of,
    put_in_bin,
    rank_at,
    rank_at_end,
    take_from_bin,
)
from courses.validators import MAX_TEXT
from files import services as files
from files.models import StoredFile

LIVE_OWNER = "lesson"
DRAFT_OWNER = "lesson_draft"
_QUOTED = re.compile(r"[“\"'‘]([a-z_]+)[”\"'’]")


# Sections


@transaction.atomic
def add_section(*, actor: Actor, item: Item, title: str = "", source_id: str = "") -> Section:
    """A new section at the end of the lesson."""
    authorize(actor, "courses.change_item", item)
    item = locked(item, "course")
    section = Section(item=item, rank=rank_at_end(Section.everything.filter(item=item)))
    assign(section, {"title": title, "source_id": source_id}, allowed=frozenset({"title", "source_id"}))
    section.save()
    _touch(item)
    _tell(actor, item, "section", section.pk, "added")
    return section


@transaction.atomic
def change_section(*, actor: Actor, section: Section, title: str) -> Section:
    """The section with another title; readers see it at once, as titles have no drafts."""
    authorize(actor, "courses.change_section", section)
    section = locked(section, "item__course")
    if changed := assign(section, {"title": title}, allowed=frozenset({"title"})):
        section.save(update_fields=[*changed, "updated_at"])
        _tell(actor, section.item, "section", section.pk, "changed")
    return section


@transaction.atomic
def move_section(*, actor: Actor, section: Section, position: int) -> Section:
    """Put the section at ``position`` (from 0) of its lesson."""
    authorize(actor, "courses.change_section", section)
    item = locked(section.item, "course")
    section = locked(section, "item__course")
    others = Section.everything.filter(item=item, inside=section.inside_id).exclude(pk=section.pk)
    if _takes_new_place(section, others, position):
        _tell(actor, item, "section", section.pk, "moved")
    return section


@transaction.atomic
def bin_section(*, actor: Actor, section: Section) -> Section:
    """Move the section and what stands in it to the bin."""
    authorize(actor, "courses.change_section", section)
    item = locked(section.item, "course", binned=True)
    section = locked(section, "item__course", binned=True)
    if section.inside_id is not None:
        raise Conflict("branch_stays", _("A branch goes with its block. Empty it, or move the whole block to the bin."))
    blocks = list(Block.objects.filter(section=section))
    if put_in_bin(section, actor):
        blocks += bin_branches(blocks, actor, section.deleted_at)
        _each_kind(blocks, "bin")
        _after_bin(actor, item, "section", section.pk, "binned")
    return section


@transaction.atomic
def restore_section(*, actor: Actor, section: Section) -> Section:
    """Bring the section back, with the blocks that were in it."""
    authorize(actor, "courses.change_section", section)
    item = locked(section.item, "course", binned=True)
    section = locked(section, "item__course", binned=True)
    moment = section.deleted_at
    if take_from_bin(section, item_id=section.item_id):
        blocks = list(Block.objects.filter(section=section))
        _each_kind([*blocks, *restore_branches(blocks, moment)], "restore")
        _after_bin(actor, item, "section", section.pk, "restored")
    return section


# Blocks


@transaction.atomic
def add_block(
    *,
    actor: Actor,
    section: Section,
    kind: str,
    text: str = "",
    data: dict[str, Any] | None = None,
    position: int | None = None,
    source_id: str = "",
) -> Block:
    """A new block in the section, at its end or at ``position`` (from 0), as a draft that readers do not see yet.

    A block without text and settings is an empty place to be filled in; anything else must satisfy its
    kind. Raises ``Invalid`` with sentences by setting (or ``text``, ``kind``).
    """
    authorize(actor, "courses.change_section", section)
    item = locked(section.item, "course")
    section = locked(section, "item__course")
    if kind not in BLOCK_KINDS:
        sentence = _("Choose one of: %(choices)s.") % {"choices": ", ".join(BLOCK_KINDS.keys())}
        raise Invalid("unknown_kind", sentence, fields={"kind": [sentence]})
    refuse_branches_in_branch(section, kind)
    text, data = _checked(actor, BLOCK_KINDS[kind], text, data or {}, before=None)
    others = Block.everything.filter(section=section)
    rank = rank_at_end(others) if position is None else rank_at(others, position)
    block = Block(section=section, kind=kind, rank=rank)
    assign(block, {"source_id": source_id}, allowed=frozenset({"source_id"}))
    block.save()
    write_draft(actor=actor, block=block, text=text, data=data)
    if kind == BRANCHES:
        fit_branches(block, data)
    _touch(item)
    if text or data:
        refresh_usages(actor=actor, item=item, live=False)
    _tell(actor, item, "block", block.pk, "added")
    return block


@transaction.atomic
def change_block(
    *,
    actor: Actor,
    block: Block,
    version: int | None = None,
    text: str | None = None,
    data: dict[str, Any] | None = None,
) -> Block:
    """The block with a new draft; ``None`` keeps what was there. The same again writes nothing.

    Raises ``Stale`` if somebody saved since ``version``, ``Invalid`` with sentences by setting or ``text``.
    """
    authorize(actor, "courses.change_block", block)
    item = locked(block.section.item, "course")
    block = locked(block, "section__item__course", "draft")
    check_version(block, version)
    before = block.draft
    new_text = text if text is not None else (before.text if before else "")
    new_data = data if data is not None else (before.data if before else {})
    new_text, new_data = _checked(actor, BLOCK_KINDS[block.kind], new_text, new_data, before=before)
    if before is not None and (before.text, before.data) == (new_text, new_data):
        return block
    if block.kind == BRANCHES:
        fit_branches(block, new_data)
    write_draft(actor=actor, block=block, text=new_text, data=new_data)
    block.version += 1
    block.save(update_fields=["version", "updated_at"])
    _touch(item)
    refresh_usages(actor=actor, item=item, live=False)
    _tell(actor, item, "block", block.pk, "changed")
    return block


@transaction.atomic
def move_block(*, actor: Actor, block: Block, position: int, section: Section | None = None) -> Block:
    """Put the block at ``position`` (from 0) of its section, or of another ``section`` of the same lesson."""
    authorize(actor, "courses.change_block", block)
    item = locked(block.section.item, "course")
    block = locked(block, "section__item__course")
    target = block.section if section is None else locked(section)
    if target.item_id != item.pk:
        sentence = _("This section belongs to another lesson. Choose one of this lesson.")
        raise Invalid("other_lesson", sentence, fields={"section": [sentence]})
    refuse_branches_in_branch(target, block.kind)
    others = Block.everything.filter(section=target).exclude(pk=block.pk)
    if target.pk != block.section_id:
        block.section, block.rank = target, rank_at(others, position)
        block.save(update_fields=["section", "rank", "updated_at"])
    elif not _takes_new_place(block, others, position):
        return block
    _tell(actor, item, "block", block.pk, "moved")
    return block


@transaction.atomic
def bin_block(*, actor: Actor, block: Block) -> Block:
    """Move the block to the bin; readers no longer see it, what they answered in it stays."""
    authorize(actor, "courses.change_block", block)
    item = locked(block.section.item, "course", binned=True)
    block = locked(block, "section__item__course", binned=True)
    if put_in_bin(block, actor):
        _each_kind([block, *bin_branches([block], actor, block.deleted_at)], "bin")
        _after_bin(actor, item, "block", block.pk, "binned")
    return block


@transaction.atomic
def restore_block(*, actor: Actor, block: Block) -> Block:
    """Bring the block back to where it was."""
    authorize(actor, "courses.change_block", block)
    item = locked(block.section.item, "course", binned=True)
    block = locked(block, "section__item__course", binned=True)
    moment = block.deleted_at
    if take_from_bin(block):
        _each_kind([block, *restore_branches([block], moment)], "restore")
        _after_bin(actor, item, "block", block.pk, "restored")
    return block


# For the services beside this one, and for the kinds of block that higher apps bring


def write_draft(*, actor: Actor, block: Block, text: str, data: dict[str, Any]) -> BlockRevision:
    """Give the block a new draft revision. The caller has authorised, locked and checked."""
    last = BlockRevision.objects.filter(block=block).aggregate(last=Max("number"))["last"] or 0
    html = BLOCK_KINDS[block.kind].render(text)
    revision = BlockRevision.objects.create(
        block=block, number=last + 1, text=text, data=data, html=html, created_by_id=actor.pk
    )
    block.draft = revision
    block.save(update_fields=["draft", "updated_at"])
    return revision


@transaction.atomic
def refresh_usages(*, actor: Actor, item: Item, live: bool) -> None:
    """Say anew which files the lesson refers to: in its ``live`` texts, or in those being written.

    A kind that keeps words elsewhere than in its revision (a question) has this called after a change.
    """
    which = "live" if live else "draft"
    blocks = Block.objects.filter(section__item=item, **{f"{which}__isnull": False}).select_related(which)
    ids: set[UUID] = set()
    for block in blocks.select_related("section__item", which):
        ids |= referenced_files(block, getattr(block, which))
    files.set_usages(owner_kind=LIVE_OWNER if live else DRAFT_OWNER, owner_id=item.pk, file_ids=ids, actor=actor)


def referenced_files(block: Block, revision: BlockRevision) -> set[UUID]:
    """Public ids of the files that a revision of the block refers to."""
    kind = BLOCK_KINDS.get(block.kind)
    if kind is None:
        return set()
    settings, text = kind.export(block, revision)
    return {UUID(found) for found in file_references([text, *strings_in(settings)])}


def unusable_files(actor: Actor, named: set[UUID]) -> set[UUID]:
    """Those of the files that are not there, or that the actor may not read: naming a file shows it to readers."""
    if not named:
        return set()
    known = StoredFile.objects.filter(public_id__in=named)
    if actor is not SYSTEM:
        visible = StoredFile.objects.visible_to(actor).values("pk")
        known = known.filter(Q(uploaded_by_id=actor.pk) | Q(pk__in=visible))
    return named - set(known.values_list("public_id", flat=True))


def require_usable(actor: Actor, *, field: str, text: str, before: str) -> None:
    """Raises ``Invalid`` ``file_unknown`` if ``text`` names a file that ``before`` did not, and that the actor may not use."""
    named = {UUID(found) for found in file_references([text]) - file_references([before])}
    if unusable_files(actor, named):
        sentence = _("This file is not there, or you may not use it. Upload it again.")
        raise Invalid("file_unknown", sentence, fields={field: [sentence]})


def block_problems(kind: BlockKind, data: dict[str, Any], text: str) -> dict[str, list[str]]:
    """What the kind refuses, by the setting that a sentence names in quotes; otherwise under ``data``."""
    problems: dict[str, list[str]] = {}
    for sentence in kind.validate(data, text):
        named = [name for name in _QUOTED.findall(str(sentence)) if name in data or name in _names_of(kind)]
        problems.setdefault(named[0] if named else "data", []).append(str(sentence))
    return problems


def _names_of(kind: BlockKind) -> frozenset[str]:
    return frozenset(getattr(kind, "settings", ()))


def _checked(
    actor: Actor, kind: BlockKind, text: str, data: dict[str, Any], *, before: BlockRevision | None
) -> tuple[str, dict[str, Any]]:
    text = check_text(text, is_markdown=getattr(kind, "markup", Markup.MARKDOWN) == Markup.MARKDOWN)
    data = _check_data(data)
    if not text and not data:
        return text, data
    if problems := block_problems(kind, data, text):
        first = next(iter(problems.values()))[0]
        raise Invalid("block_invalid", first, fields=problems)
    normal = getattr(kind, "normal", None)
    data = normal(data) if normal else data
    _require_files(actor, kind, text, data, before)
    return text, data


def _check_data(data: Any) -> dict[str, Any]:
    problem = ""
    if not isinstance(data, dict):
        problem = _("Send the settings as an object.")
    else:
        try:
            dumped = json.dumps(data)
        except (TypeError, ValueError):
            problem = _("Send plain values: text, numbers, yes or no, lists.")
        else:
            if len(dumped) > MAX_TEXT:
                problem = _("These settings are too long. Shorten the texts in them.")
            elif "\\u0000" in dumped:
                problem = _("Leave out the null character.")
    if problem:
        raise Invalid("block_invalid", problem, fields={"data": [problem]})
    checked: dict[str, Any] = data
    return checked


def _require_files(
    actor: Actor, kind: BlockKind, text: str, data: dict[str, Any], before: BlockRevision | None
) -> None:
    # Naming a file shows it to the readers, so an author may only name what they may read themselves.
    by_setting = [(name.partition(".")[0], _as_uuid(said)) for name, said in named_files(kind, data)]
    named = {UUID(found) for found in file_references([text, *strings_in(data)])}
    named |= {found for _name, found in by_setting if found}
    if before is not None:
        named -= {UUID(found) for found in file_references([before.text, *strings_in(before.data)])}
        named -= {found for _name, said in named_files(kind, before.data) if (found := _as_uuid(said))}
    if not named and all(found for _name, found in by_setting):
        return
    missing = unusable_files(actor, named)
    wrong = [name for name, found in by_setting if found is None or found in missing]
    if missing or wrong:
        sentence = _("This file is not there, or you may not use it. Upload it again.")
        raise Invalid("file_unknown", sentence, fields={name: [sentence] for name in wrong or ["text"]})


def _as_uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value).removeprefix("file:"))
    except ValueError:
        return None


def _takes_new_place(row: Any, others: Any, position: int) -> bool:
    kept = others.filter(deleted_at__isnull=True).count()
    if position_of(row, others) == min(max(position, 0), kept):
        return False
    row.rank = rank_at(others, position)
    row.save(update_fields=["rank", "updated_at"])
    return True


def _each_kind(blocks: list[Block], verb: str) -> None:
    by_kind: dict[str, list[Block]] = {}
    for block in blocks:
        by_kind.setdefault(block.kind, []).append(block)
    for name, own in by_kind.items():
        if kind := BLOCK_KINDS.get(name):
            getattr(kind, verb)(own)


def _after_bin(actor: Actor, item: Item, kind: str, object_id: int, change: str) -> None:
    refresh_usages(actor=actor, item=item, live=True)
    refresh_usages(actor=actor, item=item, live=False)
    if item.needs_answers and item.state == PublishState.PUBLISHED:
        # A question that went away is no longer open for anybody.
        recompute(course=item.course, item=item)
    _tell(actor, item, kind, object_id, change)


def _touch(item: Item) -> None:
    item.content_changed_at = timezone.now()
    item.save(update_fields=["content_changed_at", "updated_at"])


def _tell(actor: Actor, item: Item, kind: str, object_id: int, change: str) -> None:
    publish(OutlineChanged(actor_id=actor.pk, course_id=item.course_id, kind=kind, object_id=object_id, change=change))
