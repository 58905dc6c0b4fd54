"""Exports that are broken or hostile: every problem by file and line, all at once, and nothing is read of them."""

import os
import time

import pytest

from core.errors import Invalid
from courses.formats import archive
from courses.formats.olx import read_course
from tests.courses.formats.olx.export import SOUND, lay, problems
from tests.samples import sample_folder

DECLARES = ["This file declares a document type or entities. Take the declaration out: it is never followed."]
LAUGHS = """<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<html display_name="x">&b;</html>"""
FILE = '<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html>&x;</html>'
NETWORK = '<!DOCTYPE html SYSTEM "http://127.0.0.1:9/x.dtd"><html display_name="x">y</html>'

BROKEN = {
    "no course file": ({"course.xml": None}, {"course.xml": ["This file is missing."]}),
    "another root": ({"course.xml": "<library/>"}, {"course.xml:1": ["This file holds no <course>."]}),
    "missing run": (
        {"course/run.xml": None},
        {"course.xml:1": ["The file “course/run.xml” is missing, which this part of the course points to."]},
    ),
    "missing chapter": (
        {"chapter/c1.xml": None},
        {"course/run.xml:1": ["The file “chapter/c1.xml” is missing, which this part of the course points to."]},
    ),
    "missing sequence": (
        {"sequential/s1.xml": None},
        {"chapter/c1.xml:1": ["The file “sequential/s1.xml” is missing, which this part of the course points to."]},
    ),
    "missing page": (
        {"vertical/v1.xml": None},
        {"sequential/s1.xml:1": ["The file “vertical/v1.xml” is missing, which this part of the course points to."]},
    ),
    "not well-formed": (
        {"html/h1.xml": '<html\n filename="h1">\n<p></html>'},
        {"html/h1.xml:3": ["This is not well-formed XML: Opening and ending tag mismatch: p line 3 and html."]},
    ),
    "empty file": ({"html/h1.xml": ""}, {"html/h1.xml:1": ["This is not well-formed XML: Document is empty."]}),
    "another part": (
        {"html/h1.xml": "<problem/>"},
        {"html/h1.xml:1": ["This file holds <problem>, but vertical/v1.xml looks for <html> here."]},
    ),
    "wrong encoding of XML": (
        {"html/h1.xml": '<html display_name="é" filename="h1"/>'.encode("latin-1")},
        {"html/h1.xml:1": ["The text is not in the encoding that the file names, or in UTF-8."]},
    ),
    "wrong encoding of HTML": (
        {"html/h1.html": "<p>One</p>\n<p>é</p>".encode("latin-1")},
        {"html/h1.html:2": ["This is not UTF-8. Save the file again with that encoding."]},
    ),
    "broken policy": (
        {"policies/run/policy.json": '{"course/run": {\n"display_name": }}'},
        {"policies/run/policy.json:2": ["This is not JSON: Expecting value."]},
    ),
    "doubled chapter": (
        {"course/run.xml": '<course><chapter url_name="c1"/>\n<chapter url_name="c1"/></course>'},
        {"course/run.xml:2": ["The id “c1” is used in course/run.xml:1 already."]},
    ),
    "doubled component": (
        {"vertical/v1.xml": '<vertical><html url_name="h1"/>\n<html url_name="h1"/></vertical>'},
        {"vertical/v1.xml:2": ["The id “h1” is used in vertical/v1.xml:1 already."]},
    ),
    "cycle": (
        {"vertical/v1.xml": '<vertical><split_test url_name="t"/></vertical>',
         "split_test/t.xml": '<split_test><vertical url_name="v1"/></split_test>'},
        {"split_test/t.xml:1": ["This part holds itself: run → c1 → s1 → v1 → t → v1."]},
    ),
    "too deep": (
        {"vertical/v1.xml": "<vertical>" * 30 + "</vertical>" * 30},
        {"vertical/v1.xml:1": ["Parts stand more than 20 deep in each other."]},
    ),
    "a name outside": (
        {"vertical/v1.xml": '<vertical><html url_name="../../../etc/passwd"/></vertical>'},
        {"vertical/v1.xml:1": ["The name “../../../etc/passwd” leads outside of the archive."]},
    ),
    "entities": ({"html/h1.xml": LAUGHS}, {"html/h1.xml:1": DECLARES}),
    "an entity from a file": ({"html/h1.xml": FILE}, {"html/h1.xml:1": DECLARES}),
    "a document type elsewhere": ({"html/h1.xml": NETWORK}, {"html/h1.xml:1": DECLARES}),
    "entities in another encoding": ({"html/h1.xml": LAUGHS.encode("utf-16")}, {"html/h1.xml:1": DECLARES}),
    "a template": (
        {"course.xml": '<%namespace file="/course.xml" name="course"/>\\\n<course display_name="${x}"/>'},
        {"course.xml:1": [
            "This is a template from which a course is still to be made, not a course. "
            "Make the course with the tools that the template belongs to, then import that."
        ]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_export(tmp_path, files, expected):
    assert problems(tmp_path, files) == expected


def test_all_problems_come_at_once(tmp_path):
    found = problems(
        tmp_path,
        {
            "chapter/c1.xml": '<chapter><sequential url_name="s1"/><sequential url_name="s2"/></chapter>',
            "html/h1.html": b"\xff",
            "policies/run/grading_policy.json": "{",
        },
    )
    assert list(found) == ["chapter/c1.xml:1", "policies/run/grading_policy.json:1", "html/h1.html:1"]


def test_nothing_outside_is_read_through_a_link(tmp_path):
    (tmp_path / "secret.html").write_text("<p>Secret</p>")
    lay(tmp_path / "course", {"html/h1.html": None})
    os.symlink(tmp_path / "secret.html", tmp_path / "course" / "html" / "h1.html")
    course = read_course(tmp_path / "course")
    assert [lesson.sections[0].blocks for lesson in course.lessons] == [()]


def test_a_file_name_outside_is_not_read(tmp_path):
    (tmp_path / "secret.html").write_text("<p>Secret</p>")
    course = read_course(lay(tmp_path / "course", {"html/h1.xml": '<html filename="../../secret"/>'}))
    assert [lesson.sections[0].blocks for lesson in course.lessons] == [()]


def test_html_that_is_nested_very_deep_does_no_harm(tmp_path):
    course = read_course(lay(tmp_path, {"html/h1.html": "<div>" * 50_000 + "Words"}))
    assert len(list(course.lessons)) == 1


@pytest.mark.samples
def test_the_hostile_entities(tmp_path):
    laughs = (sample_folder("hostile") / "billion-laughs.xml").read_bytes()
    for name in SOUND:
        if name.endswith(".xml"):
            assert problems(tmp_path / name.replace("/", "-"), {name: laughs}) == {f"{name}:1": DECLARES}


@pytest.mark.samples
def test_a_course_of_templates_and_links(tmp_path):
    path = sample_folder("courses") / "olx" / "hastexo-includes.tar.gz"
    with pytest.raises(Invalid) as refused, archive.opened(path):
        pytest.fail("it was unpacked")
    assert list(refused.value.fields) == ["course/html/chapter_1_lab_instructions.html"]


HOSTILE = {
    "null characters in a policy": {"policies/run/policy.json": '{"course/run": {"display_name": "A\\u0000B", "a b": "x", "showanswer": "\\ud800"}}'},
    "characters that no XML holds, in HTML": {"html/h1.html": '<p>&#1;A</p><img src="&#1;x" alt="&#2;B"><iframe src="/&#3;" title="&#4;C"></iframe>'},
    "no address": {"html/h1.html": '<a href="http://[">x</a><a href="/jump_to/http://[">y</a>'},
    "lists that are none": {"policies/run/policy.json": '{"course/run": {"tabs": 7, "user_partitions": {"a": 1}, "pdf_textbooks": 3}}'},
    "a policy that is a list": {"policies/run/policy.json": "[]", "policies/run/grading_policy.json": "[]", "info/updates.items.json": "7"},
    "white space before all": {"html/h1.xml": " " * 200_000 + '<html filename="h1"/>'},
    "open tags without end": {"vertical/v1.xml": '<vertical><poll url_name="p" question="' + "&lt;a" * 200_000 + '"/></vertical>'},
    "an address that repeats itself": {"html/h1.html": '<a href="' + "/jump_to/" * 100_000 + '">x</a>'},
    "very many tags": {"html/h1.html": "<b>" * 100_000},
}  # fmt: skip


@pytest.mark.parametrize("files", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_only_strange_is_read_in_little_time(tmp_path, files):
    problem = '<vertical><problem url_name="p"/><html url_name="h1"/></vertical>'
    began = time.thread_time()
    course = read_course(
        lay(tmp_path, {"vertical/v1.xml": problem, "problem/p.xml": "<problem><p>x</p></problem>"} | files)
    )
    assert time.thread_time() - began < 3
    texts = [course.title, *(block.text for lesson in course.lessons for block in lesson.blocks)]
    assert not any(c in text for text in texts for c in "\x00\x01\x02\x03\x04\ud800")
