"""Pages beside the outline, and links to the parts of a course, as people open them."""

import pytest
from django.urls import reverse

from accounts.models import User
from courses.enums import CourseState
from courses.models import Page
from courses.selectors.pages import pages_of
from courses.services import page as pages
from tests.factories import BlockFactory, ItemFactory, PageFactory, SectionFactory, put_branches
from tests.factories.files import png, stored

pytestmark = pytest.mark.django_db


def address(name, taught, *args):
    return reverse(f"courses:{name}", args=[taught.course.slug, *args])


class TestReading:
    def test_a_page_shows_its_files_and_its_links(self, client, taught, people):
        file = stored(png(), actor=people.teacher)
        text = f"![A leaf](file:{file.public_id}) and [the lesson](part:{taught.lesson.public_id})"
        page = pages.add_page(actor=people.teacher, course=taught.course, title="Glossary", text=text)
        client.force_login(people.student)
        html = client.get(page.get_absolute_url()).content.decode()
        assert f'<img src="{file.get_absolute_url()}" alt="A leaf">' in html
        assert f'<a href="{address("part", taught, taught.lesson.public_id)}"' in html

    def test_the_course_page_lists_those_that_are_shown(self, client, taught, people):
        PageFactory(course=taught.course, title="Glossary")
        PageFactory(course=taught.course, title="Secret plans", is_published=False)
        for person, seen in ((people.student, (True, False)), (people.teacher, (True, True))):
            client.force_login(person)
            html = client.get(taught.course.get_absolute_url()).content.decode()
            assert ("Glossary" in html, "Secret plans" in html) == seen

    def test_without_pages_nothing_is_listed(self, client, taught, people):
        client.force_login(people.student)
        assert "pages-title" not in client.get(taught.course.get_absolute_url()).content.decode()

    def test_a_hidden_page_is_not_there_for_students(self, client, taught, people):
        page = PageFactory(course=taught.course, is_published=False)
        client.force_login(people.student)
        assert client.get(page.get_absolute_url()).status_code == 404


class TestWriting:
    def test_a_page_is_added_hidden_written_and_shown(self, client, taught, people):
        client.force_login(people.teacher)
        answer = client.post(address("page-new", taught), {"title": "Glossary"})
        page = Page.objects.get()
        assert answer["Location"] == address("page-edit", taught, page.public_id)
        assert not page.is_published
        sent = {"title": "Words", "text": "*a*", "markup": "markdown", "is_published": "on", "version": "1"}
        assert client.post(address("page-edit", taught, page.public_id), sent).status_code == 302
        page.refresh_from_db()
        assert (page.title, page.html, page.is_published) == ("Words", "<p><em>a</em></p>\n", True)

    def test_what_was_typed_stays_when_somebody_saved_meanwhile(self, client, taught, people):
        page = pages.add_page(actor=people.owner, course=taught.course, title="A", text="mine")
        pages.change_page(actor=people.owner, page=page, text="theirs")
        client.force_login(people.teacher)
        sent = {"title": "A", "text": "typed", "markup": "markdown", "version": "1"}
        answer = client.post(address("page-edit", taught, page.public_id), sent)
        html = answer.content.decode()
        assert answer.status_code == 409
        assert "typed</textarea>" in html
        assert "theirs" in html

    def test_a_refused_text_is_said_at_its_field(self, client, taught, people):
        page = PageFactory(course=taught.course)
        client.force_login(people.teacher)
        sent = {"title": "A", "text": "[a](javascript:x)", "markup": "markdown", "version": "1"}
        answer = client.post(address("page-edit", taught, page.public_id), sent)
        assert answer.status_code == 422
        assert answer.context["form"].errors["text"]

    def test_moving_binning_and_bringing_back(self, client, taught, people):
        first, second = (PageFactory(course=taught.course, title=t) for t in "AB")
        client.force_login(people.teacher)
        client.post(address("page-move", taught, second.public_id), {"direction": "up"})
        assert list(Page.objects.values_list("title", flat=True)) == ["B", "A"]
        client.post(address("page-bin", taught, first.public_id))
        assert "Bring A back" in client.get(address("pages", taught)).content.decode()
        client.post(address("page-restore", taught, first.public_id))
        assert list(Page.objects.values_list("title", flat=True)) == ["B", "A"]


class TestParts:
    @pytest.fixture
    def placed(self, taught):
        item = ItemFactory(module=taught.module, source_id="sequential_1", is_paged=True)
        section = SectionFactory(item=item, source_id="vertical_1", title="Ponds")
        block = BlockFactory(section=section, source_id="a1b2c3d4e5f60718293a4b5c6d7e8f90")
        return item, section, block

    @pytest.mark.parametrize("by", ["source_id", "public_id"])
    def test_each_part_is_found_by_either_id(self, client, taught, people, placed, by):
        item, section, block = placed
        client.force_login(people.student)
        inside = reverse("courses:lesson-section", args=[taught.course.slug, item.public_id, section.public_id])
        for part, place in ((item, item.get_absolute_url()), (section, inside), (block, inside)):
            answer = client.get(address("part", taught, getattr(part, by)))
            assert answer["Location"] == place

    def test_a_section_of_a_lesson_on_one_page_is_a_place_on_it(self, client, taught, people):
        client.force_login(people.student)
        answer = client.get(address("part", taught, taught.section.public_id))
        assert answer["Location"] == f"{taught.lesson.get_absolute_url()}#s-{taught.section.public_id}"

    def test_a_part_of_a_branch_opens_where_the_branches_stand(self, client, taught, people):
        outer, (first, _second) = put_branches(SectionFactory(item=taught.lesson))
        client.force_login(people.teacher)
        answer = client.get(address("part", taught, first.public_id))
        assert answer["Location"] == f"{taught.lesson.get_absolute_url()}#s-{outer.section.public_id}"

    def test_what_is_not_there_is_said_in_words(self, client, taught, people):
        client.force_login(people.student)
        for part in ("nonsense", taught.draft_lesson.public_id, "01890a5d-ac96-774b-bcce-b302099a8057"):
            answer = client.get(address("part", taught, part))
            assert answer.status_code == 404
            assert "part of this course that is not there" in answer.content.decode()

    def test_a_part_of_another_course_is_not_found(self, client, taught, people):
        other = ItemFactory(module__course=taught.other_course, source_id="elsewhere")
        client.force_login(people.admin)
        assert client.get(address("part", taught, other.source_id)).status_code == 404

    def test_a_lesson_shows_such_links_without_a_query_more(self, client, taught, people, django_assert_num_queries):
        client.force_login(people.teacher)
        plain = BlockFactory(section=taught.section, text="words")
        client.get(taught.lesson.get_absolute_url())
        from django.db import connection  # noqa: PLC0415
        from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

        with CaptureQueriesContext(connection) as before:
            client.get(taught.lesson.get_absolute_url())
        plain.live.html = '<p><a href="part:unit" rel="noopener noreferrer">a</a></p>'
        plain.live.save()
        with django_assert_num_queries(len(before)):
            html = client.get(taught.lesson.get_absolute_url()).content.decode()
        assert f'<a href="{address("part", taught, "unit")}" rel' in html


def test_the_listed_pages_are_those_that_one_may_open(taught, people):
    for number, published in enumerate([True, False, True]):
        PageFactory(course=taught.course, title=f"Page {number}", is_published=published)
    readers = [people.student, people.owner, people.assistant, people.observer, people.outsider, people.admin]
    for state in CourseState.values:
        taught.course.state = state
        taught.course.save()
        for person in readers:
            reader = User.objects.get(pk=person.pk)
            visible = list(Page.objects.visible_to(reader).filter(course=taught.course))
            assert pages_of(reader, taught.course) == visible, (state, reader)
