"""What a folder may hold beside text: grading, experiments and their branches, pages, HTML, lessons in pages."""

import pytest

from core.authz import SYSTEM
from courses.formats.folder import read_course
from courses.formats.folder_writing import write_course
from courses.models import Course, Item, Page, Section
from courses.services.importing import import_course
from tests.courses.formats.test_broken_folders import COURSE, HEAD, LESSON, SVG, lay, problems
from tests.courses.formats.test_round_trip import contents, moved_away

GRADING = '[grading]\npass = "0.6"\n\n[[grading.categories]]\nname = "Homework"\nweight = "1"\n'
EXPERIMENT = """
[[experiments]]
id = "Two.Ways_1"
name = "Two ways"
[[experiments.groups]]
id = "plain"
name = "Plain"
[[experiments.groups]]
id = "long"
name = "Long"
"""
BODY = """# First {#first}

:::branches {#Split_1.a}
experiment = "Two.Ways_1"
:::

After both.

# Plain {#v-plain in=Split_1.a group=plain}

Plain words.

# {#v-long in=Split_1.a group=long}

:::html {#raw}
---
<p>Long <img src="media/dot.svg" alt="A dot"></p>
:::

# Last {#last}

The end.
"""
PAGED = HEAD.replace("Dots", 'Dots"\npaged = true\ncategory = "Homework')
FILES = {
    "course.toml": COURSE + GRADING + EXPERIMENT,
    LESSON: PAGED + BODY,
    "media/dot.svg": SVG,
    "pages/01-words.md": '+++\nid = "words"\ntitle = "Words"\n+++\nA **dot**: ![A dot](media/dot.svg)\n',
    "pages/02-help.html": '+++\nid = "help"\ntitle = "Help"\npublished = false\n+++\n<p>Ask.</p>\n',
}


def test_all_of_it_comes_in_and_goes_out_again(db, tmp_path):
    course = import_course(actor=SYSTEM, path=lay(tmp_path / "in", **FILES)).course
    assert course.grading == {"pass": "0.6", "categories": [{"name": "Homework", "weight": "1"}]}
    item = Item.objects.get()
    assert (item.is_paged, item.grade_category) == (True, "Homework")
    inside = Section.objects.filter(inside__source_id="Split_1.a").order_by("rank")
    assert list(inside.values_list("source_id", "title", "group__name")) == [
        ("v-plain", "Plain", "Plain"),
        ("v-long", "", "Long"),
    ]
    assert list(Page.objects.values_list("title", "markup", "is_published")) == [
        ("Words", "markdown", True),
        ("Help", "html", False),
    ]
    again = import_course(actor=SYSTEM, path=tmp_path / "in")
    assert (again.changed, again.left) == (0, [])
    write_course(course, tmp_path / "one")
    moved_away(course)
    second = import_course(actor=SYSTEM, path=tmp_path / "one").course
    write_course(second, tmp_path / "two")
    assert contents(tmp_path / "two") == contents(tmp_path / "one")
    assert read_course(tmp_path / "one").experiments == read_course(tmp_path / "in").experiments


def test_pages_keep_the_order_of_the_folder(db, tmp_path):
    root = lay(tmp_path, **FILES)
    course = import_course(actor=SYSTEM, path=root).course
    (root / "pages/01-words.md").rename(root / "pages/03-words.md")
    import_course(actor=SYSTEM, path=root)
    assert list(Page.objects.filter(course=course).values_list("title", flat=True)) == ["Help", "Words"]
    (root / "pages/02-help.html").unlink()
    report = import_course(actor=SYSTEM, path=root)
    assert [(entry.kind, entry.title) for entry in report.left] == [("page", "Help")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {LESSON: PAGED + BODY.replace("in=Split_1.a group=plain", "in=other group=plain")},
            {f"{LESSON}:15": ["No block of kind “branches” before this has the id “other”."]},
        ),
        (
            {LESSON: PAGED + BODY.replace("group=plain", "group=long")},
            {f"{LESSON}:9": ["Two branches of this block are for the same group."]},
        ),
        (
            {LESSON: PAGED + BODY.replace("group=plain", "group=third")},
            {f"{LESSON}:9": ["The experiment “Two.Ways_1” has no group “third”."]},
        ),
        (
            {"course.toml": COURSE + GRADING},
            {f"{LESSON}:9": ["“experiment”: course.toml has no experiment with the id “Two.Ways_1”."]},
        ),
        (
            {"pages/02-help.html": "<p>Ask.</p>"},
            {"pages/02-help.html:1": ["This file begins with a line “+++”, its head, and another line “+++”."]},
        ),
        (
            {"pages/notes.txt": "x"},
            {"pages/notes.txt": ["The format does not know this file. Take it out, or rename it."]},
        ),
        (
            {"pages/01-words.md": FILES["pages/01-words.md"].replace("dot.svg", "none.svg")},
            {"pages/01-words.md:5": ["There is no file “media/none.svg”."]},
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, changes, expected):
    assert problems(lay(tmp_path, **{**FILES, **changes})) == expected


def test_a_folder_that_is_refused_leaves_nothing(db, tmp_path):
    lay(tmp_path, **{**FILES, "course.toml": COURSE + '[grading]\npass = "high"\n'})
    assert [place.split(":")[0] for place in problems(tmp_path)] == ["course.toml", LESSON]
    assert not Course.everything.exists()
