"""The tree of an Open edX course: pointers followed, cycles and doubled ids refused, drafts put beside what they change."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from courses.formats.data import NoteData
from courses.formats.olx.source import Source, Unreadable, read_json
from courses.formats.problems import ArchiveProblems

COURSE, CHAPTER, VERTICAL, SPLIT_TEST = "course", "chapter", "vertical", "split_test"
SEQUENTIALS = frozenset({"sequential", "problemset", "videosequence"})
# Their children are shown one after the other; what chooses among them there does not exist here.
CHOOSERS = frozenset({"library_content", "randomize", "conditional", "wrapper", "itembank"})
CONTAINERS = frozenset({COURSE, CHAPTER, VERTICAL, SPLIT_TEST}) | SEQUENTIALS | CHOOSERS
OUTLINE = frozenset({COURSE, CHAPTER, VERTICAL, SPLIT_TEST}) | SEQUENTIALS
# Children that say something of their parent and are no parts of their own.
ASIDE = frozenset({"wiki", "textbook"})
DRAFTS = "drafts/"
LONGEST_ID = 200
DEEPEST = 20
_ID_IN_ADDRESS = re.compile(r"(?:@|block/|/)([^@/]+)$")
_POINTER = frozenset({"url_name", "slug", "org", "course"})


@dataclass
class Node:
    """A part of the course. ``attributes`` are its own with those that policies and parts above it give.

    ``draft`` is what is being written in its place; ``is_draft`` says that nothing of it was published.
    """

    tag: str
    source_id: str
    element: etree._Element
    file: str
    attributes: dict[str, str]
    children: list["Node"] = field(default_factory=list)
    aside: list[etree._Element] = field(default_factory=list)
    draft: "Node | None" = None
    is_draft: bool = False
    name: str = ""

    @property
    def where(self) -> str:
        line: Any = self.element.sourceline
        return f"{self.file}:{line}" if line else self.file

    @property
    def title(self) -> str:
        return " ".join((self.attributes.get("display_name") or self.attributes.get("block_name", "")).split())

    @property
    def all(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.all

    def is_true(self, name: str) -> bool:
        return self.attributes.get(name, "").strip('" ').lower() == "true"

    def json(self, name: str) -> Any:
        """The value of an attribute that holds JSON; None for one that is missing or broken."""
        try:
            return read_json(self.attributes.get(name, ""))
        except (ValueError, RecursionError):
            return None


# Given on to the parts below, unless they say otherwise.
INHERITED = ("showanswer", "max_attempts", "rerandomize", "show_reset_button", "graceperiod")


class OutlineReader:
    """Reads the tree; what is wrong with it is added to ``problems``, what is lost to ``notes``."""

    def __init__(self, source: Source, problems: ArchiveProblems, notes: list[NoteData]) -> None:
        self.source = source
        self.problems = problems
        self.notes = notes
        self.policy: dict[str, dict[str, str]] = {}
        self.run = ""
        self._known: dict[tuple[str, str], str] = {}
        self._plain_ids: dict[str, str] = {}
        self._in_drafts = False
        self._by_tag: dict[tuple[str, str], Node] = {}

    def read(self) -> Node | None:
        """The course with everything below it; None if there is not even that."""
        try:
            root = self.source.xml("course.xml")
        except Unreadable as error:
            self.problems.add(error.file, error.line, error.sentence)
            return None
        if root.tag != COURSE:
            self.problems.add("course.xml", root.sourceline, _("This file holds no <course>."))
            return None
        self.run = root.get("url_name", "").strip() or "course"
        self._read_policy()
        node = self._node(root, "course.xml", "", 1, ())
        if node is None:
            return None
        self._read_drafts()
        return node

    # Published parts, and those of drafts

    def _node(
        self, element: etree._Element, file: str, fallback_id: str, depth: int, above: tuple[Node, ...]
    ) -> Node | None:
        """The part that an element is or points to; None for one that is missing or must not be read."""
        tag, line = str(element.tag), element.sourceline
        name = (element.get("url_name") or element.get("slug") or "").strip()
        if depth > DEEPEST:
            most = {"most": DEEPEST}
            self.problems.add(file, line, _("Parts stand more than %(most)s deep in each other.") % most)
            return None
        if any(part.tag == tag and part.name == name and name for part in above):
            chain = " → ".join([*(part.name for part in above if part.name), name])
            self.problems.add(file, line, _("This part holds itself: %(chain)s.") % {"chain": chain[-300:]})
            return None
        found = self._followed(element, tag, name, file)
        if found is None:
            return None
        inner, inner_file = found
        if inner is element and not self._is_new(tag, name, file, line):
            return None
        if inner is not element and not self._is_new(tag, name, inner_file, inner.sourceline, pointer=(file, line)):
            return None
        attributes = self._attributes(tag, name, element, inner, above)
        node = Node(tag, self._id(tag, name or fallback_id), inner, inner_file, attributes, name=name)
        if not self._in_drafts:
            self._by_tag[(tag, name)] = node
        if tag in CONTAINERS:
            self._read_children(node, depth, (*above, node))
        return node

    def _read_children(self, node: Node, depth: int, above: tuple[Node, ...]) -> None:
        unnamed: dict[str, int] = {}
        for child in node.element:
            if not isinstance(child.tag, str):
                continue
            if child.tag in ASIDE:
                node.aside.append(child)
                continue
            unnamed[child.tag] = unnamed.get(child.tag, 0) + 1
            fallback = f"{node.source_id}-{child.tag}-{unnamed[child.tag]}"
            if (inner := self._node(child, node.file, fallback, depth + 1, above)) is not None:
                node.children.append(inner)

    def _followed(self, element: etree._Element, tag: str, name: str, file: str) -> tuple[etree._Element, str] | None:
        """The element itself, or the one in the file that it points to."""
        is_empty = len(element) == 0 and not (element.text or "").strip()
        if not name or not is_empty:
            return element, file
        path = name.replace(":", "/")
        if path.startswith("/") or "\\" in path or any(part in ("", ".", "..") for part in path.split("/")):
            sentence = _("The name “%(name)s” leads outside of the archive.") % {"name": name[:200]}
            self.problems.add(file, element.sourceline, sentence)
            return None
        places = [f"{base}{tag}/{path}.xml" for base in ((DRAFTS, "") if self._in_drafts else ("",))]
        target = next((place for place in places if self.source.exists(place)), None)
        if target is None:
            if not _POINTER.issuperset(element.attrib) or tag == "discussion":
                return element, file
            self._missing(element, tag, places[-1], file)
            return None
        try:
            inner = self.source.xml(target)
        except Unreadable as error:
            self.problems.add(error.file, error.line, error.sentence)
            return None
        if inner.tag != tag:
            names = {"found": str(inner.tag)[:50], "tag": tag, "file": file}
            sentence = _("This file holds <%(found)s>, but %(file)s looks for <%(tag)s> here.") % names
            self.problems.add(target, inner.sourceline, sentence)
            return None
        return inner, target

    def _missing(self, element: etree._Element, tag: str, target: str, file: str) -> None:
        line = element.sourceline
        if tag in OUTLINE:
            sentence = _("The file “%(target)s” is missing, which this part of the course points to.")
            self.problems.add(file, line, sentence % {"target": target[:200]})
            return
        reason = _("The file “%(target)s” is missing.") % {"target": target[:200]}
        self.notes.append(NoteData("skipped", tag, element.get("url_name", "")[:200], reason, f"{file}:{line}"))

    def _is_new(
        self, tag: str, name: str, file: str, line: int | None, pointer: tuple[str, int | None] | None = None
    ) -> bool:
        if not name or self._in_drafts:
            return True
        at = pointer or (file, line)
        if (tag, name) in self._known:
            values = {"id": name[:200], "where": self._known[(tag, name)]}
            self.problems.add(*at, _("The id “%(id)s” is used in %(where)s already.") % values)
            return False
        self._known[(tag, name)] = f"{at[0]}:{at[1]}" if at[1] else at[0]
        return True

    def _id(self, tag: str, name: str) -> str:
        """The name as it is; parts of different kinds may share one there, but not here."""
        kind = "part" if tag not in CONTAINERS or tag in CHOOSERS or tag == SPLIT_TEST else tag
        if len(name) > LONGEST_ID - 20:
            name = f"{name[:150]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        if kind == "part" and self._plain_ids.setdefault(name, tag) != tag:
            return f"{tag}-{name}"
        return name

    def _attributes(
        self, tag: str, name: str, pointer: etree._Element, inner: etree._Element, above: tuple[Node, ...]
    ) -> dict[str, str]:
        inherited = {n: above[-1].attributes[n] for n in INHERITED if above and n in above[-1].attributes}
        own = {str(n): str(v) for n, v in inner.attrib.items()} | {str(n): str(v) for n, v in pointer.attrib.items()}
        return inherited | own | self.policy.get(f"{tag}/{name}", {})

    def _read_policy(self) -> None:
        for name in (f"policies/{self.run}/policy.json", f"policies/{self.run}.json"):
            if "/../" in name or not self.source.exists(name):
                continue
            try:
                policy = self.source.json(name)
            except Unreadable as error:
                self.problems.add(error.file, error.line, error.sentence)
                return
            if isinstance(policy, dict):
                self.policy = {str(k): _as_attributes(v) for k, v in policy.items() if isinstance(v, dict)}
            return

    # Drafts

    def _read_drafts(self) -> None:
        """Put each draft beside the part that it changes, or where it would stand."""
        self._in_drafts = True
        new: list[tuple[int, Node, Node]] = []
        for file in self.source.names():
            if not file.startswith(f"{DRAFTS}{VERTICAL}/") or not file.endswith(".xml"):
                continue
            name = file.removeprefix(f"{DRAFTS}{VERTICAL}/").removesuffix(".xml")
            # The branch of a comparison is read where its comparison stands; what nobody reads is named in the end.
            was_read = file in self.source.read
            try:
                root = self.source.xml(file)
            except Unreadable as error:
                self.problems.add(error.file, error.line, error.sentence)
                continue
            parent = root.get("parent_url") or root.get("parent_sequential_url")
            published = self._by_tag.get((VERTICAL, name))
            above = self._parent_of(parent) if parent else None
            if not parent or (published is None and above is None):
                if not was_read:
                    self.source.read.discard(file)
                continue
            root.set("url_name", name)
            draft = self._draft(root, file, name, above)
            if draft is None:
                continue
            if published is not None:
                self._merge(published, draft)
            elif above is not None:
                new.append((_whole(root.get("index_in_children_list")), draft, above))
        for place, draft, parent_node in sorted(new, key=lambda entry: entry[0]):
            self._leave_published(draft)
            _mark_as_draft(draft)
            parent_node.children.insert(place, draft)

    def _parent_of(self, address: str) -> Node | None:
        found = _ID_IN_ADDRESS.search(address.strip())
        name = found[1] if found else ""
        return next((self._by_tag[tag, name] for tag in sorted(SEQUENTIALS) if (tag, name) in self._by_tag), None)

    def _draft(self, root: etree._Element, file: str, name: str, above: Node | None) -> Node | None:
        """The draft with everything below it."""
        parents = (above,) if above else ()
        attributes = self._attributes(VERTICAL, name, root, root, parents)
        node = Node(VERTICAL, name, root, file, attributes, name=name)
        self._read_children(node, len(parents) + 2, (*parents, node))
        return node

    def _merge(self, published: Node, draft: Node) -> None:
        """Give the published parts their drafts, add those that are new, name those that the draft takes out."""
        if draft.title != published.title and draft.tag == VERTICAL:
            reason = _("Its draft has the title “%(title)s”; titles have no drafts here.") % {
                "title": draft.title[:200]
            }
            self._note(published, reason)
        known = {(child.tag, child.source_id): child for child in published.children}
        kept: set[tuple[str, str]] = set()
        place = 0
        for child in draft.children:
            key = (child.tag, child.source_id)
            if key in known:
                kept.add(key)
                place = published.children.index(known[key]) + 1
                if child.tag in CONTAINERS:
                    self._merge(known[key], child)
                else:
                    known[key].draft = child
            elif not self._is_elsewhere(child):
                self._leave_published(child)
                _mark_as_draft(child)
                published.children.insert(place, child)
                place += 1
        for key, child in known.items():
            if key not in kept and not child.is_draft:
                self._note(child, _("A draft takes it out; it stays until somebody takes it out here."))

    def _is_elsewhere(self, node: Node) -> bool:
        """Whether a part of a draft was published in another place; it is left there, and this is said."""
        if not node.name or (node.tag, node.name) not in self._by_tag:
            return False
        self._note(node, _("A draft moves it to another place; it stays where it was published."))
        return True

    def _leave_published(self, draft: Node) -> None:
        draft.children = [child for child in draft.children if not self._is_elsewhere(child)]
        for child in draft.children:
            self._leave_published(child)

    def _note(self, node: Node, reason: str) -> None:
        note = NoteData("changed_on_the_way", node.tag, node.title[:200], reason, node.where, node.source_id)
        self.notes.append(note)


def _mark_as_draft(node: Node) -> None:
    for part in node.all:
        part.is_draft = True


def _whole(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 6 else 10**6


def _as_attributes(values: dict[str, Any]) -> dict[str, str]:
    """Values of a policy, written as attributes are; null says nothing."""
    written = {}
    for name, value in values.items():
        if value is not None:
            written[str(name)] = value if isinstance(value, str) else json.dumps(value)
    return written
