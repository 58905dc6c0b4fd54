"""Every operation with generated requests, right and wrong ones: it answers as its schema says, and never with a 500.

Bounded and always the same. The requests of an operation are made once, which takes most of the time, and each is then sent
as everybody in turn: nobody, a student, another student whose things are asked for, the owner of another course, the owner
of this one, an administrator.
"""

import json
from contextlib import closing
from functools import cache

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from rest_framework.renderers import JSONRenderer
from rest_framework.test import force_authenticate
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import User

pytestmark = pytest.mark.django_db

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 12
# What decides who may stands in the body, so that is read first.
DECIDED_BY_BODY = {"POST /api/v1/lessons/"}
NAMED_IN_BODIES = {"module": "modules", "lesson": "lessons", "section": "sections"}
PEOPLE = (None, "student", "other_student", "other_owner", "owner", "admin")


# A part of a file is bytes, as these are.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")


class Signed(WSGIHandler):
    """The whole application, in this thread and transaction, with somebody or nobody signed in."""

    def __init__(self, user: User | None) -> None:
        super().__init__()
        self.user = user

    def __call__(self, environ, start_response):
        # Read and closed here, as a server does: the client leaves the files of streamed answers open.
        with closing(super().__call__(environ, start_response)) as answer:
            return list(answer)

    def get_response(self, request):
        # The client here reads plain answers only, whatever it says.
        request.META.pop("HTTP_ACCEPT_ENCODING", None)
        # Loaded for each request, as a session or a token would.
        force_authenticate(request, user=self.user and User.objects.get(pk=self.user.pk))
        return super().get_response(request)


@pytest.fixture(autouse=True)
def _one_connection():
    """As Django's test client does: a request neither opens nor closes the connection of the test."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@cache
def raw_schema():
    # Once through JSON: plain values instead of lazy texts.
    raw = SchemaGenerator().get_schema(request=None, public=True)
    return json.loads(JSONRenderer().render(raw))


@cache
def operations():
    described = schemathesis.openapi.from_dict(raw_schema())
    return {result.ok().label: result.ok() for result in described.get_all_operations()}


@cache
def labels() -> list[str]:
    return [f"{method.upper()} {path}" for path, methods in raw_schema()["paths"].items() for method in methods]


def modes(label: str) -> list[GenerationMode]:
    """Right requests, and wrong ones where a request says anything at all."""
    described = operations()[label].definition.raw
    says = described.get("parameters") or described.get("requestBody")
    return [GenerationMode.POSITIVE, GenerationMode.NEGATIVE] if says else [GenerationMode.POSITIVE]


def generated(label: str, mode: GenerationMode) -> list:
    """A dozen requests, the same each time."""
    made = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operations()[label].as_strategy(generation_mode=mode))
    def keep(case):
        made.append(case)

    keep()
    return made


def with_things(case, things) -> None:
    """Name things that are there, in the address and in the body; a generated id is never one."""
    for name in NAMED_IN_BODIES.keys() & (case.body.keys() if isinstance(case.body, dict) else ()):
        case.body[name] = str(things[NAMED_IN_BODIES[name]].public_id)
    for name in case.path_parameters or {}:
        if name == "slug":
            case.path_parameters[name] = "statistics"
            continue
        word = case.operation.path.partition(f"/{{{name}}}")[0].rpartition("/")[2]
        # Others are not ids, and the schema names their values.
        if word in things:
            case.path_parameters[name] = str(things[word].public_id)


def is_about_the_key(response) -> bool:
    """Whether the request's ``Idempotency-Key`` is refused, which says nothing of what was asked."""
    return response.status_code == 400 and response.json()["code"] == "idempotency_key_too_long"


@pytest.fixture(autouse=True)
def _proved(monkeypatch):
    """Everybody has just proved who they are: without it nothing behind that door would be asked."""
    monkeypatch.setattr("accounts.proof.is_proved_in_api", lambda request: True)


@pytest.mark.parametrize("label", labels())
def test_operation(label, shared_world):
    things = shared_world.things()
    applications = {name: Signed(name and getattr(shared_world.people, name)) for name in PEOPLE}
    needs_sign_in = operations()[label].definition.raw.get("security") != []
    refused, unexpected = dict.fromkeys(PEOPLE, label not in DECIDED_BY_BODY), []
    for mode in modes(label):
        for place, case in enumerate(generated(label, mode)):
            there = place % 4 != 3
            if there:
                with_things(case, things)
            for name, application in applications.items():
                point = transaction.savepoint()
                try:
                    response = case.call(base_url="http://testserver", app=application)
                finally:
                    transaction.savepoint_rollback(point)
                case.validate_response(response, checks=CHECKS)
                status = response.status_code
                if there and mode is GenerationMode.POSITIVE:
                    refused[name] &= status == 403 or (status == 404 and bool(case.path_parameters))
                # Who may not is told so before anybody looks at what they sent. 404: no such address.
                elif there and refused[name] and status not in {403, 404} and not is_about_the_key(response):
                    unexpected.append((name, status, case.as_curl_command()))
                if name is None and needs_sign_in and status not in {401, 404}:
                    unexpected.append((name, status, case.as_curl_command()))
    assert unexpected == []
