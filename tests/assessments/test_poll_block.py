"""The poll block: its settings, and its way through a course folder."""

import pytest

from assessments.poll_settings import poll_problems
from core.authz import SYSTEM
from core.slots import BLOCK_KINDS
from courses.formats.folder_writing import write_course
from courses.models import Block
from courses.selectors.results import counted_blocks
from courses.services.importing import import_course
from tests.factories.assessments import POLL, put_poll
from tests.factories.files import png

KIND = BLOCK_KINDS["poll"]
COURSE = 'format = 1\nid = "votes"\ncode = "V"\ntitle = "Votes"\n'
LESSON = """+++
id = "one"
title = "One"
+++
:::poll {#how}
results = "never"
changes = true
feedback = "Thank you."
[[questions]]
id = "how"
text = "How was it?"
[[options]]
id = "R"
text = "😍"
[[options]]
id = "wave"
image = "media/wave.png"
alt = "A wave"
---
Tell us.
:::
"""


def lay(folder):
    (folder / "01-first").mkdir(parents=True)
    (folder / "media").mkdir()
    (folder / "course.toml").write_text(COURSE)
    (folder / "01-first" / "module.toml").write_text('id = "first"\ntitle = "First"\n')
    (folder / "01-first" / "01-one.md").write_text(LESSON)
    (folder / "media" / "wave.png").write_bytes(png())
    return folder


@pytest.mark.django_db
def test_a_poll_with_a_picture_comes_out_as_it_went_in(tmp_path):
    folder = lay(tmp_path / "in")
    course = import_course(actor=SYSTEM, path=folder).course
    block = Block.objects.get(section__item__course=course)
    assert block.live.data["options"][1]["image"].startswith("file:")
    write_course(course, tmp_path / "out")
    assert (tmp_path / "out" / "01-first" / "01-one.md").read_text() == LESSON.replace(
        'title = "One"\n', 'title = "One"\ndone = ["end"]\n'
    )
    assert [p.name for p in (tmp_path / "out" / "media").iterdir()] == ["wave.png"]
    again = import_course(actor=SYSTEM, path=tmp_path / "out")
    assert (again.created, again.changed) == (0, 0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"questions": []}, "“questions” is a list of 1 to 50 entries."),
        ({"options": POLL["options"][:1]}, "“options” is a list of 2 to 50 entries."),
        ({"options": [{"id": "a", "text": "A"}] * 2}, "In “options”, the id “a” is used twice."),
        ({"questions": ["how"]}, "Each entry of “questions” is a table with an id and a text."),
        ({"questions": [{"id": "a b", "text": "A"}]}, "Give each entry of “questions” an id of 1 to 64 letters, digits and hyphens."),
        ({"questions": [{"id": "a", "text": ""}]}, "Give each entry of “questions” a text, or a picture with an alt that says what it shows."),
        ({"questions": [{"id": "a", "text": "A", "right": True}]}, "In “questions”, “right” is not a setting; there are id, text, image and alt."),
        ({"results": "later"}, "Choose one of these for “results”: after, never, always."),
        ({"changes": "yes"}, "Write true or false for “changes”."),
        ({"feedback": 3}, "Write “feedback” as text, in quotes."),
        ({"colour": "red"}, "“colour” is not a setting here; there are questions, options, results, changes, feedback."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_poll_is_said(change, sentence):
    assert poll_problems(POLL | change) == [sentence]


@pytest.mark.django_db
def test_what_else_a_kind_must_do(people, taught):
    block = put_poll(taught.section, text="Before")
    assert KIND.search_text(block, block.live) == "Before How was this part ? 😍 So so Badly"
    assert (KIND.check(block, block.live), KIND.points([block])) == ([], {})
    assert KIND.open_work([taught.lesson.pk], [people.student.pk]) == set()
    assert block in counted_blocks([taught.course.pk])
    pictured = POLL | {"options": [{"id": "a", "text": "A", "image": "file:x"}, {"id": "b", "text": "B"}]}
    block.draft.data = pictured
    assert KIND.check(block, block.draft) == ["Say in “alt” what each picture of the poll shows."]
