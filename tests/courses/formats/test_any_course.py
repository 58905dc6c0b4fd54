"""Whatever people write into a course here, its export can be read and gives the same export again."""

import tempfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from core.authz import SYSTEM
from core.errors import Invalid
from courses.formats.folder import read_course
from courses.formats.folder_writing import write_course
from courses.formats.lesson_writing import may_be_plain, safe_text
from courses.formats.references import rewrite
from courses.models import Course, Membership
from courses.services.content import add_block, add_section
from courses.services.course import create_course
from courses.services.importing import import_course
from courses.services.outline import add_empty_item, add_module
from courses.services.publishing import publish_item
from tests.courses.formats.test_broken_folders import lay
from tests.courses.formats.test_round_trip import contents, moved_away

LINES = st.sampled_from(
    [
        "Words.",
        "",
        "# A heading",
        "# One {#one}",
        "#{#x}",
        "#",
        "## Two",
        ":::",
        ":::callout {#a}",
        "\\:::",
        "::::",
        "---",
        "+++",
        "```",
        "```python",
        "~~~~",
        "    indented",
        "   ```",
        "- ```",
        "  ```",
        "$$ x $$",
        '"""',
        "| a | b |",
        "![x](media/a.svg)",
        "`:::`",
        "  trailing  ",
        "\u2028 odd \u00a0 space",
        "שלום",
    ]
)
TEXTS = st.lists(LINES, max_size=8).map("\n".join)
TITLES = st.sampled_from(["Plain", "", 'Quotes " and \\', "With {#id}", "Colon: 5 # 6", "שלום"])
BLOCKS = st.one_of(
    st.tuples(st.just("text"), TEXTS, st.just({})),
    st.tuples(
        st.just("callout"),
        TEXTS.filter(str.strip),
        st.fixed_dictionaries({"tone": st.sampled_from(["note", "tip"]), "title": TITLES}),
    ),
)
SECTIONS = st.lists(st.tuples(TITLES, st.lists(BLOCKS, max_size=4)), max_size=3)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(sections=SECTIONS, description=TEXTS, live=st.booleans())
def test_any_course_survives_the_way_out_and_in(db, sections, description, live):
    description = description.replace("media/", "")
    course = create_course(actor=SYSTEM, title='A "course"', code="C 1", description=description)
    module = add_module(actor=SYSTEM, course=course, title="Module \\ 1")
    item = add_empty_item(actor=SYSTEM, module=module, title="+++", objective='say """')
    for title, blocks in sections:
        section = add_section(actor=SYSTEM, item=item, title=title)
        for kind, text, data in blocks:
            # Addresses of a folder mean nothing in a text that was written here.
            text = text.replace("](media/", "](https://example.org/")
            add_block(actor=SYSTEM, section=section, kind=kind, text=text, data=data)
    if live:
        publish_item(actor=SYSTEM, item=item)
    with tempfile.TemporaryDirectory() as scratch:
        one, two = Path(scratch) / "one", Path(scratch) / "two"
        write_course(course, one)
        moved_away(course)
        again = import_course(actor=SYSTEM, path=one, publish=False).course
        write_course(again, two)
        assert contents(two) == contents(one)
        report = import_course(actor=SYSTEM, path=two)
        assert (report.created, report.changed, report.left) == (0, 0, [])
        moved_away(again)


@given(text=TEXTS)
def test_a_safe_text_is_safe_already(text):
    once = safe_text(text)
    assert safe_text(once) == once
    assert may_be_plain(once) == may_be_plain(text)


@given(text=TEXTS)
def test_addresses_go_out_as_they_came_in(text):
    inside = rewrite(text, lambda address: address.replace("media/", "file:") if address.startswith("media/") else None)
    assert rewrite(inside, lambda address: address.replace("file:", "media/")) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("![a](media/x.svg)", ["media/x.svg"]),
        ('[a](media/x.svg "Title")', ["media/x.svg"]),
        ("[a](<media/two words.svg>)", ["media/two words.svg"]),
        ("[a]: media/x.svg", ["media/x.svg"]),
        ("`![a](media/x.svg)`", []),
        ("```\n![a](media/x.svg)\n```", []),
        ("- ```\n  ![a](media/x.svg)\n  ```\n\n![b](media/y.svg)", ["media/y.svg"]),
        ("`` ` ![a](media/x.svg) ``", []),
        ("The folder media/x.svg", []),
    ],
)
def test_which_addresses_are_references(text, found):
    met = []
    rewrite(text, met.append)
    assert met == found


def test_a_text_of_several_lines_in_settings_may_look_like_an_edge(tmp_path):
    lesson = (
        '+++\nid = "dots"\ntitle = "Dots"\n+++\n:::question {#q}\nkind = "short"\naccept = ["a"]\n'
        'explanation = """\nFirst\n---\n:::\nlast"""\n---\nWhich?\n:::\n'
    )
    course = read_course(lay(tmp_path, **{"01-first/01-dots.md": lesson}))
    block = next(next(course.lessons).blocks)
    assert (block.settings["explanation"], block.text) == ("First\n---\n:::\nlast", "Which?")


@pytest.mark.django_db
def test_an_export_replaces_an_export_and_nothing_else(tmp_path):
    course = import_course(actor=SYSTEM, path=lay(tmp_path / "in")).course
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.txt").write_text("years")
    (tmp_path / "file").write_text("x")
    for name in ("work", "file"):
        with pytest.raises(Invalid) as refused:
            write_course(course, tmp_path / name)
        assert refused.value.code == "folder_not_empty"
    assert (tmp_path / "work" / "thesis.txt").read_text() == "years"
    write_course(course, tmp_path / "out")
    (tmp_path / "out" / "01-old").mkdir()
    write_course(course, tmp_path / "out")
    assert sorted(contents(tmp_path / "out")) == ["01-first/01-dots.md", "01-first/module.toml", "course.toml"]


# Commands


@pytest.mark.django_db
def test_the_commands_take_a_course_in_and_out(people, tmp_path, capsys):
    call_command("import_course", str(lay(tmp_path / "in")), "--draft", owner="OWNER@example.org")
    course = Course.objects.get()
    assert (course.state, Membership.objects.get().user) == ("draft", people.owner)
    call_command("import_course", str(tmp_path / "in"))
    call_command("export_course", "graphs", str(tmp_path / "out"))
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "graphs: 0 created, 0 changed, 3 unchanged, 0 skipped, 0 left",
        f"graphs written to {tmp_path / 'out'}",
    ]


@pytest.mark.django_db
def test_the_commands_say_what_is_wrong(tmp_path):
    root = lay(tmp_path / "in", **{"course.toml": 'format = 1\nid = "graphs"\ncode = "G 1"\n'})
    for arguments, words in (
        (["import_course", str(root)], "course.toml:1: “title” is missing."),
        (["import_course", str(tmp_path / "none")], "There is nothing at this place."),
        (["import_course", str(root), "--owner", "nobody@example.org"], "nobody@example.org"),
        (["export_course", "none", str(tmp_path / "out")], "There is no course with the address none."),
    ):
        with pytest.raises(CommandError) as refused:
            call_command(*arguments)
        assert words in str(refused.value)
    assert not User.objects.exists()
