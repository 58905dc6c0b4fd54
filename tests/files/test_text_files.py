"""Pictures and files in texts, as forms take them without a script."""

import importlib
import re

import pytest
from django.apps import apps
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.models import Question
from courses.services import page as pages
from files.models import StoredFile, Usage
from files.references import written
from files.services.kept import keep_file
from files.services.sharing import share_with
from files.services.spaces import space_of
from tests.factories import BlockFactory, UserFactory
from tests.factories.assessments import put_poll
from tests.factories.files import png, stored, zipped

pytestmark = pytest.mark.django_db


def keep(person, name, content):
    return keep_file(actor=person, space=space_of("person", person.pk), stored=stored(content, name, person)).file


def picture(name="hedge.png", content=None):
    return SimpleUploadedFile(name, content or png(9), "image/png")


def version_in(html, after=""):
    return re.search(r'name="version" value="(\d+)"', html[html.index(after) :])[1]


@pytest.fixture
def teacher(client, people, taught):
    client.force_login(people.teacher)
    return people.teacher


@pytest.fixture
def save_block(client, teacher, taught):
    """Saves the text of a lesson's block as its form does."""

    def save(block, **values):
        lesson = client.get(reverse("courses:item-edit", args=[taught.course.slug, taught.lesson.public_id]))
        version = version_in(lesson.content.decode(), f'id="block-{block.public_id}"')
        address = reverse("courses:block-edit", args=[taught.course.slug, block.public_id])
        answer = client.post(address, {"version": version, **values})
        block.refresh_from_db()
        return answer

    return save


def textarea(answer, name="text"):
    found = re.search(rf'<textarea name="{name}".*?>\n?(.*?)</textarea>', answer.content.decode(), re.DOTALL)
    return found[1]


class TestLesson:
    def test_a_sent_picture_is_put_at_the_end_and_students_read_it(self, client, people, taught, save_block):
        answer = save_block(taught.block, text="A hedge:", **{"text-file": picture()})
        assert answer.status_code == 302, answer.content.decode()
        file = StoredFile.objects.get(name="hedge.png")
        assert taught.block.draft.text == f"A hedge:\n\n![hedge](file:{file.public_id})"
        assert [str(one) for one in get_messages(answer.wsgi_request)] == [
            "“hedge.png” stands at the end of the text now. Write there what it shows, or move it.",
            "Saved as a draft.",
        ]
        client.post(reverse("courses:item-publish", args=[taught.course.slug, taught.lesson.public_id]))
        client.force_login(people.student)
        html = client.get(taught.lesson.get_absolute_url()).content.decode()
        assert f'<img src="{file.get_absolute_url()}" alt="hedge">' in html
        read = client.get(file.get_absolute_url())
        assert (read.status_code, b"".join(read.streaming_content)) == (200, png(9))
        client.force_login(people.outsider)
        assert client.get(file.get_absolute_url()).status_code == 404

    def test_a_kept_file_that_is_shared_can_be_named_and_is_opened_to_readers(self, client, people, taught, save_block):
        owner = people.owner
        kept = keep(owner, "notes.md", b"# Notes\n")
        share_with(actor=owner, entry=kept, kind="person", audience_id=people.teacher.pk)
        answer = save_block(taught.block, text="", **{"text-kept": f"https://x.example{kept.get_absolute_url()}"})
        assert answer.status_code == 302, answer.content.decode()
        assert taught.block.draft.text == f"[notes.md](file:{kept.current.stored.public_id})"
        uses = Usage.objects.filter(file=kept.current.stored).exclude(owner_kind="file_version")
        assert {use.owner_kind for use in uses} == {"lesson_draft"}

    def test_a_file_that_one_may_not_see_is_refused_and_the_text_stays(self, taught, save_block):
        kept = keep(UserFactory(), "secret.png", png(8))
        answer = save_block(taught.block, text="Typed.", **{"text-kept": kept.get_absolute_url()})
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "There is no file at this address that you may see." in html
        assert f'value="{kept.get_absolute_url()}"' in html
        assert "<details data-plain open>" in html
        assert textarea(answer) == "Typed."
        assert taught.block.draft.text != "Typed."

    def test_what_is_no_picture_is_refused_in_words(self, taught, save_block):
        answer = save_block(taught.block, text="Typed.", **{"text-file": picture(content=b"no picture")})
        assert answer.status_code == 422
        assert "hedge.png" in answer.content.decode()
        assert textarea(answer) == "Typed."
        assert not StoredFile.objects.exists()

    def test_who_saves_second_keeps_the_text_with_the_file(self, client, taught, save_block):
        address = reverse("courses:block-edit", args=[taught.course.slug, taught.block.public_id])
        answer = client.post(address, {"version": "99", "text": "Mine.", "text-file": picture()})
        file = StoredFile.objects.get(name="hedge.png")
        assert answer.status_code == 409
        assert textarea(answer) == f"Mine.\n\n![hedge](file:{file.public_id})"

    def test_an_html_block_gets_html(self, taught, save_block):
        block = BlockFactory(section=taught.section, kind="html", text="<p>A hedge</p>")
        kept = save_block(block, text="<p>A hedge</p>", **{"text-file": picture()})
        assert kept.status_code == 302, kept.content.decode()
        file = StoredFile.objects.get(name="hedge.png")
        assert block.draft.text == f'<p>A hedge</p>\n\n<img src="file:{file.public_id}" alt="hedge">'


class TestPage:
    @pytest.mark.parametrize(("markup", "begin"), [("html", "<img src="), ("markdown", "![hedge](")])
    def test_it_is_written_as_the_page_is(self, client, teacher, taught, markup, begin):
        page = pages.add_page(actor=teacher, course=taught.course, title="Glossary", text="")
        address = reverse("courses:page-edit", args=[taught.course.slug, page.public_id])
        sent = {"title": "Glossary", "text": "x", "markup": markup, "version": "1", "text-file": picture()}
        assert client.post(address, sent).status_code == 302
        page.refresh_from_db()
        file = StoredFile.objects.get(name="hedge.png")
        assert page.text.startswith(f"x\n\n{begin}")
        assert Usage.objects.filter(file=file, owner_kind="course_page", owner_id=page.pk).exists()
        assert file.get_absolute_url() in client.get(page.get_absolute_url()).content.decode()

    def test_a_title_that_is_missing_costs_nobody_the_file(self, client, teacher, taught):
        page = pages.add_page(actor=teacher, course=taught.course, title="Glossary", text="")
        address = reverse("courses:page-edit", args=[taught.course.slug, page.public_id])
        sent = {"title": "", "text": "x", "markup": "markdown", "version": "1", "text-file": picture()}
        answer = client.post(address, sent)
        assert answer.status_code == 422
        assert textarea(answer) == f"x\n\n![hedge](file:{StoredFile.objects.get().public_id})"


QUESTION = {
    "stem": "Is it?",
    "points": "1",
    "shuffle": "on",
    "hint-TOTAL_FORMS": 1,
    "hint-INITIAL_FORMS": 0,
    "hint-0-text": "",
    "option-TOTAL_FORMS": 2,
    "option-INITIAL_FORMS": 0,
    "option-0-text": "Yes",
    "option-0-right": "on",
    "option-1-text": "No",
}


class TestQuestion:
    @pytest.fixture
    def address(self, taught):
        return f"{reverse('assessments:question-new', args=[taught.course.slug])}?kind=single"

    def test_each_text_takes_one_and_the_bank_keeps_it(self, client, teacher, address):
        names = ("stem", "explanation", "option-1-feedback", "hint-0-text")
        files = {f"{name}-file": picture(f"{name}.png", png(n + 3)) for n, name in enumerate(names)}
        answer = client.post(address, QUESTION | files)
        assert answer.status_code == 302, answer.content.decode()
        question = Question.objects.get()
        at = {file.name: f"![{file.name[:-4]}](file:{file.public_id})" for file in StoredFile.objects.all()}
        current = question.current
        assert current.stem == f"Is it?\n\n{at['stem.png']}"
        assert current.explanation == at["explanation.png"]
        assert current.config["options"][1]["feedback"] == at["option-1-feedback.png"]
        assert current.hints == [at["hint-0-text.png"]]
        # It stands in no lesson, and its files are not left over all the same.
        used = Usage.objects.filter(owner_kind="question", owner_id=question.pk)
        assert {use.file.name for use in used} == set(at)

    def test_more_rows_keep_the_file_or_say_what_is_wrong(self, client, teacher, address):
        answer = client.post(address, QUESTION | {"more": "hint", "stem-file": picture()})
        assert textarea(answer, "stem") == f"Is it?\n\n![hedge](file:{StoredFile.objects.get().public_id})"
        answer = client.post(address, QUESTION | {"more": "hint", "stem-kept": "nowhere"})
        assert "There is no file at this address that you may see." in answer.content.decode()

    def test_questions_of_before_are_given_their_files(self, client, teacher, address):
        client.post(address, QUESTION | {"stem-file": picture()})
        question, used = Question.objects.get(), Usage.objects.filter(owner_kind="question")
        used.delete()
        migration = importlib.import_module("assessments.migrations.0004_files_of_questions")
        for _twice in range(2):
            migration.note_files(apps, None)
            assert [(one.file, one.owner_id) for one in used.all()] == [(StoredFile.objects.get(), question.pk)]

    def test_what_is_refused_makes_no_question(self, client, teacher, address):
        answer = client.post(address, QUESTION | {"option-1-feedback-kept": "nowhere"})
        assert answer.status_code == 422
        assert "There is no file at this address that you may see." in answer.content.decode()
        assert not Question.objects.exists()

    def test_a_kept_file_says_that_a_question_uses_it(self, client, teacher, address):
        kept = keep(teacher, "hedge.png", png(9))
        client.post(address, QUESTION | {"stem-kept": kept.get_absolute_url()})
        assert "A question of Statistics" in client.get(kept.get_absolute_url()).content.decode()
        client.post(
            reverse("assessments:question-edit", args=["statistics", Question.objects.get().public_id]),
            QUESTION | {"version": "1"},
        )
        assert not Usage.objects.filter(owner_kind="question").exists()


def test_a_poll_takes_them_before_and_after(client, teacher, taught):
    block = put_poll(taught.section)
    address = reverse("assessments:block-poll", args=[taught.course.slug, block.public_id])
    html = client.get(address).content.decode()
    sent = {"version": version_in(html), "text": "Before", "feedback": "After", "results": "after"}
    for name in ("question", "option"):
        sent |= {f"{name}-TOTAL_FORMS": 2, f"{name}-INITIAL_FORMS": 0}
        sent |= {f"{name}-0-text": "One", f"{name}-1-text": "Two"}
    files = {"text-file": picture("a.png", png(3)), "feedback-file": picture("b.png", png(4))}
    answer = client.post(address, sent | files)
    assert answer.status_code == 302, answer.content.decode()
    block.refresh_from_db()
    a, b = StoredFile.objects.get(name="a.png"), StoredFile.objects.get(name="b.png")
    assert block.draft.text == f"Before\n\n![a](file:{a.public_id})"
    assert block.draft.data["feedback"] == f"After\n\n![b](file:{b.public_id})"
    used = Usage.objects.filter(owner_kind="lesson_draft").values_list("file__name", flat=True)
    assert set(used) == {"a.png", "b.png"}


@pytest.mark.parametrize(
    ("name", "content", "markdown", "html"),
    [
        ("a [b] *c*.png", png(5), r"![a \[b\] \*c\*](file:%s)", '<img src="file:%s" alt="a [b] *c*">'),
        ('x"y & z.md', b"# x\n", '[x"y & z.md](file:%s)', '<a href="file:%s">x&quot;y &amp; z.md</a>'),
        ("data.zip", zipped(a="b"), "[data.zip](file:%s)", '<a href="file:%s">data.zip</a>'),
    ],
)
def test_names_are_only_words_in_the_text(name, content, markdown, html):
    file = stored(content, name)
    assert written(file, html=False) == markdown % file.public_id
    assert written(file, html=True) == html % file.public_id


def test_programs_and_the_dialog_are_told_the_reference(client, teacher):
    kept = keep(teacher, "hedge.png", png(9))
    reference = f"file:{kept.current.stored.public_id}"
    told = client.get(f"/api/v1/files/{kept.public_id}/").json()
    assert told["reference"] == reference
    offered = client.get(reverse("files:pick")).content.decode()
    assert f'data-reference="{reference}" data-picture' in offered
