"""Every operation with generated requests, right and wrong ones: it answers as its schema says, and never with a 500.

Bounded and always the same: a few dozen requests for each operation, as a student and as a course's owner.
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
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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


class Signed(WSGIHandler):
    """The whole application, in this thread and transaction, with somebody signed in."""

    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user

    def __call__(self, environ, start_response):
        # Read and closed here, as a server does: the client leaves the files of streamed answers open.
        with closing(super().__call__(environ, start_response)) as answer:
            return list(answer)

    def get_response(self, request):
        # Loaded for each request, as a session or a token would.
        # The client here reads plain answers only, whatever it says.
        request.META.pop("HTTP_ACCEPT_ENCODING", None)
        force_authenticate(request, user=User.objects.get(pk=self.user.pk))
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
def described():
    # Once through JSON: plain values instead of lazy texts.
    raw = SchemaGenerator().get_schema(request=None, public=True)
    return schemathesis.openapi.from_dict(json.loads(JSONRenderer().render(raw)))


@cache
def operations():
    return {result.ok().label: result.ok() for result in described().get_all_operations()}


def cases() -> list[tuple[str, GenerationMode]]:
    """Each operation with right requests, and with wrong ones where a request says anything at all."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            label = f"{method.upper()} {path}"
            found.append((label, GenerationMode.POSITIVE))
            if operation.get("parameters") or operation.get("requestBody"):
                found.append((label, GenerationMode.NEGATIVE))
    return found


def with_things(case, things, draw) -> None:
    """Mostly name things that are there; a generated id is never one."""
    for name in case.path_parameters or {}:
        if draw(st.integers(0, 3)) == 0:
            continue
        if name == "slug":
            case.path_parameters[name] = "statistics"
            continue
        word = case.operation.path.partition(f"/{{{name}}}")[0].rpartition("/")[2]
        # Others are not ids, and the schema names their values.
        if word in things:
            case.path_parameters[name] = str(things[word].public_id)


@pytest.mark.parametrize("person", ["student", "owner"])
@pytest.mark.parametrize(
    ("label", "mode"),
    cases(),
    ids=[f"{label}-{'right' if mode is GenerationMode.POSITIVE else 'wrong'}" for label, mode in cases()],
)
def test_operation(label, person, mode, shared_world):
    operation = operations()[label]
    things = shared_world.things()
    application = Signed(getattr(shared_world.people, person))

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def ask(case, data):
        with_things(case, things, data.draw)
        point = transaction.savepoint()
        try:
            response = case.call(base_url="http://testserver", app=application)
        finally:
            transaction.savepoint_rollback(point)
        case.validate_response(response, checks=CHECKS)

    ask()
