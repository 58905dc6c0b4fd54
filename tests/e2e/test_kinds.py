"""The examples of ``docs/kinds.md`` as a student sees them: one lesson with every kind of block and question."""

import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Locator, Page, expect

from core.authz import SYSTEM
from core.slots import BLOCK_KINDS
from courses.models import Block
from courses.services.enrolment import enrol
from courses.services.importing import import_course
from tests.e2e.conftest import PICTURES, Opener, assert_accessible, pictures_wanted, sign_in
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

MEDIA = Path(settings.BASE_DIR) / "demo" / "statistics" / "media"
COURSE = """format = 1
id = "kinds"
code = "KINDS"
title = "Every kind"

[[experiments]]
id = "guidance"
name = "Guidance"
[[experiments.groups]]
id = "hinted"
name = "With a hint"
[[experiments.groups]]
id = "plain"
name = "Without"
"""
HEAD = '+++\nid = "all-kinds"\ntitle = "Every kind"\n+++\n'


@pytest.fixture
def lesson(tmp_path: Path, transactional_db):
    page = (Path(settings.BASE_DIR) / "docs" / "kinds.md").read_text()
    examples = re.findall(r"^```\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    # Sections for branches end a section, so their example comes last.
    ordered = sorted(examples, key=lambda example: example.startswith(":::branches"))
    module = tmp_path / "01-kinds"
    module.mkdir()
    (tmp_path / "course.toml").write_text(COURSE)
    (module / "module.toml").write_text('id = "kinds"\ntitle = "Kinds"\n')
    (module / "01-all-kinds.md").write_text(HEAD + "\n".join(ordered))
    (tmp_path / "media").mkdir()
    for name in ("bus-waits.csv", "histogram-400.svg", "many-samples.webm", "many-samples.vtt"):
        shutil.copy(MEDIA / name, tmp_path / "media" / name)
    return import_course(actor=SYSTEM, path=tmp_path).course.items.get()


def test_every_kind_as_a_student_sees_it(open_page: Opener, lesson):
    student = UserFactory(name="Sol Student", email="sol@example.org", verified=True)
    enrol(actor=SYSTEM, course=lesson.course, user=student)
    page = open_page(width=1000)
    sign_in(page, "sol@example.org", PASSWORD)
    page.goto(lesson.get_absolute_url())
    expect(page.locator(".verdict")).to_have_count(0)
    assert_accessible(page)

    shown = places(page)
    for name, place in shown.items():
        expect(place, name).to_be_visible()
        if pictures_wanted():
            (PICTURES / "kinds").mkdir(parents=True, exist_ok=True)
            place.screenshot(path=PICTURES / "kinds" / f"{name}.png")
    here = set(Block.objects.filter(section__item=lesson).values_list("kind", flat=True))
    assert here == set(BLOCK_KINDS.keys())


def places(page: Page) -> dict[str, Locator]:
    """Each picture of the page by the name of its file."""
    question = {
        "single": "How do you choose 50",
        "dropdown": "select",
        "multiple": "input[type=checkbox]",
    }
    forms = page.locator("form.question")
    return {
        "text": page.locator(".prose .block").filter(has_text="Each dot of a").first,
        "image": page.locator("figure.block").filter(has_text="400 waits, in bars"),
        "video": page.locator("figure").filter(has=page.locator("video")),
        "file": page.locator(".file-block"),
        "callout": page.locator(".callout").filter(has_text="Remember"),
        "html": page.locator(".block").filter(has_text="What to bring").last,
        "notice": page.locator(".prose")
        .get_by_text("Which word comes to mind?")
        .locator("xpath=ancestor::*[contains(@class,'block')][1]"),
        "poll": page.locator(".poll[role=group]").filter(has_text="How was this part?"),
        "survey": page.locator(".poll[role=group]").filter(has_text="What helped you here?"),
        "branches": page.get_by_text(re.compile("Think of the smallest|Try it by yourself")).first,
        "single": forms.filter(has_text=question["single"]),
        "dropdown": forms.filter(has=page.locator("select")).first,
        "multiple": forms.filter(has=page.locator(question["multiple"])).first,
        "numeric": forms.filter(has=page.locator("input[inputmode=decimal]")).first,
        "short": forms.filter(has=page.locator("input.question-answer:not([inputmode])")).first,
        "parts": forms.filter(has=page.locator(".question-part")),
    }
