"""What an export says of the course as a whole: policies, licence, description, pages."""

import json
import tarfile

import pytest

from courses.formats import archive
from courses.formats.data import NoteData, PageData
from courses.formats.olx import licence, read_course
from courses.formats.references import length_here
from tests.courses.formats.olx.export import PNG, SOUND, lay, read, reasons


def policy(**course: object) -> dict[str, str]:
    return {"policies/run/policy.json": json.dumps({"course/run": course})}


def test_the_grading_policy_and_the_categories_of_lessons(tmp_path):
    rows = [
        {"type": "Homework", "short_label": "HW", "weight": 0.4, "drop_count": 2, "min_count": 9},
        {"type": "Exam", "weight": 0.60, "drop_count": 0, "min_count": 1},
        {"type": "Broken", "weight": "much"},
    ]
    course = read(
        tmp_path,
        {
            "policies/run/grading_policy.json": json.dumps({"GRADER": rows, "GRADE_CUTOFFS": {"A": 0.9, "B": 0.5}}),
            "chapter/c1.xml": """<chapter><sequential url_name="s1"/>
                <sequential url_name="a" format="Exam" graded="true" display_name="A"/>
                <sequential url_name="b" format="Exam" graded="false" display_name="B"/>
                <sequential url_name="c" format="Lab" graded="true" display_name="C"/></chapter>""",
        },
    )
    assert course.settings["grading"] == {
        "categories": [
            {"name": "Homework", "short": "HW", "weight": "0.4", "drop": 2, "count": 9},
            {"name": "Exam", "short": "", "weight": "0.6", "drop": 0, "count": 1},
        ],
        "pass": "0.5",
    }
    assert [lesson.grade_category for lesson in course.lessons] == ["", "Exam", "", ""]
    assert reasons(course, "sequential") == ["The grading policy has no category “Lab”."]
    assert reasons(course, "grading") == [
        "Grades between the lowest and the highest are not kept; the lowest is what passes."
    ]


def test_settings_from_the_policy(tmp_path):
    course = read(
        tmp_path,
        policy(
            language="pt-br", display_coursenumber="Demonstration of a Course", start="2019-01-01", course_image="a.png"
        )
        | {
            "about/short_description.html": "  A <b>short</b> one.\n",
            "about/overview.html": "<h2>About</h2><p>One <a href='/x'>two</a></p>",
        },
    )
    assert course.settings == {"language": "pt-br", "summary": "A **short** one.", "description": "## About\n\nOne two"}
    assert course.code == "Demonstration of a C"
    assert [(note.verdict, note.kind) for note in course.notes] == [
        ("changed_on_the_way", "licence"),
        ("changed_on_the_way", "about"),
        ("skipped", "dates"),
        ("skipped", "course_image"),
    ]


def test_the_example_of_a_description_is_no_description(tmp_path):
    course = read(tmp_path, {"about/overview.html": "<p>Include your long course description here. The…</p>"})
    assert "description" not in course.settings
    assert reasons(course, "about") == ["It is the example that Studio gives; it says nothing of this course."]


def test_pages(tmp_path):
    tabs = [
        {"type": "courseware", "name": "Course"},
        {"type": "static_tab", "name": "Links", "url_slug": "links"},
        {"type": "static_tab", "name": "Hidden", "url_slug": "hidden", "course_staff_only": True},
        {"type": "static_tab", "name": "Gone", "url_slug": "gone"},
    ]
    updates = [
        {"id": 2, "date": "May 2", "content": "<p>Two</p>", "status": "visible"},
        {"id": 1, "date": "May 1", "content": "<p>One</p>", "status": "deleted"},
    ]
    course = read(
        tmp_path,
        policy(tabs=tabs)
        | {
            "tabs/links.html": '<a href="/jump_to_id/v1">Page</a><script>1</script>',
            "tabs/hidden.html": "<p>Hidden</p>",
            "tabs/unlisted.html": "<p>Unlisted</p>",
            "info/handouts.html": "<ol></ol>",
            "info/updates.items.json": json.dumps(updates),
        },
    )
    assert course.pages == (
        PageData("links", "Links", '<a href="part:v1">Page</a>', "html"),
        PageData("hidden", "Hidden", "<p>Hidden</p>", "html", published=False),
        PageData("updates", "Updates", "<h2>May 2</h2>\n<p>Two</p>", "html"),
    )
    assert (
        NoteData("skipped", "static_tab", "Gone", "The file “tabs/gone.html” is missing.", "tabs/gone.html")
        in course.notes
    )
    assert reasons(course, "file") == ["Nothing in the course points to this file."]


def test_what_stands_beside_the_outline_is_named(tmp_path):
    course = read(
        tmp_path,
        {"course/run.xml": '<course><chapter url_name="c1"/><wiki slug="w"/><textbook title="Book"/></course>'},
    )
    assert reasons(course, "wiki") == ["What it holds is not in the archive."]
    assert reasons(course, "textbook") == ["There are no textbooks here."]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("creative-commons: ver=4.0 BY NC ND", "Creative Commons BY-NC-ND 4.0"),
        ("creative-commons: ver=4.0 BY", "Creative Commons BY 4.0"),
        ("creative-commons: BY SA", "Creative Commons BY-SA 4.0"),
        ("all-rights-reserved", "All rights reserved"),
        ("Ask the author", "Ask the author"),
        ("x" * 300, "x" * 200),
        ("", ""),
    ],
)
def test_the_licence_of_an_attribute(said, expected):
    assert licence.from_attribute(said) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("   GNU AFFERO GENERAL PUBLIC LICENSE\n   Version 3, 19 November 2007", "GNU AGPL 3"),
        ("MIT License\n\nCopyright (c) 2020 Ada Example\n", "MIT · Copyright (c) 2020 Ada Example"),
        ("Free\nto use. Ask first.\n\nMore words.", "Free to use. Ask first."),
        (f"Short. {'Long ' * 60}", "Short."),
        ("", ""),
    ],
)
def test_the_licence_of_a_text(text, expected):
    assert licence.from_text(text) == expected


def test_where_a_licence_is_looked_for(tmp_path):
    attribute = {"course/run.xml": '<course license="all-rights-reserved"/>', "LICENSE": "Free to use."}
    assert read(tmp_path / "a", attribute).settings["licence"] == "All rights reserved"
    assert read(tmp_path / "b", {"LICENSE": "Free to use."}).settings["licence"] == "Free to use."
    assert "licence" not in read(tmp_path / "c").settings


def test_a_licence_that_lies_beside_the_archive(tmp_path):
    lay(tmp_path / "course")
    with tarfile.open(tmp_path / "graphs.tar.gz", "w:gz") as made:
        for name in SOUND:
            made.add(tmp_path / "course" / name, f"course/{name}")
    (tmp_path / "graphs.LICENSE.txt").write_text("Free to use.")
    with archive.opened(tmp_path / "graphs.tar.gz") as folder:
        assert read_course(folder).settings["licence"] == "Free to use."


def test_a_description_with_pictures_and_files_of_the_course(tmp_path):
    course = read(
        tmp_path,
        {
            "static/hedge one.png": PNG,
            "static/notes.md": "# Notes\n",
            "about/overview.html": '<h2>See <img src="/static/hedge one.png" alt="A [b] hedge" title="x"></h2>'
            '<p><a href="/static/notes.md">Notes</a> <a href="/jump_to_id/v1">a page</a></p>'
            '<p><img src="https://example.org/a.png" alt="Elsewhere"></p>',
            "about/short_description.html": '<p>Short <img src="/static/hedge one.png" alt="A"></p>',
        },
    )
    assert (
        course.settings["description"]
        == "## See ![A \\[b\\] hedge](media/hedge-one.png)\n\n[Notes](media/notes.md) a page"
    )
    assert course.settings["summary"] == "Short"
    assert sorted(course.media) == ["media/hedge-one.png", "media/notes.md"]
    assert reasons(course, "about") == ["A description has no films, no sound and no pictures of other sites here."]


def test_a_long_description_is_cut_where_its_files_still_fit(tmp_path):
    lines = "".join(f'<p>{"x" * 400} <img src="/static/a.png" alt="x"></p>' for _n in range(60))
    course = read(tmp_path, {"static/a.png": PNG, "about/overview.html": lines})
    text = course.settings["description"]
    assert (19_000 < length_here(text) <= 20_000, text.endswith("![x](media/a.png)")) == (True, True)
    assert reasons(course, "about") == ["It was cut at 20000 characters."]
