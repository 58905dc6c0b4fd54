"""Blocks written as a course folder writes them: settings and text, also for kinds that keep rows of their own."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.authz import Actor, authorize
from core.errors import Invalid
from core.slots import BLOCK_KINDS
from courses.models import Block, Section
from courses.services.content import add_block, block_problems, change_block


@transaction.atomic
def create_block(
    *,
    actor: Actor,
    section: Section,
    kind: str,
    text: str = "",
    data: dict[str, Any] | None = None,
    position: int | None = None,
) -> Block:
    """A new block as a draft, at the end of the section or at ``position`` (from 0). Raises ``Invalid``."""
    if _keeps_rows(kind):
        block = add_block(actor=actor, section=section, kind=kind, position=position)
        return write_block(actor=actor, block=block, text=text, data=data)
    return add_block(actor=actor, section=section, kind=kind, text=text, data=data, position=position)


@transaction.atomic
def write_block(
    *,
    actor: Actor,
    block: Block,
    version: int | None = None,
    text: str | None = None,
    data: dict[str, Any] | None = None,
) -> Block:
    """The block with a new draft; ``None`` keeps what was there. Raises ``Stale``, ``Invalid``."""
    authorize(actor, "courses.change_block", block)
    if not _keeps_rows(block.kind) or (text is None and not data):
        return change_block(actor=actor, block=block, version=version, text=text, data=data)
    kind = BLOCK_KINDS[block.kind]
    settings, words = kind.export(block, block.draft) if block.draft else ({}, "")
    settings, words = settings if data is None else data, words if text is None else text
    if not settings and not words:
        return change_block(actor=actor, block=block, version=version)
    if problems := block_problems(kind, settings, words):
        raise Invalid("block_invalid", _("Some values cannot be used. Nothing was stored."), fields=problems)
    stored, shown = kind.load(block, settings, words, actor)
    return change_block(actor=actor, block=block, version=version, text=shown, data=stored)


def _keeps_rows(kind: str) -> bool:
    """Whether a higher app keeps wording and more of such blocks; kinds of our own keep all in their revision."""
    return kind in BLOCK_KINDS and not hasattr(BLOCK_KINDS[kind], "normal")
