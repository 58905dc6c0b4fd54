"""A teacher's edits: title, text, order, draft and publishing, as students then see them."""

import pytest
from playwright.sync_api import expect

from courses.models import Course, Item
from courses.services.enrolment import enrol
from tests.e2e.conftest import Opener, assert_accessible, picture, sign_in
from tests.e2e.test_learn import course  # noqa: F401 -- a fixture
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD


@pytest.mark.repeated
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_an_edited_lesson_reaches_students_when_it_is_published(
    course: Course,  # noqa: F811
    open_page: Opener,
    width: int,
    theme: str,
):
    student = UserFactory(name="Sol Student", email="sol@example.org", verified=True)
    enrol(actor=student, course=course, user=student)
    lesson = Item.objects.get(course=course, source_id="many-people")
    teacher, reader = open_page(width=width, theme=theme), open_page(width=width, theme=theme)
    sign_in(teacher, "tess@example.org", PASSWORD)
    sign_in(reader, "sol@example.org", PASSWORD)

    teacher.goto("/teach/")
    assert_accessible(teacher)
    teacher.goto("/teach/waiting-for-buses/")
    assert_accessible(teacher)
    teacher.get_by_role("main").get_by_role("link", name="Many people").click()
    settings = teacher.get_by_role("region", name="Lesson settings")
    settings.get_by_label("Title").fill("Very many people")
    teacher.get_by_role("button", name="Save settings").click()
    expect(teacher.get_by_role("heading", level=1)).to_have_text("Very many people")
    block = teacher.locator("article.edit-block").first
    block.get_by_role("textbox").first.fill("Ask sixty-four people, and the average hardly moves.")
    block.get_by_role("button", name="Save draft").click()
    expect(teacher.get_by_text("Unpublished changes").first).to_be_visible()
    assert_accessible(teacher)
    picture(teacher, f"edit-{width}-{theme}")

    reader.goto(lesson.get_absolute_url())
    expect(reader.get_by_role("heading", level=1)).to_have_text("Very many people")
    expect(reader.get_by_role("article")).to_contain_text("Ask sixteen people")

    teacher.get_by_role("button", name="Publish changes").click()
    expect(teacher.get_by_text("Unpublished changes")).to_have_count(0)
    reader.reload()
    expect(reader.get_by_role("article")).to_contain_text("Ask sixty-four people")

    teacher.goto("/teach/waiting-for-buses/")
    with teacher.expect_response(lambda response: "/move/" in response.url):
        teacher.get_by_role("button", name="Move Very many people up").click()
    expect(teacher.locator("ol.builder-list").first.locator("li").first).to_contain_text("Very many people")
    reader.goto("/courses/waiting-for-buses/")
    expect(reader.get_by_role("link", name="1.1 Very many people")).to_be_visible()
    reader.goto(lesson.get_absolute_url())
    expect(reader.get_by_role("navigation", name="Breadcrumb")).to_contain_text("1.1")
