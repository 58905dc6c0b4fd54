"""Whoever looks into a complaint finds who did what, when, from where, and what it was before."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.enums import SiteRole
from accounts.services.people import change_role
from core.models import EventLog

URL = "/api/v1/events/"


def logged(name="core.Something", *, at=None, body=None, **values):
    entry = EventLog.objects.create(name=name, body=body or {"n": 1}, **values)
    if at:
        EventLog.objects.filter(pk=entry.pk).update(at=at)
    return entry


@pytest.fixture
def admin_client(client, people):
    client.force_login(people.admin)
    return client


@pytest.fixture
def program(people):
    client = APIClient()
    client.force_authenticate(people.admin)
    return client


def found(client, **query):
    return [row.id for row in client.get("/operations/events/", query).context["rows"]]


def test_a_change_of_role_is_found_by_the_person_and_shows_everything(admin_client, people):
    change_role(actor=people.admin, user=people.student, role=SiteRole.MANAGER)
    page = admin_client.get("/operations/events/", {"object": str(people.student.public_id)}).content.decode()
    assert ("<bdi>student</bdi>" in page, "<bdi>manager</bdi>" in page, str(people.admin) in page) == (True, True, True)


def test_a_request_notes_where_it_came_from(client, people):
    client.post(
        "/accounts/login/",
        {"login": people.student.email, "password": "wrong"},
        REMOTE_ADDR="192.0.2.7",
    )
    client.force_login(people.owner)
    client.post("/teach/new/course/", {"code": "N 1", "title": "New", "slug": "new"}, REMOTE_ADDR="192.0.2.8")
    assert set(EventLog.objects.filter(actor_id=people.owner.pk).values_list("address", flat=True)) == {"192.0.2.8"}


def test_filters_by_object_person_kind_time_and_request(admin_client, people, taught):
    about = logged(body={"course_id": taught.course.pk, "item_id": taught.lesson.pk}, course_id=taught.course.pk)
    by = logged(actor_id=people.owner.pk, at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    facts = {"user_id": people.owner.pk, "fields": []}
    of = logged("accounts.UserChanged", person_id=people.owner.pk, body=facts, request_id="request-7")
    lesson, course = taught.lesson, taught.course
    assert found(admin_client, object=f"item_id:{lesson.pk}") == [about.pk]
    assert found(admin_client, object=str(lesson.public_id)) == [about.pk]
    assert found(admin_client, object=course.slug) == [about.pk]
    assert found(admin_client, person="Olga") == [of.pk, by.pk]
    assert found(admin_client, person=people.owner.email) == [of.pk, by.pk]
    assert found(admin_client, name="accounts.UserChanged", person=str(people.owner.public_id)) == [of.pk]
    assert found(admin_client, since="2026-03-01", until="2026-03-01") == [by.pk]
    assert found(admin_client, request="request-7") == [of.pk]
    assert found(admin_client, object="item_id:99999999999999999999") == []
    assert found(admin_client, object="nothing-known") == []
    assert found(admin_client, since="yesterday") == [of.pk, by.pk, about.pk]


def test_programs_page_through_by_cursor(program, people):
    entries = [
        logged(actor_id=people.owner.pk, address="192.0.2.1", body={"before": "a", "after": "b"}) for _ in range(3)
    ]
    first = program.get(URL, {"page_size": 2}).json()
    assert first["results"][0] == {
        "id": str(entries[2].public_id),
        "at": first["results"][0]["at"],
        "name": "core.Something",
        "actor": str(people.owner),
        "impersonator": "",
        "course": "",
        "facts": {},
        "before": "a",
        "after": "b",
        "address": "192.0.2.1",
        "request_id": "",
    }
    second = program.get(first["next"]).json()
    assert ([row["id"] for row in second["results"]], second["next"]) == ([str(entries[0].public_id)], None)


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"page_size": "0"}, {"name": "no.Such"}, {"since": "never"}])
def test_what_makes_no_sense_is_a_mistake_by_its_field(program, query):
    answer = program.get(URL, query)
    assert (answer.status_code, set(answer.json()["errors"])) == (400, set(query))


def test_others_read_nothing(people):
    client = APIClient()
    client.force_authenticate(people.owner)
    assert client.get(URL).status_code == 403


@pytest.mark.parametrize("count", [1, 4])
def test_queries_do_not_grow(program, people, count, django_assert_num_queries):
    for _ in range(count):
        logged(actor_id=people.owner.pk)
    with django_assert_num_queries(2):
        assert len(program.get(URL).json()["results"]) == count


def test_a_person_is_found_without_reading_the_facts(program, people):
    with CaptureQueriesContext(connection) as seen:
        program.get(URL, {"person": people.owner.email})
    assert [query["sql"] for query in seen if "WHERE" in query["sql"] and "JSON" in query["sql"]] == []
