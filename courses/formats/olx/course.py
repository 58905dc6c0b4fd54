"""An Open edX course as plain values: the outline as modules, lessons and sections, with its settings and notes."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.formats.data import (
    BlockData,
    CourseData,
    ExperimentData,
    GroupData,
    LessonData,
    ModuleData,
    NoteData,
    PageData,
    SectionData,
)
from courses.formats.olx import licence
from courses.formats.olx.links import Links
from courses.formats.olx.media import MADE, STATIC, Media
from courses.formats.olx.outline import (
    CHAPTER,
    CHOOSERS,
    DRAFTS,
    SEQUENTIALS,
    SPLIT_TEST,
    VERTICAL,
    Node,
    OutlineReader,
)
from courses.formats.olx.pages import PageReader
from courses.formats.olx.parts import PartReader
from courses.formats.olx.source import Source, Unreadable
from courses.formats.problems import ArchiveProblems

ORIGIN = "olx"
LONGEST_TITLE = 200
_LANGUAGE = re.compile(r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$")
_DATES = ("start", "end", "due", "enrollment_start", "enrollment_end", "advertised_start", "certificate_available_date")
_ASIDE_FOLDERS = ("about/", "info/", "policies/", "assets/")
_ASIDE_FILES = re.compile(r"^(?:README|LICEN[CS]E|COPYING|CHANGELOG|AUTHORS|NOTICE)[^/]*$", re.IGNORECASE)
_LICENCE_FILE = re.compile(r"^(?:LICEN[CS]E|COPYING)[^/]*$", re.IGNORECASE)
_GROUP_ID = re.compile(r"[@/]([^@/]+)$")


class CourseReader:
    def __init__(self, folder: Path) -> None:
        self.source = Source(folder)
        self.problems = ArchiveProblems()
        self.notes: list[NoteData] = []
        self.experiments: dict[str, ExperimentData] = {}
        self.dated = 0

    def read(self) -> CourseData:
        """Raises ``Invalid`` with all problems of the course at once."""
        outline = OutlineReader(self.source, self.problems, self.notes)
        root = outline.read()
        if root is None:
            self.problems.raise_if_any()
            raise AssertionError
        policy = self._json(f"policies/{outline.run}/policy.json", f"policies/{outline.run}.json")
        own = policy.get(f"course/{outline.run}")
        self.policy: dict[str, Any] = own if isinstance(own, dict) else {}
        self.media = Media(self.source)
        self.links = Links(self.media, _part_ids(root))
        language = self._language(root)
        self.parts = PartReader(self.source, self.links, self.problems, self.notes, language)
        self._read_experiments(root)
        settings, pages = self._settings(root, outline.run, language)
        modules = tuple(self._modules(root))
        self._course_notes(root)
        self._left_over()
        self.problems.raise_if_any()
        code, org = self._name(root, "course"), self._name(root, "org")
        return CourseData(
            source_id="+".join(part for part in (org, code, outline.run) if part)[:LONGEST_TITLE],
            code=(self._said(root, "display_coursenumber") or code or outline.run)[:20],
            title=self._title(root) or code or outline.run,
            settings=settings,
            modules=modules,
            media=self.media.used,
            origin=ORIGIN,
            experiments=tuple(self.experiments.values()),
            pages=pages,
            notes=tuple(self.notes),
        )

    # The outline

    def _modules(self, root: Node) -> Iterator[ModuleData]:
        for child in root.children:
            if child.tag == CHAPTER:
                lessons = tuple(self._lessons(child, child.children))
                yield ModuleData(child.source_id, self._title(child) or child.source_id, lessons=lessons)
            else:
                # By hand a course can be written without chapters.
                title = self._title(child) or child.source_id
                yield ModuleData(child.source_id, title, lessons=tuple(self._lessons(root, [child])))

    def _lessons(self, above: Node, children: list[Node]) -> Iterator[LessonData]:
        for child in children:
            is_sequence = child.tag in SEQUENTIALS
            hidden = child.is_true("visible_to_staff_only") or above.is_true("visible_to_staff_only")
            sections = tuple(self._sections(child, child.children if is_sequence else [child]))
            if hidden:
                self._changed(child, _("Only the staff could see it there; it came in as a draft."))
            self._count_dates(child)
            self._sequence_notes(child)
            yield LessonData(
                child.source_id,
                self._title(child) or child.source_id,
                published=not hidden and not child.is_draft,
                sections=sections,
                paged=True,
                grade_category=self._category(child),
            )

    def _sections(self, lesson: Node, children: list[Node]) -> Iterator[SectionData]:
        for child in children:
            if child.tag in SEQUENTIALS:
                yield from self._sections(lesson, child.children)
            elif child.tag == VERTICAL:
                yield SectionData(child.source_id, self._title(child), tuple(self._blocks(child)))
            else:
                # By hand a component can stand in a sequence without a vertical around it.
                blocks = tuple(self._blocks_of(child, is_draft=False))
                if blocks:
                    yield SectionData(f"{child.source_id}-section"[:LONGEST_TITLE], self._title(child), blocks)

    def _blocks(self, vertical: Node, *, is_draft: bool = False) -> Iterator[BlockData]:
        hidden = vertical.is_true("visible_to_staff_only")
        if hidden:
            self._changed(vertical, _("Only the staff could see it there; it came in as a draft."))
        if (vertical.attributes.get("group_access") or "{}").strip() not in ("{}", "null", '""'):
            self._changed(vertical, _("It was for some groups of people only; here everybody sees it."))
        for child in vertical.children:
            yield from self._blocks_of(child, is_draft=is_draft or hidden)

    def _blocks_of(self, node: Node, *, is_draft: bool) -> Iterator[BlockData]:
        if node.tag == SPLIT_TEST:
            if (block := self._branches(node, is_draft=is_draft)) is not None:
                yield block
        elif node.tag in CHOOSERS:
            if node.tag != "wrapper":
                self._changed(node, _CHOSEN[node.tag]())
            for child in node.children:
                yield from self._blocks_of(child, is_draft=is_draft)
        elif node.tag == VERTICAL or node.tag in SEQUENTIALS:
            yield from self._blocks(node, is_draft=is_draft)
        elif (block := self.parts.read(node)) is not None:
            yield _as_draft(block) if is_draft else block

    def _branches(self, node: Node, *, is_draft: bool) -> BlockData | None:
        """The place of an experiment, with a section for each group."""
        listed = node.json("group_id_to_child")
        groups = {str(g): str(child) for g, child in listed.items()} if isinstance(listed, dict) else {}
        by_child = {found[1]: g for g, child in groups.items() if (found := _GROUP_ID.search(child))}
        branches = []
        for child in node.children:
            group = by_child.get(child.name)
            if group is None:
                self._skipped(child, _("It belongs to no group of its experiment, so nobody saw it."))
                continue
            blocks = tuple(
                self._blocks(child, is_draft=is_draft)
                if child.tag == VERTICAL
                else self._blocks_of(child, is_draft=is_draft)
            )
            branches.append(SectionData(child.source_id, self._title(child), blocks, group))
        if not branches:
            self._skipped(node, _("None of its branches belongs to a group."))
            return None
        experiment = self._experiment(node, {b.group: b.title for b in branches})
        without = [g.name for g in experiment.groups if g.source_id not in {b.group for b in branches}]
        if without:
            names = ", ".join(without)[:200]
            self._changed(
                node, _("These groups of its experiment see nothing in its place: %(names)s.") % {"names": names}
            )
        draft = is_draft or node.is_draft or node.is_true("visible_to_staff_only")
        settings = {"experiment": experiment.source_id}
        return BlockData(node.source_id, "branches", settings, "", node.where, draft, branches=tuple(branches))

    def _experiment(self, node: Node, groups: dict[str, str]) -> ExperimentData:
        """The experiment that a comparison belongs to, with groups for all of its branches."""
        name = node.attributes.get("user_partition_id", "").strip('" ')[:LONGEST_TITLE] or node.source_id
        known = self.experiments.get(name) or ExperimentData(name, self._title(node) or _("Experiment"))
        if name not in self.experiments:
            self._changed(
                node, _("The course does not describe its experiment; its groups have the names of the branches.")
            )
        there = {group.source_id for group in known.groups}
        more = tuple(GroupData(g, title or g) for g, title in groups.items() if g not in there)
        self.experiments[name] = ExperimentData(known.source_id, known.name, known.groups + more)
        return self.experiments[name]

    def _read_experiments(self, root: Node) -> None:
        listed = self.policy.get("user_partitions") or root.json("user_partitions")
        for entry in listed if isinstance(listed, list) else []:
            if not isinstance(entry, dict) or entry.get("scheme", "random") != "random":
                continue
            name, listed_groups = str(entry.get("id"))[:LONGEST_TITLE], entry.get("groups")
            groups: dict[str, GroupData] = {}
            for group in listed_groups if isinstance(listed_groups, list) else []:
                if isinstance(group, dict):
                    group_id = str(group.get("id"))[:LONGEST_TITLE]
                    groups[group_id] = GroupData(group_id, str(group.get("name") or group_id)[:LONGEST_TITLE])
            title = str(entry.get("name") or _("Experiment"))[:LONGEST_TITLE]
            self.experiments[name] = ExperimentData(name, title, tuple(groups.values()))

    def _title(self, node: Node) -> str:
        """The title as far as it fits; what was cut is noted."""
        if len(node.title) > LONGEST_TITLE:
            self._changed(node, _("Its title was cut at %(most)s characters.") % {"most": LONGEST_TITLE})
        return node.title[:LONGEST_TITLE].rstrip()

    def _category(self, node: Node) -> str:
        name = (node.attributes.get("format") or "").strip()
        if not name or name == "notgraded" or not node.is_true("graded"):
            return ""
        if name not in self.categories:
            self._changed(node, _("The grading policy has no category “%(name)s”.") % {"name": name[:100]})
            return ""
        return name[:100]

    def _sequence_notes(self, node: Node) -> None:
        timed = ("is_time_limited", "is_proctored_enabled", "is_practice_exam", "is_entrance_exam")
        if any(node.is_true(name) for name in timed):
            self._changed(node, _("It was an exam with a time limit or under supervision; here it is a lesson."))

    def _count_dates(self, node: Node) -> None:
        self.dated += any(node.attributes.get(name) not in (None, "", "null") for name in ("start", "due"))

    # The course

    def _settings(self, root: Node, run: str, language: str) -> tuple[dict[str, Any], tuple[PageData, ...]]:
        grading = self._grading(run)
        reader = PageReader(self.source, self.links, self.problems, self.notes)
        found = {
            "language": language,
            "licence": self._licence(root),
            "summary": reader.summary(),
            "description": reader.description(),
            "grading": grading,
        }
        return {name: value for name, value in found.items() if value}, reader.pages(self.policy)

    def _language(self, root: Node) -> str:
        language = self._said(root, "language").replace("_", "-")
        return language if _LANGUAGE.match(language) and len(language) <= 12 else ""

    def _licence(self, root: Node) -> str:
        if said := licence.from_attribute(self._said(root, "license")):
            return said
        for name in self.source.names():
            if _LICENCE_FILE.match(name):
                try:
                    return licence.from_text(self.source.text(name))
                except Unreadable:
                    continue
        reason = _("The archive says nothing of a licence. If the course has one, write it into the course's settings.")
        self.notes.append(NoteData("changed_on_the_way", "licence", _("Licence"), reason))
        return ""

    def _grading(self, run: str) -> dict[str, Any]:
        file = f"policies/{run}/grading_policy.json"
        policy = self._json(file, "grading_policy.json")
        rows = policy.get("GRADER")
        categories = []
        for row in rows if isinstance(rows, list) else []:
            weight = _decimal(row.get("weight")) if isinstance(row, dict) else None
            if weight is None or not row.get("type"):
                continue
            categories.append(
                {
                    "name": str(row["type"])[:100],
                    "short": str(row.get("short_label") or "")[:100],
                    "weight": weight,
                    "drop": _whole(row.get("drop_count")),
                    "count": _whole(row.get("min_count")),
                }
            )
        self.categories = {category["name"] for category in categories}
        cutoffs = policy.get("GRADE_CUTOFFS")
        bounds = {str(k): _decimal(v) for k, v in cutoffs.items()} if isinstance(cutoffs, dict) else {}
        values = [value for value in bounds.values() if value is not None]
        if len(values) > 1:
            reason = _("Grades between the lowest and the highest are not kept; the lowest is what passes.")
            self.notes.append(NoteData("changed_on_the_way", "grading", _("Grading policy"), reason, file))
        if not categories:
            return {}
        passing = {"pass": min(values, key=Decimal)} if values else {}
        return {"categories": categories, **passing}

    def _course_notes(self, root: Node) -> None:
        count = self.dated + any(self._said(root, name) for name in _DATES)
        if count:
            reason = ngettext(
                "Dates were left out: those of one part. There are no dates here yet.",
                "Dates were left out: those of %(n)s parts. There are no dates here yet.",
                count,
            ) % {"n": count}
            self._about_course(root, "dates", _("Dates"), reason, verdict="skipped")
        if image := self._said(root, "course_image"):
            reason = _("The course's picture (%(name)s) was left out; courses have drawings here.") % {
                "name": image[:100]
            }
            self._about_course(root, "course_image", _("Course picture"), reason, verdict="skipped")
        for element in root.aside:
            title = element.get("title") or element.get("slug") or str(element.tag)
            reason = (
                _("What it holds is not in the archive.")
                if element.tag == "wiki"
                else _("There are no textbooks here.")
            )
            where = f"{root.file}:{element.sourceline}"
            self.notes.append(NoteData("skipped", str(element.tag), title[:LONGEST_TITLE], reason, where))
        for name in ("pdf_textbooks", "html_textbooks"):
            books = self.policy.get(name)
            for book in books if isinstance(books, list) else []:
                title = str(book.get("tab_title") if isinstance(book, dict) else "") or _("Textbook")
                self._about_course(
                    root, "textbook", title[:LONGEST_TITLE], _("There are no textbooks here."), verdict="skipped"
                )

    def _about_course(self, root: Node, kind: str, title: str, reason: str, *, verdict: Any) -> None:
        self.notes.append(NoteData(verdict, kind, title, reason, root.where))

    def _left_over(self) -> None:
        """Name what stands in the archive and nothing points to."""
        for name in self.source.names():
            is_aside = name.startswith((STATIC, f"{MADE}/", *_ASIDE_FOLDERS)) or _ASIDE_FILES.match(name)
            if name not in self.source.read and not is_aside:
                reason = _("Nothing in the course points to this file.")
                if name.startswith(DRAFTS):
                    reason = _("This draft belongs to no part of the course.")
                self.notes.append(NoteData("skipped", "file", name[-LONGEST_TITLE:], reason, name))
        for name in self.media.left_over:
            reason = _("No text that came in shows this file or links to it; it was not taken.")
            self.notes.append(NoteData("skipped", "file", name[-LONGEST_TITLE:], reason, name))

    def _said(self, root: Node, name: str) -> str:
        """What the policy says of the course, or else its own element."""
        value = root.attributes.get(name) or self.policy.get(name)
        return value.strip('" ') if isinstance(value, str) and value != "null" else ""

    def _name(self, root: Node, name: str) -> str:
        return (root.attributes.get(name) or "").strip()[:80]

    def _json(self, *names: str) -> dict[str, Any]:
        """The first of these files that there is, if it holds an object."""
        for name in names:
            if not self.source.exists(name):
                continue
            try:
                found = self.source.json(name)
            except Unreadable as error:
                self.problems.add(error.file, error.line, error.sentence)
                return {}
            return found if isinstance(found, dict) else {}
        return {}

    def _changed(self, node: Node, reason: str) -> None:
        self._note("changed_on_the_way", node, reason)

    def _skipped(self, node: Node, reason: str) -> None:
        self._note("skipped", node, reason)

    def _note(self, verdict: Any, node: Node, reason: str) -> None:
        title = node.title[:LONGEST_TITLE] or node.tag
        note = NoteData(verdict, node.tag, title, reason, node.where, node.source_id)
        if note not in self.notes[-5:]:
            self.notes.append(note)


_CHOSEN = {
    "library_content": lambda: _("Each student got some of these at random there; here everybody gets all of them."),
    "itembank": lambda: _("Each student got some of these at random there; here everybody gets all of them."),
    "randomize": lambda: _("Each student got one of these at random there; here everybody gets all of them."),
    "conditional": lambda: _("It was shown on a condition there; here everybody sees it."),
}


def _part_ids(root: Node) -> dict[str, str]:
    """Ids here by the names that links use. A link to a chapter leads to its first lesson."""
    found: dict[str, str] = {}
    for node in reversed(list(root.all)):
        if node is root or not node.name:
            continue
        if node.tag == CHAPTER:
            if node.children:
                found[node.name] = node.children[0].source_id
        else:
            found[node.name] = node.source_id
    return found


def _as_draft(block: BlockData) -> BlockData:
    """The block with nothing of it published; what was being written is what there is."""
    settings, text = block.newer or (block.settings, block.text)
    return BlockData(block.source_id, block.kind, settings, text, block.where, True, None, block.branches)


def _decimal(value: Any) -> str | None:
    """A number of a policy as it is written, from 0 to 100."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return format(number.normalize(), "f") if number.is_finite() and 0 <= number <= 100 else None


def _whole(value: Any) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and 0 <= value <= 10_000 else 0
