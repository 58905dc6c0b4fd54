"""Reading: as many queries for much as for little, and nothing written."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from courses.enums import Role
from files.services.sharing import link_of
from tests.contracts.pages import pages
from tests.contracts.world import World
from tests.factories import (
    BlockFactory,
    CourseFactory,
    ItemFactory,
    MembershipFactory,
    ModuleFactory,
    PageFactory,
    SectionFactory,
    UserFactory,
)
from tests.factories.assessments import put_poll, put_question

LISTS = (
    "/api/v1/users/",
    "/api/v1/me/access-log/",
    "/api/v1/users/{student}/accommodations/",
    "/api/v1/courses/",
    "/api/v1/courses/?mine=true&search=a",
    "/api/v1/courses/statistics/modules/",
    "/api/v1/courses/statistics/pages/",
    "/api/v1/courses/statistics/health/",
    "/api/v1/courses/statistics/enrolments/",
    "/api/v1/courses/statistics/progress/",
    "/api/v1/courses/statistics/results/",
    "/api/v1/polls/?course=statistics",
    "/api/v1/lessons/",
    "/api/v1/lessons/?course=statistics",
    "/api/v1/lessons/{lesson}/",
    "/api/v1/enrolments/",
    "/api/v1/progress/",
    "/api/v1/questions/?course=statistics",
    "/api/v1/attempts/",
    "/api/v1/folders/",
    "/api/v1/files/",
    "/api/v1/shares/",
)


def enlarge(world: World) -> None:
    """More of everything that a page could list."""
    taught, people = world.taught, world.people
    for number in range(6):
        course = CourseFactory()
        for name in ("owner", "student", "teacher"):
            MembershipFactory(course=course, user=getattr(people, name), role=Role(name))
        ItemFactory(module=ModuleFactory(course=course))
        ItemFactory(module=ModuleFactory(course=taught.course))
        ItemFactory.create_batch(2, module=taught.module)
        section = SectionFactory(item=taught.lesson, title=f"Part {number}")
        BlockFactory.create_batch(2, section=section)
        put_question(section)
        put_poll(section)
        PageFactory(course=taught.course)
        MembershipFactory(course=taught.course, user=UserFactory())


def asked(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200, address
    return [query["sql"] for query in seen]


def is_write(sql: str) -> bool:
    if 'UPDATE "core_workerbeat"' in sql and sql.endswith('"id" = 0'):
        # The check whether the database can be written to: there is no such row.
        return False
    return not sql.lstrip().startswith(("SELECT", "SAVEPOINT", "RELEASE", "BEGIN", "PRAGMA", "ROLLBACK"))


def test_pages_take_as_many_queries_for_much_as_for_little(world):
    def counts() -> dict[tuple[str, str], int]:
        found = {}
        for person, address in pages(world):
            client = signed_in(world, person)
            client.get(address)
            found[person, address] = len(asked(client, address))
        return found

    few = counts()
    enlarge(world)
    many = counts()
    assert {at: (few[at], many[at]) for at in few if many[at] > few[at]} == {}


def test_lists_of_the_api_take_as_many_queries_for_much_as_for_little(world):
    def counts() -> dict[tuple[str, str], int]:
        found = {}
        for person in ("student", "teacher", "admin"):
            for address in LISTS:
                if person == "student" and address.endswith(("statistics/progress/", "statistics/health/")):
                    continue
                client = APIClient()
                client.force_authenticate(world.users()[person])
                found[person, address] = len(
                    asked(
                        client,
                        address.format(lesson=world.taught.lesson.public_id, student=world.people.student.public_id),
                    )
                )
        return found

    few = counts()
    enlarge(world)
    many = counts()
    assert {at: (few[at], many[at]) for at in few if many[at] > few[at]} == {}


def signed_in(world: World, person: str) -> Client:
    client = Client()
    if person != "anonymous":
        client.force_login(getattr(world.people, person))
    return client


def test_reading_pages_writes_nothing_but_the_visit_to_a_lesson_and_the_look_at_a_file(world):
    written = {}
    for person, address in pages(world):
        client = signed_in(world, person)
        if writes := [sql for sql in asked(client, address) if is_write(sql)]:
            written[person, address] = writes
        # The visit is noted once in five minutes.
        assert [sql for sql in asked(client, address) if is_write(sql)] == [], (person, address)
    lesson = f"/learn/statistics/{world.taught.lesson.public_id}/"
    kept = f"/files/kept/{world.objects['kept'].public_id}/"
    links = {("anonymous", link_of(world.objects[name])) for name in ("link", "folder_link")}
    # Of a folder looks are noted of those alone whom it is shared with.
    shared = world.objects["folder"].get_absolute_url()
    looks = {("teacher", kept), ("student", shared), *links}
    assert set(written) == {("student", lesson), *looks}
    for look in looks:
        assert [sql.split()[:3] for sql in written[look]] == [["INSERT", "INTO", '"files_accesslog"']]
    assert [sql.split()[:3] for sql in written["student", lesson]] == [["INSERT", "INTO", '"courses_itemprogress"']]


@pytest.mark.parametrize("person", ["student", "teacher", "admin"])
def test_reading_the_api_writes_nothing(world, person):
    client = APIClient()
    client.force_authenticate(world.users()[person])
    for address in LISTS:
        with CaptureQueriesContext(connection) as seen:
            client.get(address.format(lesson=world.taught.lesson.public_id, student=world.people.student.public_id))
        assert [query["sql"] for query in seen if is_write(query["sql"])] == []
