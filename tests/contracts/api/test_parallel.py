"""Equal creating requests at the same moment, sent to a running server by twenty clients: one effect, equal answers."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from accounts.models import ApiKey, Invitation, User
from accounts.services.programs import sign_in_program
from assessments.models import Attempt, Question
from courses.models import Block, Course, CourseInvitation, ExportRun, Item, Membership, Module, Page, Section
from tests.contracts.world import World

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 20
# Shown once: a repeated answer is without them.
SECRETS = {"key", "link"}


def creations(world: World) -> list[tuple[str, str, dict[str, Any], type]]:
    """Who makes what where: person, address, body, model."""
    taught = world.taught
    course, lesson = f"courses/{taught.course.slug}", f"lessons/{taught.lesson.public_id}"
    return [
        ("owner", "courses/", {"title": "Ponds", "code": "P 1"}, Course),
        ("owner", f"{course}/modules/", {"title": "The shore"}, Module),
        ("owner", "lessons/", {"module": str(taught.module.public_id), "title": "Reeds"}, Item),
        ("owner", f"{lesson}/sections/", {"title": "Check yourself"}, Section),
        ("owner", f"{lesson}/blocks/", {"kind": "text", "text": "Reeds"}, Block),
        ("owner", f"{course}/pages/", {"title": "Words", "text": "Reed"}, Page),
        (
            "owner",
            "questions/",
            {"course": taught.course.slug, "kind": "short", "text": "Where?", "accept": ["there"]},
            Question,
        ),
        ("owner", f"{course}/enrolments/", {"email": world.people.outsider.email}, Membership),
        ("owner", f"{course}/invitations/", {"places": 30}, CourseInvitation),
        ("owner", f"{course}/exports/", {}, ExportRun),
        # Enrolled above.
        ("outsider", "attempts/", {"lesson": str(taught.lesson.public_id)}, Attempt),
        ("admin", "users/", {"name": "Noa New", "email": "noa@example.org"}, User),
        ("admin", "invitations/", {"email": "imani@example.org"}, Invitation),
        (
            "admin",
            "me/keys/",
            {"name": "Sync", "scopes": ["courses:read"], "expires_at": "2027-01-31T00:00:00Z"},
            ApiKey,
        ),
    ]


def send_at_once(site: str, person: User, address: str, body: dict[str, Any], key: str) -> list[httpx.Response]:
    token = sign_in_program(user=person, name="Twenty").access
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}

    def one(_number: int) -> httpx.Response:
        return httpx.post(f"{site}/api/v1/{address}", json=body, headers=headers, timeout=120)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


def told(answer: httpx.Response) -> tuple[int, str, str]:
    said = {name: value for name, value in answer.json().items() if name not in SECRETS}
    return answer.status_code, json.dumps(said, sort_keys=True), answer.headers.get("Location", "")


def test_twenty_equal_requests_make_one_of_each_thing(world, live_server, settings):
    settings.SITE_URL = live_server.url
    found, wanted = {}, {}
    for number, (name, address, body, model) in enumerate(creations(world)):
        before = model._base_manager.count()
        answers = send_at_once(live_server.url, getattr(world.people, name), address, body, f"k-{number}")
        first = [answer for answer in answers if "Idempotent-Replay" not in answer.headers]
        found[address] = (
            len({told(answer) for answer in answers}),
            {answer.status_code for answer in answers} <= {201, 202},
            len(first),
            model._base_manager.count() - before,
        )
        wanted[address] = (1, True, 1, 1)
    assert found == wanted


def test_another_body_under_the_key_of_twenty_is_told_apart(world, live_server, settings):
    settings.SITE_URL = live_server.url
    token = sign_in_program(user=world.people.owner, name="Twenty").access
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}

    def one(number: int) -> tuple[int, str]:
        body = {"title": f"Ponds {number % 2}", "code": "P 1"}
        answer = httpx.post(f"{live_server.url}/api/v1/courses/", json=body, headers=headers, timeout=120)
        return answer.status_code, answer.json().get("code", "") if answer.status_code >= 400 else ""

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = sorted(threads.map(one, range(AT_ONCE)))
    assert answers == [(201, "")] * 10 + [(422, "idempotency_key_reused")] * 10
    assert Course.objects.filter(title__startswith="Ponds").count() == 1
