"""A course of another system: taken in on a page, learned, answered in every way, and seen by its teacher."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.utils.html import strip_tags
from playwright.sync_api import Locator, Page, expect

from accounts.enums import SiteRole
from assessments.models import BlockQuestion, QuestionRevision
from core.html import markdown
from courses.models import Block, Course, Item, Result, Section
from tests.e2e.conftest import Opener, assert_accessible, sign_in
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD
from tests.samples import sample_folder

pytestmark = pytest.mark.samples

ARCHIVE = "harvardx-studio-advanced.tar.gz"
KINDS = {"single", "multiple", "dropdown", "parts"}
PARTS = {"single", "multiple", "numeric"}


def imported(page: Page) -> Course:
    page.goto("/teach/new/import/")
    assert_accessible(page)
    page.get_by_label("Archive").set_input_files(sample_folder("courses/olx") / ARCHIVE)
    # The test does the job at once, before the answer.
    page.get_by_role("button", name="Import").click(timeout=120_000)
    expect(page.get_by_text("The course is in.")).to_be_visible(timeout=120_000)
    assert_accessible(page)
    return Course.objects.get(origin="olx")


def places_of(course: Course) -> dict[str, tuple[Block, QuestionRevision]]:
    """One question of each kind that every student sees, with tries for a wrong and a right answer."""
    found: dict[str, tuple[Block, QuestionRevision]] = {}
    links = BlockQuestion.objects.filter(
        block__section__item__course=course,
        block__section__item__state="published",
        block__section__inside__isnull=True,
        block__live__isnull=False,
    ).select_related("question__current", "block__section__item__course")
    for link in links.order_by("pk"):
        revision = link.question.current
        if (revision.attempts_allowed or 9) > 1:
            found.setdefault(revision.kind, (link.block, revision))
    return found


def address_of(block: Block) -> str:
    item = block.section.item
    return f"/learn/{item.course.slug}/{item.public_id}/{block.section.public_id}/"


def form_of(page: Page, block: Block) -> Locator:
    return page.locator(f'form.question[action*="{block.public_id}"]')


def answer(form: Locator, revision: QuestionRevision, config: dict[str, Any], *, right: bool, at: str = "") -> None:
    """Fill in one question, or one part of it: ``at`` narrows the form down to the part's place."""
    place = form.locator(at) if at else form
    kind = config.get("kind") or revision.kind
    if kind == "parts":
        for number, part in enumerate(config["parts"]):
            answer(
                form,
                revision,
                part["config"] | {"kind": part["kind"]},
                right=right,
                at=f".question-part >> nth={number}",
            )
    elif kind in ("single", "dropdown"):
        wanted = next(option for option in config["options"] if option["right"] is right)
        choose(place, wanted["text"])
    elif kind == "multiple":
        for option in config["options"]:
            box = option_of(place, option["text"])
            box.set_checked(option["right"] if right else not option["right"])
    else:
        place.get_by_role("textbox").fill(str(config["answer"]) if right else "-98765")


def choose(place: Locator, text: str) -> None:
    if place.locator("select").count():
        place.locator("select").select_option(label=words(text))
    else:
        option_of(place, text).check()


def option_of(place: Locator, text: str) -> Locator:
    whole = re.compile(rf"^\s*{re.escape(words(text))}\s*$")
    # Beside its text an option says what became of it.
    said = place.locator(".option-text > span:first-child").filter(has_text=whole)
    return said.locator("xpath=ancestor::label//input")


def words(text: str) -> str:
    return " ".join(strip_tags(markdown(text)).replace("&quot;", '"').replace("&amp;", "&").split())


def test_a_course_of_another_system_is_taken_in_learned_and_seen(open_page: Opener) -> None:
    UserFactory(name="Mona Maker", email="mona@example.org", role=SiteRole.MANAGER, verified=True)
    student = UserFactory(name="Sol Student", email="sol@example.org", verified=True)
    maker, reader = open_page(), open_page(width=360, theme="dark")
    # Films of the course are elsewhere, and a test asks nobody.
    reader.route(re.compile("^https://"), lambda route: route.fulfill(content_type="video/mp4", body=b""))
    sign_in(maker, "mona@example.org", PASSWORD)
    sign_in(reader, "sol@example.org", PASSWORD)

    course = imported(maker)
    maker.get_by_role("navigation", name="What happened").get_by_role("link", name="Not brought in").click()
    expect(maker.get_by_text("word_cloud").first).to_be_visible()
    assert_accessible(maker)

    reader.goto(course.get_absolute_url())
    reader.get_by_role("button", name="Enrol").first.click()
    expect(reader.get_by_text("0 of 41 lessons").first).to_be_visible()
    assert_accessible(reader)

    places = places_of(course)
    assert set(places) == KINDS
    assert {part["kind"] for part in places["parts"][1].config["parts"]} == PARTS
    for block, revision in places.values():
        reader.goto(address_of(block))
        answer(form_of(reader, block), revision, revision.config, right=False)
        form_of(reader, block).get_by_role("button", name="Check answer").click()
        expect(form_of(reader, block)).to_have_attribute("data-verdict", "not-yet")
        answer(form_of(reader, block), revision, revision.config, right=True)
        form_of(reader, block).get_by_role("button", name="Try again").click()
        expect(form_of(reader, block)).to_have_attribute("data-verdict", "right")
        assert_accessible(reader)
    points = sum((revision.points for _block, revision in places.values()), start=Decimal(0))
    results = Result.objects.filter(user=student, course=course)
    assert (results.count(), sum(row.points for row in results)) == (len(KINDS), points)

    poll = Block.objects.filter(
        section__item__course=course, kind="poll", live__isnull=False, section__inside__isnull=True
    ).select_related("section__item__course")[0]
    reader.goto(address_of(poll))
    vote = reader.locator(".poll[role=group]").first
    for question in range(len(poll.live.data["questions"])):
        vote.locator("input[type=radio]").nth(question * len(poll.live.data["options"])).check()
    vote.get_by_role("button", name="Send answer").click()
    expect(reader.get_by_text("Thank you. You have answered.")).to_be_visible()
    assert_accessible(reader)

    finish_first_module(reader, course)

    reader.goto(f"/courses/{course.slug}/")
    expect(reader.get_by_text("3 of 3 done")).to_be_visible()
    reader.goto(f"/courses/{course.slug}/results/")
    assert_accessible(reader)
    maker.goto(f"/courses/{course.slug}/people/")
    row = maker.get_by_role("row", name="Sol Student")
    expect(row).to_contain_text("3 / 41")
    expect(row).to_contain_text(f"{points.normalize():f} / ")
    assert_accessible(maker)
    maker.goto(f"/teach/{course.slug}/health/")
    expect(maker.get_by_role("main")).to_contain_text("Pictures without words")
    assert_accessible(maker)


def finish_first_module(reader: Page, course: Course) -> None:
    module = course.modules.order_by("rank").first()
    for item in Item.objects.filter(module=module, state="published").order_by("rank"):
        last = Section.objects.filter(item=item, inside__isnull=True).order_by("rank").last()
        reader.goto(f"/learn/{course.slug}/{item.public_id}/{last.public_id}/")
        assert_accessible(reader)
        reader.get_by_role("button", name="Mark as done").click()
        expect(reader.get_by_role("button", name="Not done yet")).to_be_visible()
