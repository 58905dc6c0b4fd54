"""Real exports: what comes in, and what the notes name, is together what another reader finds in the source.

That reader uses the standard library alone and shares nothing with the code under test.
"""

import json
import re
import resource
import tarfile
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import lxml.html
import pytest

from core.slots import BLOCK_KINDS
from courses.formats import archive
from courses.formats.data import CourseData
from courses.formats.olx import read_course
from tests.samples import sample_folder

pytestmark = pytest.mark.samples

CONTAINERS = {"course", "chapter", "sequential", "vertical", "split_test"}
KINDS = {"html": "html", "video": "video", "problem": "question", "poll": "poll", "survey": "poll"}


@dataclass
class Found:
    """``parts`` maps (tag, name) to the element that says what it is; ``above`` to the tag above it.

    ``files`` are the names under static/ with the name of the part that shows them, or nothing for a page.
    """

    parts: dict[tuple[str, str], ElementTree.Element] = field(default_factory=dict)
    above: dict[tuple[str, str], str] = field(default_factory=dict)
    drafts: dict[tuple[str, str], ElementTree.Element] = field(default_factory=dict)
    files: set[tuple[str, str]] = field(default_factory=set)

    def count(self, tag: str) -> int:
        return sum(kind == tag for kind, _name in self.parts)

    @property
    def components(self) -> dict[str, str]:
        both = {**self.drafts, **self.parts}
        return {name: tag for tag, name in both if tag not in CONTAINERS}


class Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in ("script", "link"):
            self.found += [value for name, value in attributes if name in ("src", "href") and value]


class Plain:
    """The other reader."""

    def __init__(self, path: Path) -> None:
        with tarfile.open(path) as packed:
            members = [member for member in packed if member.isfile()]
            self.files = {m.name.split("/", 1)[1]: packed.extractfile(m).read() for m in members}  # type: ignore[union-attr]
        self.found = Found()

    def read(self) -> Found:
        self.walk(ElementTree.fromstring(self.files["course.xml"]), "", self.found.parts, ("",))  # noqa: S314 -- samples
        for name, content in sorted(self.files.items()):
            if name.startswith("drafts/vertical/"):
                root = ElementTree.fromstring(content)  # noqa: S314 -- samples
                key = ("vertical", Path(name).stem)
                if root.get("parent_url") and key not in self.found.parts:
                    self.found.drafts[key] = root
                    for child in root:
                        self.walk(child, "vertical", self.found.drafts, ("drafts/", ""))
        self.find_files()
        return self.found

    def walk(self, element: ElementTree.Element, above: str, parts: dict, places: tuple[str, ...]) -> None:
        name = element.get("url_name")
        for place in places:
            content = self.files.get(f"{place}{element.tag}/{name}.xml")
            if content is not None and not len(element) and (name, element.tag) != (None, "course"):
                element = ElementTree.fromstring(content)  # noqa: S314 -- samples
                break
        if name is None and element.tag not in CONTAINERS | set(KINDS):
            return
        if element.tag == "wiki":
            return
        parts[(element.tag, name or str(len(parts)))] = element
        self.found.above[(element.tag, name or "")] = above
        if element.tag in CONTAINERS:
            for child in element:
                self.walk(child, element.tag, parts, places)

    def find_files(self) -> None:
        """Files under static/ that a text or a film that is shown names."""
        texts = [("", self.files[name].decode()) for name in self.files if re.match(r"tabs/|info/handouts", name)]
        if "info/updates.items.json" in self.files:
            updates = json.loads(self.files["info/updates.items.json"])
            texts += [("", item["content"]) for item in updates if item["status"] != "deleted"]
        for (tag, name), element in {**self.found.parts, **self.found.drafts}.items():
            if tag == "html" and element.get("filename"):
                file = f"html/{element.get('filename')}.html"
                texts.append((name, self.files.get(f"drafts/{file}", self.files.get(file, b"")).decode()))
            elif tag in ("html", "problem"):
                texts.append((name, ElementTree.tostring(element, encoding="unicode")))
            elif tag == "video":
                self.found.files |= {(name, e.get("src", "")) for e in element.iter("transcript")}
        for name, text in texts:
            reader = Addresses()
            reader.feed(text)
            for address in reader.found:
                if address.startswith("/static/"):
                    self.found.files.add((name, unquote(re.split("[?#]", address[8:])[0])))


def loose(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache
def course_of(name: str) -> tuple[CourseData, Found]:
    path = sample_folder("courses") / "olx" / f"{name}.tar.gz"
    with archive.opened(path) as folder:
        return read_course(folder), Plain(path).read()


SAMPLES = ["harvardx-studio-advanced", "edx-supported-components", "mitx-grading-demo"]


@pytest.mark.parametrize("name", SAMPLES)
def test_everything_came_in_or_is_named(name):
    course, found = course_of(name)
    lessons = list(course.lessons)
    blocks = {block.source_id: block for lesson in lessons for block in lesson.blocks}
    sections = [section for lesson in lessons for section in lesson.sections]
    branches = [branch for block in blocks.values() for branch in block.branches]
    assert len(course.modules) == found.count("chapter")
    assert len(lessons) == found.count("sequential")
    drafted = [key for key in found.drafts if key[0] == "vertical"]
    assert len(sections) + len(branches) == found.count("vertical") + len(drafted)
    assert sum(block.kind == "branches" for block in blocks.values()) == found.count("split_test")

    skipped = {note.source_id for note in course.notes if note.verdict == "skipped"}
    for source_id, tag in found.components.items():
        if source_id in skipped:
            assert source_id not in blocks or blocks[source_id].kind == "notice"
        else:
            assert blocks[source_id].kind == KINDS[tag]
    known = set(found.components) | {name for tag, name in found.parts if tag == "split_test"}
    assert set(blocks) == known - {s for s in skipped if s not in blocks}
    notices = {source_id for source_id, block in blocks.items() if block.kind == "notice"}
    assert notices <= skipped


@pytest.mark.parametrize("name", ["harvardx-studio-advanced", "mitx-grading-demo"])
def test_files_came_in_or_are_named(name):
    """The other export names its files in ways that this plain reader does not follow."""
    course, found = course_of(name)
    taken = {loose(Path(name).stem) for name in course.media}
    said = loose(" ".join(note.reason for note in course.notes))
    skipped = {note.source_id for note in course.notes if note.verdict == "skipped" and note.source_id}
    wanted = {file for part, file in found.files if part not in skipped}
    assert {file for file in wanted if loose(Path(file).stem) not in taken and loose(file) not in said} == set()
    assert taken <= {loose(Path(file).stem) for file in wanted}


def test_the_counts_of_the_large_course():
    course, found = course_of("harvardx-studio-advanced")
    tags = ("chapter", "sequential", "vertical", "split_test", "html", "problem", "poll", "survey", "video")
    assert {tag: found.count(tag) for tag in (*tags, "discussion", "word_cloud", "openassessment")} == {
        "chapter": 9,
        "sequential": 47,
        "vertical": 286,
        "split_test": 30,
        "html": 315,
        "problem": 76,
        "poll": 121,
        "survey": 3,
        "video": 17,
        "discussion": 2,
        "word_cloud": 1,
        "openassessment": 1,
    }
    published = Counter(block.kind for lesson in course.lessons for block in lesson.blocks if not block.is_draft)
    empty = [note for note in course.notes if (note.verdict, note.kind) == ("skipped", "html")]
    assert published == {
        "html": 256,
        "poll": 124,
        "question": 70,
        "branches": 30,
        "video": 17,
        # Six problems that a program marks, two discussions, the word cloud, the open assessment.
        "notice": 10,
    }
    # One of those without words is a draft.
    assert len([note for note in empty if not note.where.startswith("drafts/")]) == 315 - 256
    assert all(note.reason.startswith("It holds nothing to read.") for note in empty)
    assert [(page.title, page.published) for page in course.pages] == [
        ("Links", True),
        ("Key", True),
        ("Updates", True),
    ]
    assert [len(experiment.groups) for experiment in course.experiments] == [3, 4]
    assert course.settings["licence"].startswith(
        "Studio Advanced is provided under the Creative Commons Attribution 4.0"
    )
    assert {c["name"] for c in course.settings["grading"]["categories"]} == {
        "Planning",
        "Operations",
        "Short Projects",
        "Long Projects",
    }
    assert all(
        b.settings["captions"].endswith(".vtt")
        for m in course.modules
        for lesson in m.lessons
        for b in lesson.blocks
        if b.kind == "video"
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_every_block_can_be_stored_and_every_link_leads_somewhere(name):
    course, _found = course_of(name)
    ids = {section.source_id for lesson in course.lessons for section in lesson.sections}
    ids |= {block.source_id for lesson in course.lessons for block in lesson.blocks}
    ids |= {b.source_id for lesson in course.lessons for block in lesson.blocks for b in block.branches}
    ids |= {lesson.source_id for lesson in course.lessons}
    empty = {note.source_id for note in course.notes if note.verdict == "skipped"}
    for block in (block for lesson in course.lessons for block in lesson.blocks):
        assert BLOCK_KINDS[block.kind].validate(block.settings, block.text) == []
        if block.kind == "html":
            tree = lxml.html.fragment_fromstring(block.text, create_parent="div")
            assert not list(tree.iter("script", "style", "link", "iframe", "object"))
            for address in tree.xpath("//@href | //@src | //@poster"):
                assert not address.startswith(("/", "javascript:", "data:"))
                if address.startswith("media/"):
                    assert address in course.media
                if address.startswith("part:"):
                    assert address.removeprefix("part:") in ids | empty


def test_the_large_course_is_read_quickly_and_in_little_memory():
    path = sample_folder("courses") / "olx" / "harvardx-studio-advanced.tar.gz"
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.thread_time()
    with archive.opened(path) as folder:
        read_course(folder)
    assert time.thread_time() - began < 12
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 60
