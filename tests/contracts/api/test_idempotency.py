"""One key, one effect, equal answers: also for fifteen at the same moment, and on both databases."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.enums import SiteRole
from core.models import IdempotentRequest
from courses.enums import Role
from courses.models import Course, Membership
from tests.factories import CourseFactory, MembershipFactory, UserFactory

LIST = "/api/v1/courses/"
BODY = {"title": "Ponds", "code": "P 1"}


def send(user, body=BODY, key="k-1", address=LIST):
    client = APIClient()
    client.force_authenticate(user)
    return client.post(address, body, headers={"Idempotency-Key": key})


@pytest.fixture
def manager(db):
    return UserFactory(role=SiteRole.MANAGER)


@pytest.mark.django_db(transaction=True)
def test_fifteen_at_once_make_one_course():
    user = UserFactory(role=SiteRole.MANAGER)

    def one(_number):
        try:
            response = send(user)
            return response.status_code, response.content, response["Location"], response["ETag"]
        finally:
            connection.close()

    with ThreadPoolExecutor(15) as threads:
        answers = list(threads.map(one, range(15)))
    assert (len(set(answers)), answers[0][0], Course.objects.count()) == (1, 201, 1)
    assert Membership.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifteen_at_once_for_the_last_place():
    """Without any key: the service itself lets one in."""
    course = CourseFactory(capacity=1)
    users = UserFactory.create_batch(15)

    def one(user):
        try:
            client = APIClient()
            client.force_authenticate(user)
            return client.post(f"{LIST}{course.slug}/enrolments/").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(15) as threads:
        statuses = sorted(threads.map(one, users))
    assert statuses == [201] + [409] * 14
    assert Membership.objects.count() == 1


def test_the_same_again_is_answered_from_memory(manager):
    first, second = send(manager), send(manager)
    assert (first.json(), first["Location"]) == (second.json(), second["Location"])
    assert ("Idempotent-Replay" in first, second["Idempotent-Replay"], Course.objects.count()) == (False, "true", 1)


def test_the_order_of_names_makes_no_difference(manager):
    first = send(manager)
    second = send(manager, dict(reversed(BODY.items())))
    assert second.json() == first.json()


@pytest.mark.parametrize("body", [{**BODY, "title": "Lakes"}, {}, {**BODY, "extra": 1}])
def test_another_body_under_the_same_key_is_refused(manager, body):
    send(manager)
    response = send(manager, body)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert Course.objects.count() == 1


def test_another_address_under_the_same_key_is_refused(manager):
    send(manager)
    response = send(manager, {"title": "M"}, address=f"{LIST}ponds/modules/")
    assert response.status_code == 422


def test_a_refused_request_can_be_sent_again_under_its_key(manager):
    refused = send(manager, {"title": "Ponds"})
    accepted = send(manager)
    assert (refused.status_code, accepted.status_code) == (400, 201)


def test_a_conflict_keeps_nothing(db):
    course, user = CourseFactory(capacity=1), UserFactory()
    taken = MembershipFactory(course=course)
    address = f"{LIST}{course.slug}/enrolments/"
    assert send(user, {}, address=address).status_code == 409
    assert IdempotentRequest.objects.count() == 0
    Membership.objects.filter(pk=taken.pk).delete()
    assert send(user, {}, address=address).status_code == 201


def test_keys_belong_to_their_callers(manager):
    other = UserFactory(role=SiteRole.MANAGER)
    assert [send(user).status_code for user in (manager, other)] == [201, 201]


def test_a_replay_asks_for_the_permission_anew(manager):
    send(manager)
    manager.role = SiteRole.STUDENT
    manager.save()
    assert send(manager).status_code == 403


def test_a_key_has_a_limit(manager):
    response = send(manager, key="x" * 256)
    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_too_long")


def test_reading_takes_no_key(manager):
    client = APIClient()
    client.force_authenticate(manager)
    client.get(LIST, headers={"Idempotency-Key": "k-1"})
    client.patch(LIST, {}, headers={"Idempotency-Key": "k-1"})
    assert IdempotentRequest.objects.count() == 0


def test_the_answer_is_kept_as_it_was_sent(manager):
    response = send(manager)
    kept = IdempotentRequest.objects.get()
    assert (kept.status, json.loads(kept.body)) == (201, response.json())
    assert Membership.objects.get().role == Role.OWNER
