"""What only other formats bring: drafts beside published texts, branches, notes, HTML, trial runs."""

from dataclasses import replace

import pytest

from core.authz import SYSTEM
from core.errors import Invalid
from core.models import EventLog
from courses.formats.data import (
    BlockData,
    CourseData,
    ExperimentData,
    GroupData,
    LessonData,
    ModuleData,
    NoteData,
    SectionData,
)
from courses.models import Block, BlockRevision, Course, Experiment, Item, Section
from courses.services.content import add_section
from courses.services.importing import import_course
from files.models import StoredFile, Usage
from tests.factories.files import png


def text(source_id, words, **more):
    return BlockData(source_id, "text", {}, words, **more)


def course_of(*sections, **more):
    lesson = LessonData("l", "Lesson", sections=sections, paged=True, grade_category="Homework")
    fields = {"modules": (ModuleData("m", "Module", lessons=(lesson,)),), "origin": "olx", **more}
    return CourseData("org+course+run", "C", "Course", {"licence": "CC BY"}, **fields)


def bring(data, **more):
    return import_course(actor=SYSTEM, data=data, **more)


def said(source_id):
    block = Block.objects.select_related("live", "draft").get(source_id=source_id)
    return (block.live.text if block.live else None, block.draft.text)


def rows():
    return {
        model: list(model._base_manager.order_by("pk").values())
        for model in (Course, Item, Section, Block, BlockRevision, Experiment, EventLog, StoredFile, Usage)
    }


def test_a_course_of_another_system_is_found_again_by_its_origin(db):
    first = bring(course_of(SectionData("s", "Part", (text("b", "Words."),))))
    course, item = first.course, Item.objects.get()
    assert (course.origin, course.slug, course.licence) == ("olx", "org-course-run", "CC BY")
    assert (item.is_paged, item.grade_category) == (True, "Homework")
    before = rows()
    again = bring(course_of(SectionData("s", "Part", (text("b", "Words."),))))
    assert (again.course, again.created, again.changed, again.unchanged) == (course, 0, 0, 3)
    after = rows()
    assert [e["name"] for e in after.pop(EventLog)[len(before.pop(EventLog)) :]] == ["courses.CourseImported"]
    assert after == before


def test_a_newer_text_waits_and_a_draft_is_not_shown(db):
    section = SectionData(
        "s", "", (text("both", "Shown.", newer=({}, "Newer.")), text("draft", "Hidden.", is_draft=True))
    )
    bring(course_of(section))
    assert (said("both"), said("draft")) == (("Shown.", "Newer."), (None, "Hidden."))
    item = Item.objects.get()
    assert (item.is_published, item.has_unpublished_changes) == (True, True)
    before = rows()
    assert bring(course_of(section)).unchanged == 3
    assert {m: r for m, r in rows().items() if m is not EventLog} == {
        m: r for m, r in before.items() if m is not EventLog
    }


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (text("b", "One."), text("b", "One.", newer=({}, "Two.")), ("One.", "Two.")),
        (text("b", "One.", newer=({}, "Two.")), text("b", "Two."), ("Two.", "Two.")),
        (text("b", "One.", newer=({}, "Two.")), text("b", "One."), ("One.", "One.")),
        (text("b", "One.", newer=({}, "Two.")), text("b", "Three.", newer=({}, "Two.")), ("Three.", "Two.")),
        (text("b", "One.", is_draft=True), text("b", "One."), ("One.", "One.")),
        (text("b", "One."), text("b", "One.", is_draft=True), (None, "One.")),
    ],
)
def test_what_is_shown_follows_the_source(db, before, after, expected):
    bring(course_of(SectionData("s", "", (before,))))
    report = bring(course_of(SectionData("s", "", (after,))))
    assert said("b") == expected
    assert (report.changed, [(e.source_id, e.verdict) for e in report.entries if e.kind == "text"]) == (
        1,
        [("b", "changed")],
    )
    assert bring(course_of(SectionData("s", "", (after,)))).changed == 0


QUESTION = {
    "kind": "single",
    "explanation": "Because.",
    "options": [{"id": "a", "text": "A", "right": True}, {"id": "b", "text": "B"}],
}


def test_a_question_keeps_its_newer_wording_as_a_draft(db):
    def with_question(now, newer=None):
        block = BlockData("q", "question", QUESTION, now, newer=newer and (QUESTION, newer))
        return course_of(SectionData("s", "", (block,)))

    bring(with_question("One?", "Two?"))
    assert said("q") == ("One?", "Two?")
    bring(with_question("Three?", "Two?"))
    assert said("q") == ("Three?", "Two?")
    question = Block.objects.get().question_link.question
    assert question.current.stem == "Two?"
    assert bring(with_question("Three?", "Two?")).changed == 0


TWO = ExperimentData("e", "Two ways", (GroupData("g0", "Plain"), GroupData("g1", "Long")))


def branched(first="Plain words.", second="Long words.", name="Two ways"):
    branches = (
        SectionData("v0", "First", (text("b0", first),), group="g0"),
        SectionData("v1", "Second", (text("b1", second),), group="g1"),
    )
    block = BlockData("split", "branches", {"experiment": "e"}, "", branches=branches)
    section = SectionData("s", "", (block, text("after", "For all.")))
    return course_of(section, experiments=(replace(TWO, name=name),))


def test_branches_become_sections_in_their_block(db):
    bring(branched())
    split = Block.objects.get(source_id="split")
    inside = list(Section.objects.filter(inside=split).values_list("source_id", "title", "group__source_id"))
    assert inside == [("v0", "First", "g0"), ("v1", "Second", "g1")]
    before = rows()
    assert bring(branched()).unchanged == 3
    before.pop(EventLog)
    assert {m: r for m, r in rows().items() if m is not EventLog} == before
    report = bring(branched(second="Longer.", name="Two roads"))
    assert (said("b1"), Experiment.objects.get().name, report.changed) == (("Longer.", "Longer."), "Two roads", 1)


def test_what_stands_in_a_branch_no_longer_is_left_there(db):
    bring(branched())
    add_section(actor=SYSTEM, item=Item.objects.get(), title="Ours", source_id="ours")
    report = bring(course_of(SectionData("s", "", (text("after", "For all."),))))
    left = {(e.kind, e.source_id) for e in report.left}
    assert left == {
        ("section", "ours"),
        ("section", "v0"),
        ("section", "v1"),
        ("branches", "split"),
        ("text", "b0"),
        ("text", "b1"),
    }


def test_notes_of_the_reader_stand_in_the_report_with_their_place(db):
    note = NoteData("skipped", "word_cloud", "Cloud", "It cannot be shown.", "word_cloud/x.xml", "b")
    report = bring(course_of(SectionData("s", "", (text("b", "Words."),)), notes=(note,)))
    [entry] = report.skipped
    block = Block.objects.get()
    assert entry.as_dict() == {
        "kind": "word_cloud",
        "title": "Cloud",
        "source_id": "b",
        "verdict": "skipped",
        "reason": "It cannot be shown.",
        "where": "word_cloud/x.xml",
        "module": "Module",
        "lesson": str(block.section.item.public_id),
        "block": str(block.public_id),
    }


def test_html_keeps_its_source_and_names_its_files_by_their_ids(db, tmp_path):
    (tmp_path / "a.png").write_bytes(png())
    words = '<p onclick="x()">See <img src="media/a.png" alt="A dot"> and <a href="part:l">there</a>.</p>'
    section = SectionData("s", "", (BlockData("h", "html", {}, words),))
    report = bring(course_of(section, media={"media/a.png": tmp_path / "a.png"}))
    file = StoredFile.objects.get()
    block = Block.objects.get()
    assert block.live.text == words.replace("media/a.png", f"file:{file.public_id}")
    assert ("onclick" in block.live.html, f"file:{file.public_id}" in block.live.html) == (False, True)
    assert set(file.usages.values_list("owner_kind", flat=True)) == {"lesson", "lesson_draft"}
    assert report.counts == {"module": 1, "lesson": 1, "section": 1, "html": 1, "file": 1}


def test_a_trial_says_what_would_be_and_leaves_nothing(db, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "stored"
    (tmp_path / "a.png").write_bytes(png())
    question = BlockData("q", "question", QUESTION, "What shows ![this](media/a.png)?")
    data = course_of(SectionData("s", "", (question,)), media={"media/a.png": tmp_path / "a.png"})
    before = rows()
    report = bring(data, trial=True)
    assert (report.is_trial, report.is_new, report.created) == (True, True, 3)
    assert rows() == before
    assert not settings.MEDIA_ROOT.exists()
    real = bring(data)
    assert [e.verdict for e in real.entries] == [e.verdict for e in report.entries]
    after = rows()
    assert bring(data, trial=True).unchanged == 3
    assert rows() == after


def test_what_a_kind_refuses_is_told_with_its_place(db):
    broken = BlockData("q", "question", {"kind": "single", "options": []}, "What?", "problem/q.xml")
    with pytest.raises(Invalid) as refused:
        bring(course_of(SectionData("s", "", (broken, BlockData("p", "poem", {}, "x", "poem/p.xml")))))
    assert set(refused.value.fields) == {"problem/q.xml", "poem/p.xml"}
    assert not Course.everything.exists()
