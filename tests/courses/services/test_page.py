"""Pages of a course: written by its authors, read by its people, their files open with them."""

import pytest

from core.errors import Conflict, Invalid, NotAllowed, Stale
from core.models import EventLog
from courses.models import Page
from courses.services import page as pages
from tests.factories import PageFactory
from tests.factories.files import png, stored

pytestmark = pytest.mark.django_db


def test_a_page_is_written_in_markdown(taught, people):
    page = pages.add_page(actor=people.teacher, course=taught.course, title=" Glossary ", text="# Words\n\n*a*")
    assert (page.title, page.html, page.is_published, page.version) == (
        "Glossary",
        "<h2>Words</h2>\n<p><em>a</em></p>\n",
        True,
        1,
    )


def test_or_in_html_of_another_system(taught, people):
    page = pages.add_page(
        actor=people.teacher, course=taught.course, title="Syllabus", markup="html", text="<h1>A<h4>B</h4><script>x()"
    )
    assert page.html == "<h2>A</h2><h3>B</h3>"


@pytest.mark.parametrize("name", ["assistant", "observer", "student", "outsider"])
def test_only_authors_write_pages(taught, people, name):
    with pytest.raises(NotAllowed):
        pages.add_page(actor=getattr(people, name), course=taught.course, title="A")
    with pytest.raises(NotAllowed):
        pages.change_page(actor=getattr(people, name), page=PageFactory(course=taught.course), title="B")


def test_a_change_counts_the_version_and_the_same_again_writes_nothing(taught, people):
    page = pages.add_page(actor=people.teacher, course=taught.course, title="A", text="one")
    changed = pages.change_page(actor=people.teacher, page=page, version=1, text="two")
    again = pages.change_page(actor=people.teacher, page=page, version=2, text="two", title="A")
    assert (changed.version, again.version, again.html) == (2, 2, "<p>two</p>\n")
    with pytest.raises(Stale):
        pages.change_page(actor=people.teacher, page=page, version=1, text="three")


def test_another_markup_renders_the_text_anew(taught, people):
    page = pages.add_page(actor=people.teacher, course=taught.course, title="A", text="<b>x</b>")
    assert page.html == "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"
    assert pages.change_page(actor=people.teacher, page=page, markup="html").html == "<p><b>x</b></p>"


def test_what_cannot_be_stored_is_said_by_field(taught, people):
    with pytest.raises(Invalid) as refused:
        pages.add_page(actor=people.teacher, course=taught.course, title="", text="x")
    assert list(refused.value.fields) == ["title"]
    with pytest.raises(Invalid) as refused:
        pages.add_page(actor=people.teacher, course=taught.course, title="A", text="[a](javascript:x)")
    assert list(refused.value.fields) == ["text"]
    with pytest.raises(Invalid) as refused:
        pages.add_page(actor=people.teacher, course=taught.course, title="A", markup="rst")
    assert list(refused.value.fields) == ["markup"]
    assert not Page.objects.exists()


def test_pages_are_moved_shown_and_binned(taught, people):
    first, second = (pages.add_page(actor=people.teacher, course=taught.course, title=t) for t in "AB")
    pages.move_page(actor=people.teacher, page=second, position=0)
    assert list(Page.objects.values_list("title", flat=True)) == ["B", "A"]
    assert not pages.unpublish_page(actor=people.teacher, page=first).is_published
    assert pages.publish_page(actor=people.teacher, page=first).is_published
    pages.bin_page(actor=people.teacher, page=second)
    assert list(Page.objects.values_list("title", flat=True)) == ["A"]
    with pytest.raises(Conflict):
        pages.change_page(actor=people.teacher, page=second, title="C")
    pages.restore_page(actor=people.teacher, page=second)
    assert list(Page.objects.values_list("title", flat=True)) == ["B", "A"]
    told = EventLog.objects.filter(name="courses.OutlineChanged", body__kind="page").order_by("pk")
    assert [row.body["change"] for row in told] == [
        "added",
        "added",
        "moved",
        "changed",
        "changed",
        "binned",
        "restored",
    ]


def test_files_of_a_page_open_with_it(taught, people):
    file = stored(png(), actor=people.teacher)
    page = pages.add_page(actor=people.teacher, course=taught.course, title="A", text=f"![x](file:{file.public_id})")
    assert people.student.has_perm("files.view_storedfile", file)
    assert not people.outsider.has_perm("files.view_storedfile", file)
    pages.unpublish_page(actor=people.teacher, page=page)
    assert not people.student.has_perm("files.view_storedfile", file)
    assert people.owner.has_perm("files.view_storedfile", file)


def test_a_page_may_not_show_the_files_of_strangers(taught, people):
    file = stored(png(), actor=people.other_owner)
    with pytest.raises(Invalid) as refused:
        pages.add_page(actor=people.teacher, course=taught.course, title="A", text=f"![x](file:{file.public_id})")
    assert refused.value.code == "file_unknown"
