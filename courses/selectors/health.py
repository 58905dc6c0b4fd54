"""The health of a course: what a careful author would mend, lesson by lesson, in a handful of queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.findings import Finding, Severity
from core.html import file_references, part_references
from core.html_check import html_findings, ids_in, left_out, word_count
from core.slots import BLOCK_KINDS
from courses.enums import ItemKindName, Markup
from courses.models import Block, Course, Item, Page, Section
from courses.selectors.parts import known_parts
from courses.selectors.teaching import prepare_checks
from files.models import StoredFile

# A reader of 200 words a minute has half an hour before them.
LONG_READING = 6_000

CODES: dict[str, str | Promise] = {
    "alt": _("Pictures without words"),
    "captions": _("Captions and transcripts"),
    "heading": _("Heading levels left out"),
    "link_empty": _("Links without words"),
    "link_vague": _("Links that do not say where they lead"),
    "link_gone": _("Links that lead nowhere"),
    "file_gone": _("Missing files"),
    "table_headers": _("Tables without header cells"),
    "formula": _("Formulas that cannot be set"),
    "notice": _("Parts of another system"),
    "script": _("Scripts left out"),
    "form": _("Forms left out"),
    "frame": _("Frames turned into links"),
    "picture_left_out": _("Drawings left out"),
    "picture_elsewhere": _("Pictures on other sites"),
    "id_twice": _("Ids given twice"),
    "long": _("Very long lessons"),
    "empty": _("Empty blocks"),
    "setting": _("Settings"),
    "other": _("Other"),
}


@dataclass(frozen=True)
class PlacedFinding:
    """A finding and where it stands: in a block or in a page, or in a lesson as a whole. ``url`` is its editor."""

    code: str
    severity: Severity
    sentence: str
    url: str
    where: str = ""
    block: Block | None = None
    item: Item | None = None
    page: Page | None = None

    @property
    def is_serious(self) -> bool:
        return self.severity == Severity.MEND


@dataclass(frozen=True)
class HealthGroup:
    """The findings of one lesson, or of one page."""

    title: str
    url: str
    about: str
    findings: list[PlacedFinding] = field(default_factory=list)


@dataclass(frozen=True)
class CodeCount:
    code: str
    label: str
    number: int
    chosen: bool


@dataclass(frozen=True)
class CourseHealth:
    """``findings`` are those shown; ``codes`` count all there are."""

    findings: list[PlacedFinding]
    codes: list[CodeCount]
    total: int

    @property
    def groups(self) -> list[HealthGroup]:
        groups: dict[tuple[str, int], HealthGroup] = {}
        for found in self.findings:
            key = ("page", found.page.pk) if found.page else ("item", found.item.pk if found.item else 0)
            if key not in groups:
                groups[key] = _group_of(found)
            groups[key].findings.append(found)
        return list(groups.values())


def _group_of(found: PlacedFinding) -> HealthGroup:
    if found.page is not None:
        return HealthGroup(found.page.title, found.url, gettext("Page"))
    item = found.item
    if item is None:
        return HealthGroup("", found.url, "")
    return HealthGroup(
        item.title, reverse("courses:item-edit", args=[item.course.slug, item.public_id]), item.module.title
    )


def course_health(course: Course, *, code: str = "") -> CourseHealth:
    """All findings in the newest texts of the course, or those of one ``code``."""
    found = _findings(course)
    counted = Counter(finding.code for finding in found)
    order = [*CODES, *sorted(set(counted) - set(CODES))]
    codes = [CodeCount(name, code_label(name), counted[name], name == code) for name in order if counted[name]]
    shown = [finding for finding in found if not code or finding.code == code]
    return CourseHealth(shown, codes, len(found))


def code_label(code: str) -> str:
    kind = BLOCK_KINDS.get(code)
    return str(CODES.get(code) or (kind.label if kind else code))


@dataclass
class _Text:
    """One text of the course: what was found in it, and what it refers to."""

    html: str
    found: list[Finding]
    files: set[str]
    parts: list[str]
    block: Block | None = None
    page: Page | None = None


def _findings(course: Course) -> list[PlacedFinding]:
    blocks = _blocks(course)
    texts = [_block_text(block) for block in blocks] + [_page_text(page) for page in Page.objects.filter(course=course)]
    named = {file for text in texts for file in text.files}
    stored = StoredFile.objects.filter(public_id__in=named).values_list("public_id", flat=True) if named else ()
    gone = named - {str(public_id) for public_id in stored}
    parts = {part for text in texts for part in text.parts}
    lost = parts - known_parts(course, parts)
    placed: list[PlacedFinding] = []
    for lesson, own in _by_lesson(texts):
        for text in own:
            placed += _placed(course, text, [*text.found, *_gone(text, gone, lost)])
        if lesson is not None:
            placed += _about_lesson(course, lesson, own)
    return placed


def _blocks(course: Course) -> list[Block]:
    rows = Block.objects.filter(
        section__item__course=course,
        section__item__kind=ItemKindName.LESSON,
        section__item__deleted_at__isnull=True,
        section__item__module__deleted_at__isnull=True,
        draft__isnull=False,
    )
    related = ("draft", "section__item__module")
    order = ("section__item__module__rank", "section__item__rank", "section__item_id", "section__rank", "rank", "pk")
    blocks = list(rows.select_related(*related).order_by(*order))
    items: dict[int, Item] = {}
    sections: dict[int, Section] = {}
    for block in blocks:
        # One object for one row, so that the kinds' own preparations find them again.
        section = sections.setdefault(block.section_id, block.section)
        section.item = items.setdefault(section.item_id, section.item)
        section.item.course = course
        block.section = section
    prepare_checks(blocks)
    return blocks


def _block_text(block: Block) -> _Text:
    kind, draft = BLOCK_KINDS.get(block.kind), block.draft
    if kind is None or draft is None:
        return _Text("", [], set(), [], block=block)
    if not draft.text and not draft.data and not hasattr(kind, "edit_url"):
        sentence = gettext("This block is empty. Fill it in, or move it to the bin.")
        return _Text("", [Finding("empty", sentence)], set(), [], block=block)
    found = [Finding.of(sentence, code=block.kind) for sentence in kind.check(block, draft)]
    files = file_references([draft.html])
    for name in getattr(kind, "file_settings", ()):
        files |= set(_ids_in(draft.data.get(name)))
    return _Text(draft.html, found, files, part_references(draft.html), block=block)


def _ids_in(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        return [found for inner in value.values() for found in _ids_in(inner)]
    return file_references([f"file:{value.removeprefix('file:')}"]) if isinstance(value, str) else ()


def _page_text(page: Page) -> _Text:
    is_markdown = page.markup == Markup.MARKDOWN
    found = html_findings(page.html, empty_alt_is_missing=is_markdown, may_be_relative=is_markdown)
    found += [] if is_markdown else left_out(page.text)
    return _Text(page.html, found, file_references([page.html]), part_references(page.html), page=page)


def _by_lesson(texts: list[_Text]) -> Iterable[tuple[Item | None, list[_Text]]]:
    lessons: dict[int, tuple[Item | None, list[_Text]]] = defaultdict(lambda: (None, []))
    for text in texts:
        item = text.block.section.item if text.block else None
        key = item.pk if item else 0
        lessons[key] = (item, [*lessons[key][1], text])
    return lessons.values()


def _gone(text: _Text, gone: set[str], lost: set[str]) -> list[Finding]:
    found = []
    if missing := text.files & gone:
        sentence = gettext("It names a file that is not here any more. Upload it again, or take it out.")
        found += [Finding("file_gone", sentence) for _file in missing]
    for part in text.parts:
        if part in lost:
            sentence = gettext("A link leads to a part of the course that is not there: %(part)s.")
            found.append(Finding("link_gone", sentence % {"part": part[:60]}))
    return found


def _about_lesson(course: Course, item: Item, texts: list[_Text]) -> list[PlacedFinding]:
    """What is seen only when the texts of a lesson are put beside each other."""
    found: list[PlacedFinding] = []
    pages: dict[int, list[_Text]] = defaultdict(list)
    for text in texts:
        if text.block:
            pages[text.block.section_id if item.is_paged else 0].append(text)
    for own in pages.values():
        taken: set[str] = set()
        for text in own:
            again = sorted(taken.intersection(ids := ids_in(text.html)))
            taken.update(ids)
            sentence = gettext("The id “%(id)s” is given twice on this page: links find the first one only.")
            twice = [
                Finding("id_twice", sentence % {"id": name.removeprefix("in-")}, Severity.ADVICE) for name in again
            ]
            found += _placed(course, text, twice)
        if own and (words := sum(word_count(text.html) for text in own)) > LONG_READING:
            sentence = gettext("There are about %(number)s words on one page. Split it, so that students can rest.")
            found += _placed(course, own[0], [Finding("long", sentence % {"number": words}, Severity.ADVICE)])
    return found


def _placed(course: Course, text: _Text, findings: list[Finding]) -> list[PlacedFinding]:
    if not findings:
        return []
    if text.page is not None:
        url = reverse("courses:page-edit", args=[course.slug, text.page.public_id])
        return [PlacedFinding(f.code, f.severity, str(f), url, page=text.page) for f in findings]
    block = text.block
    if block is None:
        return []
    item, kind = block.section.item, BLOCK_KINDS.get(block.kind)
    url = f"{reverse('courses:item-edit', args=[course.slug, item.public_id])}#block-{block.public_id}"
    where = f"{block.section.title}: {kind.label}" if block.section.title and kind else str(kind.label if kind else "")
    return [PlacedFinding(f.code, f.severity, str(f), url, where, block=block, item=item) for f in findings]
