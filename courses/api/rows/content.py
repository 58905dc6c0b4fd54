"""What stands in a lesson: sections, blocks and their questions."""

from collections import defaultdict
from typing import Any

from django.db.models import Q

from core.html import file_references, link_files, link_parts
from core.slots import BLOCK_KINDS
from courses.block_kinds.base import named_files
from courses.models import Block, Item, Section
from courses.roles import Capability
from courses.rules import can, sees_all_branches
from courses.selectors.lesson import BRANCHES, block_contexts
from courses.selectors.parts import part_address
from files.services import file_urls


def present_section(item: Item, section: Section, position: int) -> dict[str, Any]:
    return {"id": section.public_id, "lesson": item.public_id, "title": section.title, "position": position}


def section_detail(section: Section) -> dict[str, Any]:
    before = Section.objects.filter(item=section.item_id, inside=section.inside_id).filter(
        Q(rank__lt=section.rank) | Q(rank=section.rank, pk__lt=section.pk)
    )
    return present_section(section.item, section, before.count())


def blocks_of(user: Any, item: Item) -> list[Block]:
    """The lesson's blocks that ``user`` may see, in order, with their revisions; one query."""
    rows = Block.objects.visible_to(user).filter(section__item=item).select_related("section", "live", "draft")
    blocks = list(rows.order_by("section__rank", "section_id", "rank", "pk"))
    for block in blocks:
        block.section.item = item
    return blocks


def block_detail(user: Any, block: Block) -> dict[str, Any]:
    """One block. Its author gets a question's settings here, key included."""
    item = block.section.item
    rows = present_blocks(user, item, blocks_of(user, item))
    inner = [row for outer in rows for branch in outer["branches"] for row in branch["blocks"]]
    shown = next(row for row in [*rows, *inner] if row["id"] == block.public_id)
    shown.setdefault("branches", [])
    if shown["draft"] is not None and block.draft is not None:
        data, text = BLOCK_KINDS[block.kind].export(block, block.draft)
        shown["draft"] |= {"data": data, "text": text}
    return shown


def present_blocks(user: Any, item: Item, blocks: list[Block]) -> list[dict[str, Any]]:
    """Blocks as plain values, those of branches within the block that they stand in.

    What is written but not published is there only for those who write the course, a group's name for those who see
    all of them.
    """
    known = [block for block in blocks if block.kind in BLOCK_KINDS]
    author = writes(user, item.course_id)
    for block in known:
        block.shown = block.live  # type: ignore[attr-defined]
    contexts = block_contexts([block for block in known if block.live is not None], user)
    addresses = _addresses(known)
    positions: dict[int, int] = defaultdict(int)
    presented = []
    branches = _branches(user, item) if any(block.kind == BRANCHES for block in known) else {}
    for block in known:
        row = _present_block(item, block, positions[block.section_id], contexts, addresses, author)
        positions[block.section_id] += 1
        inside = block.section.inside_id
        if inside is None:
            presented.append(row | {"branches": list(branches.get(block.pk, {}).values())})
        else:
            branches[inside][block.section_id]["blocks"].append(row)
    return presented


def _branches(user: Any, item: Item) -> dict[int, dict[int, dict[str, Any]]]:
    """The branches in the lesson that ``user`` may see, still empty, by block and section."""
    labelled = sees_all_branches(user, item.course_id)
    sections = Section.objects.visible_to(user).filter(item=item, inside__isnull=False)
    found: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
    for section in sections.select_related("group").order_by("group_id"):
        name = section.group.name if labelled else ""
        found[section.inside_id][section.pk] = {"section": section.public_id, "group": name, "blocks": []}
    return found


def _present_block(
    item: Item,
    block: Block,
    position: int,
    contexts: dict[int, dict[str, Any]],
    addresses: dict[str, str],
    author: bool,
) -> dict[str, Any]:
    kind = BLOCK_KINDS[block.kind]
    settings = block.live.data if block.live and hasattr(kind, "normal") else {}
    named = named_files(kind, settings)
    draft = block.draft if author else None
    return {
        "id": block.public_id,
        "lesson": item.public_id,
        "section": block.section.public_id,
        "kind": block.kind,
        "position": position,
        "version": block.version,
        "html": _shown(item, block.live.html, addresses) if block.live else None,
        "data": settings,
        "files": {name: addresses[file] for name, file in named if file in addresses},
        "question": _present_question(contexts.get(block.pk, {})),
        "draft": draft
        and {
            "text": draft.text,
            "data": draft.data if hasattr(kind, "normal") else {},
            "html": _shown(item, draft.html, addresses),
        },
    }


def _shown(item: Item, html: str, addresses: dict[str, str]) -> str:
    return link_parts(link_files(html, addresses.get), lambda part: part_address(item.course.slug, part))


def _present_question(context: dict[str, Any]) -> dict[str, Any] | None:
    """A kind that asks something says what the reader may know of it under ``question``: the one gate for keys."""
    question = context.get("question")
    if not question:
        return None
    return {
        "kind": question["kind"],
        "html": str(question["text_html"]),
        "options": [{"id": option["id"], "html": str(option["text_html"])} for option in question["options"]],
        "unit": question["unit"],
    }


def _addresses(blocks: list[Block]) -> dict[str, str]:
    """Addresses of all files that the blocks name, by public id; no query without any."""
    named: set[str] = set()
    for block in blocks:
        for revision in (block.live, block.draft):
            if revision is not None:
                named |= set(file_references([revision.html]))
                named |= {file for _name, file in named_files(BLOCK_KINDS[block.kind], revision.data)}
    return file_urls(named)


def writes(user: Any, course_id: int) -> bool:
    return bool(user.is_superuser and user.is_active) or can(user, Capability.AUTHOR, course_id)
