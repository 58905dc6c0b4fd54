"""Every kind of page with the demo in it, at two widths and in both themes: axe finds nothing, nothing scrolls sideways."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import override_settings

from accounts.selectors.consents import forget_policies
from accounts.selectors.policies import forget_rules
from courses.models import Item
from lms.demo import load_demo
from tests.e2e.conftest import Opener, assert_accessible, picture, sign_in

STUDENT = {
    "home": "/",
    "catalogue": "/courses/",
    "course": "/courses/statistics/",
    "profile": "/profile/",
    "own-data": "/profile/data/",
    "leave": "/courses/statistics/leave/",
}
MANAGER = {
    "teaching": "/teach/",
    "builder": "/teach/statistics/",
    "settings": "/teach/statistics/settings/",
    "people": "/courses/statistics/people/",
    "questions": "/teach/statistics/questions/",
    "new-course": "/teach/new/course/",
    "import": "/teach/new/import/",
    "styleguide": "/styleguide/",
}
ADMIN = {
    "operations": "/operations/",
    "events": "/operations/events/",
    "retention": "/operations/retention/",
    "sign-in-rules": "/people/sign-in-rules/",
    "everyone": "/people/",
    "new-person": "/people/new/",
    "sent-mail": "/sent-mail/",
    "errors": "/docs/errors/",
}
VISITOR = {
    "landing": "/",
    "sign-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "reset": "/accounts/password/reset/",
    "offline": "/offline/",
    "policies": "/policies/",
    "terms": "/policies/terms/",
}

BY_ROLE = {"visitor": VISITOR, "student": STUDENT, "manager": MANAGER, "admin": ADMIN}

# A group of its own: the demo is loaded once, and the other browser tests need not wait for it.
pytestmark = [pytest.mark.sqlite, pytest.mark.xdist_group("pages")]

LOOKS = [(1280, "light"), (360, "dark"), (320, "light")]
# What the documentation shows; the phone's pictures in dark.
SHOWN = {"home", "lesson", "course", "builder", "people", "sign-in", "operations"}


@dataclass
class World:
    """The demo as it was loaded, to be laid down again for each test: to load it takes longer than to look at it."""

    rows: sqlite3.Connection
    people: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def worlds() -> Iterator[list[World]]:
    """The world of this module, once a test has loaded it."""
    made: list[World] = []
    yield made
    for world in made:
        world.rows.close()


@pytest.fixture
def people(worlds: list[World], transactional_db, tmp_path: Path) -> dict[str, dict[str, str]]:
    """The demo; who can sign in to it, by role."""
    connection.ensure_connection()
    if worlds:
        worlds[0].rows.backup(connection.connection)
        ContentType.objects.clear_cache()
    else:
        # Another process may write its own at the same time.
        with override_settings(VAR_DIR=tmp_path):
            load_demo()
        rows = json.loads((tmp_path / "demo-sign-ins.json").read_text())
        worlds.append(World(sqlite3.connect(":memory:"), {row["role"]: row for row in rows}))
        connection.connection.backup(worlds[0].rows)
    forget_rules()
    forget_policies()
    return worlds[0].people


def pages_of(role: str) -> dict[str, str]:
    lesson = Item.objects.get(course__slug="statistics", source_id="why-averages-settle")
    more = {
        "student": {"lesson": lesson.get_absolute_url()},
        "manager": {"edit": f"/teach/statistics/items/{lesson.public_id}/"},
    }
    return {**BY_ROLE[role], **more.get(role, {})}


@pytest.mark.parametrize("role", BY_ROLE)
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_every_kind_of_page(people, open_page: Opener, role: str, width: int, theme: str):
    page = open_page(width=width, theme=theme)
    if role in people:
        sign_in(page, people[role]["email"], people[role]["password"])
    for name, path in pages_of(role).items():
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert_accessible(page)
        if name in SHOWN and width != 320:
            picture(page, name if width == 1280 else f"{name}-phone")
