"""What the kinds of block have in common that keep everything in their revision: text and a few settings."""

from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from core.findings import Finding
from core.html import file_references, link_files, link_parts, markdown, plain_text
from core.html_check import html_findings
from courses.enums import Markup
from courses.models import Block, BlockRevision, Item
from courses.selectors.at_hand import files_of
from courses.selectors.parts import part_address
from files.models import StoredFile

FILE_PREFIX = "file:"


class RevisionKind:
    """A kind without rows of its own, so copying, binning and finishing need nothing.

    A subclass names its settings: ``flags`` are yes or no, ``choices`` one of some words, ``file_settings``
    public ids of files, the rest text. Settings with their default value are not stored. ``markup`` says what the
    text is written in, ``previews`` that its form shows what becomes of it.
    """

    settings: ClassVar[tuple[str, ...]] = ()
    required: ClassVar[tuple[str, ...]] = ()
    file_settings: ClassVar[tuple[str, ...]] = ()
    flags: ClassVar[tuple[str, ...]] = ()
    choices: ClassVar[dict[str, tuple[str, ...]]] = {}
    limits: ClassVar[dict[str, int]] = {}
    needs_text: ClassVar[bool] = False
    # Sums over a course pass over kinds that say so; without it a kind is asked for its points.
    scores: ClassVar[bool] = False
    markup: ClassVar[str] = Markup.MARKDOWN
    previews: ClassVar[bool] = False

    def context(self, blocks: list[Any], user: Any) -> dict[int, dict[str, Any]]:
        """``html`` and the settings, files as ``StoredFile`` rows (None for one that is gone)."""
        return {block.pk: self.variables(block, shown_revision(block)) for block in blocks}

    def variables(self, block: Block, revision: BlockRevision) -> dict[str, Any]:
        values: dict[str, Any] = {"html": resolved_html(block, revision)}
        for name in self.settings:
            value = revision.data.get(name)
            if name in self.file_settings:
                values[name] = file_of(block, value)
            elif name in self.choices:
                values[name] = value if value in self.choices[name] else self.choices[name][0]
            else:
                values[name] = bool(value) if name in self.flags else str(value or "")
        return values

    def validate(self, data: dict[str, Any], text: str) -> list[str]:
        """Misspelt, missing and wrong settings; each sentence names the setting in quotes."""
        problems = [
            _("“%(name)s” is not a setting here; there are %(known)s.")
            % {"name": name, "known": ", ".join(self.settings) or _("none")}
            for name in data
            if name not in self.settings
        ]
        problems += [_("Give “%(name)s”.") % {"name": name} for name in self.required if data.get(name) in (None, "")]
        for name in self.settings:
            if data.get(name) is not None:
                problems += self._wrong_value(name, data[name])
        if self.needs_text and not text.strip():
            problems.append(_("Write a text."))
        return problems

    def _wrong_value(self, name: str, value: Any) -> list[str]:
        if name in self.flags:
            wrong = _("Write true or false for “%(name)s”.") if not isinstance(value, bool) else ""
            return [wrong % {"name": name}] if wrong else []
        if not isinstance(value, str):
            return [_("Write “%(name)s” as text, in quotes.") % {"name": name}]
        if name in self.choices and value and value not in self.choices[name]:
            words = ", ".join(self.choices[name])
            return [_("Choose one of these for “%(name)s”: %(words)s.") % {"name": name, "words": words}]
        limit = self.limits.get(name, 200)
        if len(value) > limit:
            values = {"name": name, "limit": limit}
            return [_("Shorten “%(name)s” to %(limit)s characters.") % values]
        return []

    def normal(self, data: dict[str, Any]) -> dict[str, Any]:
        """The settings as they are stored: in one order, without those that say nothing."""
        kept: dict[str, Any] = {}
        for name in self.settings:
            value = data.get(name)
            if isinstance(value, str) and name in self.file_settings:
                value = value.removeprefix(FILE_PREFIX)
            if name in self.choices and value == self.choices[name][0]:
                value = None
            if value not in (None, "", False):
                kept[name] = value
        return kept

    def copy(self, block: Any, copied: Any, ids: dict[str, str]) -> None:
        """Nothing hangs on these blocks but their revisions."""

    def export(self, block: Any, revision: Any) -> tuple[dict[str, Any], str]:
        """Settings with files as ``file:<public id>``, and the text."""
        settings = self.normal(revision.data)
        for name in self.file_settings:
            if name in settings:
                settings[name] = FILE_PREFIX + settings[name]
        return settings, revision.text

    def load(self, block: Any, settings: dict[str, Any], text: str, actor: Any) -> tuple[dict[str, Any], str]:
        return self.normal(settings), text

    def check(self, block: Any, revision: Any) -> list[str]:
        wrong = [Finding("setting", sentence) for sentence in self.validate(revision.data, revision.text)]
        return [*wrong, *html_findings(revision.html, empty_alt_is_missing=True)]

    def render(self, text: str) -> str:
        return markdown(text)

    def search_text(self, block: Any, revision: Any) -> str:
        words = [str(revision.data.get(name, "")) for name in ("title", "alt") if name in self.settings]
        return " ".join(part for part in (*words, plain_text(revision.html)) if part)

    def open_work(self, item_ids: list[int], user_ids: list[int]) -> set[tuple[int, int]]:
        return set()

    def points(self, blocks: list[Any]) -> dict[int, Decimal]:
        return {}

    def bin(self, blocks: list[Any]) -> None:
        """Nothing hangs on these blocks."""

    def restore(self, blocks: list[Any]) -> None:
        """Nothing hangs on these blocks."""


def shown_revision(block: Any) -> BlockRevision:
    """What stands in the block for this reader: the page says so by ``block.shown``; otherwise what students see."""
    revision = getattr(block, "shown", None) or block.live or block.draft
    return revision if revision is not None else BlockRevision(block=block, number=0)


def named_files(kind: Any, data: dict[str, Any]) -> list[tuple[str, str]]:
    """The files that settings name, as pairs of the setting's name and what it says; ``name.key`` in a table of files."""
    pairs: list[tuple[str, Any]] = []
    for name in getattr(kind, "file_settings", ()):
        value = data.get(name)
        pairs += (
            [(f"{name}.{key}", said) for key, said in value.items()] if isinstance(value, dict) else [(name, value)]
        )
    return [(name, said) for name, said in pairs if isinstance(said, str) and said]


def file_of(block: Block, public_id: Any) -> StoredFile | None:
    """The file that a setting names; no query for an empty setting."""
    return files_of(block.section.item).get(str(public_id)) if public_id else None


def resolve_files(item: Item, html: str) -> str:
    """HTML whose ``file:`` references to the lesson's own files have become addresses, and its ``part:`` links those
    of the course's parts; no query without files."""
    html = link_parts(html, lambda part: part_address(item.course.slug, part))
    if not file_references([html]):
        return html
    known = files_of(item)
    return link_files(html, lambda public_id: known[public_id].get_absolute_url() if public_id in known else None)


def resolved_html(block: Block, revision: BlockRevision) -> str:
    return resolve_files(block.section.item, revision.html)
