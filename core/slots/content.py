"""What courses are made of: kinds of blocks and items."""

from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from django.utils.functional import Promise

from core.slots.base import Slot


@runtime_checkable
class BlockKind(Protocol):
    """What a kind of block must be able to do. One that lacks any of it cannot register."""

    @property
    def label(self) -> str | Promise: ...

    @property
    def icon(self) -> str: ...

    @property
    def template(self) -> str: ...

    def context(self, blocks: list[Any], user: Any) -> dict[int, dict[str, Any]]:
        """Template variables by block id, for all blocks of this kind on a page, in few queries.

        ``block.shown`` is the revision that this reader sees; ``block.section.item`` is at hand.
        """

    def validate(self, data: dict[str, Any], text: str) -> list[str]:
        """What is wrong with settings (as ``load`` takes them) and text, in the author's words.

        Nothing is stored yet. A sentence that puts a setting's name in “quotes” is shown at that setting.
        """

    def copy(self, block: Any, copied: Any, ids: dict[str, str]) -> None:
        """Carry what hangs on a block over to its copy; ``ids`` maps old public ids to new ones."""

    def export(self, block: Any, revision: Any) -> tuple[dict[str, Any], str]:
        """Settings and text in the folder format, files named as ``file:<public id>``.

        Always the same for the same content, in one order and without settings that say nothing: exports
        are compared, byte by byte, and this is how an import knows that a block has not changed. Every file
        that the block refers to appears in what is returned: usages are made from it.
        """

    def load(self, block: Any, settings: dict[str, Any], text: str, actor: Any) -> tuple[dict[str, Any], str]:
        """Inverse of ``export``: store what hangs on the block, return its data and text.

        Called inside a transaction, after ``validate`` found nothing, for a new block and for one whose export
        differs from ``settings`` and ``text``. The caller then makes the new revision.
        """

    def check(self, block: Any, revision: Any) -> list[str]:
        """What a careful author would mend: a missing alternative text, captions, a right answer.

        Sentences; a ``core.findings.Finding`` says besides what it is about and how bad it is.
        """

    def render(self, text: str) -> str:
        """Safe HTML for the block's text, made once when a draft is written.

        References to files stay ``file:<public id>``, those to parts of the course ``part:<id>``: who shows it
        resolves them.
        """

    def search_text(self, block: Any, revision: Any) -> str:
        """Plain words to find the block by; never a key to a question."""

    def open_work(self, item_ids: list[int], user_ids: list[int]) -> set[tuple[int, int]]:
        """(user id, item id) pairs that still have something to answer here.

        Blocks in the bin, and blocks that students do not see yet, ask for nothing.
        """

    def points(self, blocks: list[Any]) -> dict[int, Decimal]:
        """The most that can be had, by block id, for those blocks that score; of their published texts, in few queries."""

    def bin(self, blocks: list[Any]) -> None:
        """Blocks went to the bin."""

    def restore(self, blocks: list[Any]) -> None:
        """Blocks came back from the bin."""


@runtime_checkable
class ItemKind(Protocol):
    """What a kind of course item must be able to do."""

    @property
    def label(self) -> str | Promise: ...

    @property
    def icon(self) -> str: ...

    def url(self, item: Any) -> str:
        """Where the item opens."""


BLOCK_KINDS: Slot[BlockKind] = Slot("BLOCK_KINDS")
ITEM_KINDS: Slot[ItemKind] = Slot("ITEM_KINDS")


def register_block_kind(key: str, kind: BlockKind, *, order: int = 100) -> None:
    """Register a kind of block, refusing one that cannot do all that a block must do."""
    if not isinstance(kind, BlockKind):
        wanted = {*BlockKind.__annotations__, *(name for name in vars(BlockKind) if not name.startswith("_"))}
        missing = [name for name in wanted if not hasattr(kind, name)]
        raise TypeError(f"block kind {key!r} lacks {', '.join(sorted(missing))}")
    BLOCK_KINDS.register(key, kind, order=order)
