"""People and a course that most tests start from."""

from dataclasses import dataclass

import pytest
from django.core.cache import cache
from django.db import connection

from accounts.enums import SiteRole
from accounts.models import User
from accounts.selectors.consents import keep_policies
from accounts.selectors.policies import keep_rules
from core.counters import counters
from courses.enums import Role
from courses.models import Block, Course, Item, Module, Section
from tests.factories import (
    BlockFactory,
    CourseFactory,
    ItemFactory,
    MembershipFactory,
    ModuleFactory,
    SectionFactory,
    UserFactory,
)

pytest_plugins = ["tests.browser", "tests.described", "tests.push_service"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Troubles that only a database in a file can have are not asked of a server."""
    if connection.vendor == "sqlite":
        return
    aside = [item for item in items if item.get_closest_marker("sqlite")]
    config.hook.pytest_deselected(items=aside)
    items[:] = [item for item in items if item not in aside]


@dataclass
class People:
    """The named people of a course, and those outside it."""

    owner: User
    teacher: User
    assistant: User
    observer: User
    student: User
    other_student: User
    outsider: User
    other_owner: User
    admin: User


@dataclass
class Taught:
    course: Course
    module: Module
    lesson: Item
    draft_lesson: Item
    section: Section
    block: Block
    other_course: Course


@pytest.fixture(autouse=True)
def _fresh_cache(monkeypatch):
    cache.clear()
    counters().clear()
    # However slow the machine is: a count of queries must not change because some seconds have gone by.
    monkeypatch.setattr("accounts.selectors.policies._KEPT_SECONDS", 3600)
    # As on a site that has been up for a moment: the rules of signing in are known, and they are the default ones.
    keep_rules({})
    monkeypatch.setattr("accounts.selectors.consents._KEPT_SECONDS", 3600)
    keep_policies([])


@pytest.fixture
def people(db) -> People:
    return make_people()


def make_people() -> People:
    return People(
        owner=UserFactory(name="Olga Owner", email="owner@example.org", role=SiteRole.MANAGER),
        teacher=UserFactory(name="Tariq Teacher", email="teacher@example.org", role=SiteRole.MANAGER),
        assistant=UserFactory(name="Asa Assistant", email="assistant@example.org"),
        observer=UserFactory(name="Otto Observer", email="observer@example.org"),
        student=UserFactory(name="Sam Student", email="student@example.org"),
        other_student=UserFactory(name="Suri Second", email="second@example.org"),
        outsider=UserFactory(name="Oda Outsider", email="outsider@example.org"),
        other_owner=UserFactory(name="Noor Neighbour", email="neighbour@example.org", role=SiteRole.MANAGER),
        admin=UserFactory(name="Ada Admin", email="admin@example.org", role=SiteRole.ADMIN),
    )


@pytest.fixture
def taught(people: People) -> Taught:
    """A published course with one module, a published and a draft lesson, and everyone in their role.

    Beside it a second course with another owner, so that something could leak.
    """
    return make_taught(people)


def make_taught(people: People) -> Taught:
    course = CourseFactory(slug="statistics", code="STAT 1", title="Statistics")
    for name in ("owner", "teacher", "assistant", "observer", "student"):
        MembershipFactory(course=course, user=getattr(people, name), role=Role(name))
    MembershipFactory(course=course, user=people.other_student)
    module = ModuleFactory(course=course, title="Collecting data")
    lesson = ItemFactory(module=module, title="Who was asked")
    section = SectionFactory(item=lesson)
    block = BlockFactory(section=section, text="Ask four people.")
    draft = ItemFactory(module=module, title="Not ready", state="draft", published_at=None)
    other = CourseFactory(slug="ecology", code="ECO 1", title="Field ecology")
    MembershipFactory(course=other, user=people.other_owner, role=Role.OWNER)
    other_module = ModuleFactory(course=other)
    BlockFactory(section=SectionFactory(item=ItemFactory(module=other_module, title="A hedge")))
    return Taught(course, module, lesson, draft, section, block, other)
