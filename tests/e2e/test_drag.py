"""A teacher drags lessons, modules and blocks to other places; they are there for the next who comes."""

import pytest
from playwright.sync_api import Locator, Page, expect

from courses.models import Block, Course, Item, Module, Section
from tests.e2e.conftest import Opener, assert_accessible, sign_in
from tests.e2e.test_learn import course  # noqa: F401 -- a fixture
from tests.factories import BlockFactory, ItemFactory, ModuleFactory, SectionFactory
from tests.factories.accounts import PASSWORD

LIES_STILL_BELOW_WHAT_IS_DRAGGED = """async (row) => {
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  const top = row.getBoundingClientRect().top;
  for (let frames = 0; frames < 3; frames += 1) await frame();
  return row.getBoundingClientRect().top === top && (row.previousElementSibling?.classList.contains("dragging") ?? false);
}"""


def drag(page: Page, what: Locator, to: Locator) -> None:
    """Take a row by its grip to just below the top of another one, and wait for the server."""
    what.locator(".grip").first.scroll_into_view_if_needed()
    grip = what.locator(".grip").first.bounding_box()
    assert grip is not None
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    # Dragging makes the page shorter, and near the window's ends the page goes on scrolling under a pointer that rests:
    # follow the target, as a hand does, until both lie still.
    target = to.element_handle()
    for _try in range(40):
        place = to.bounding_box()
        assert place is not None
        page.mouse.move(place["x"] + 20, place["y"] + 3, steps=8)
        if target.evaluate(LIES_STILL_BELOW_WHAT_IS_DRAGGED):
            break
    else:
        pytest.fail("What is dragged never came to rest before its target.")
    with page.expect_response(lambda response: "/move/" in response.url) as answered:
        page.mouse.up()
    assert answered.value.status == 204


@pytest.mark.parametrize("width", [1280, 400])
def test_what_is_dragged_stays_there(course: Course, open_page: Opener, width: int):  # noqa: F811
    teacher = open_page(width=width, theme="light")
    sign_in(teacher, "tess@example.org", PASSWORD)
    second = ModuleFactory(course=course, title="Second module")
    follower = ItemFactory(module=second, title="The follower")
    lesson = Item.objects.filter(course=course).earliest("module__rank", "rank")
    teacher.goto(f"/teach/{course.slug}/")
    drag(teacher, teacher.locator(f"#item-{lesson.public_id}"), teacher.locator(f"#item-{follower.public_id}"))
    expect(teacher.locator("#live")).to_have_text(f"{lesson.title} moved to Second module, position 1 of 2")
    assert [row.pk for row in Item.objects.filter(module=second)] == [lesson.pk, follower.pk]
    first = Module.objects.filter(course=course).first()
    assert first is not None
    drag(
        teacher,
        teacher.locator(f"#module-{second.public_id}"),
        teacher.locator(f"#module-{first.public_id}"),
    )
    assert Module.objects.filter(course=course).first() == second
    expect(teacher.locator(f"#module-{second.public_id} .num")).to_have_text("1")
    teacher.reload()
    expect(teacher.locator(".builder-module").first).to_contain_text(lesson.title)
    assert_accessible(teacher)


def test_a_block_is_dragged_into_another_section(course: Course, open_page: Opener):  # noqa: F811
    teacher = open_page(width=1280, theme="light")
    sign_in(teacher, "tess@example.org", PASSWORD)
    item = Item.objects.filter(course=course).earliest("module__rank", "rank")
    last = BlockFactory(section=SectionFactory(item=item, title="At the end"), text="Words at the end.")
    first = Block.objects.filter(section__item=item).earliest("section__rank", "rank")
    teacher.goto(f"/teach/{course.slug}/items/{item.public_id}/")
    drag(teacher, teacher.locator(f"#block-{last.public_id}"), teacher.locator(f"#block-{first.public_id}"))
    assert Block.objects.filter(section=Section.objects.filter(item=item)[0])[0] == last
    teacher.reload()
    expect(teacher.locator(".edit-block").first).to_contain_text("Words at the end.")
    assert_accessible(teacher)
