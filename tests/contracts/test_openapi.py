"""The schema is valid OpenAPI 3.1, complete, and made without a warning."""

import io
import json
import re

import pytest
from django.core.management import call_command
from openapi_spec_validator import OpenAPIV31SpecValidator

from accounts.scopes import PARTS
from core.api.views import Endpoint
from tests.contracts.routes import routes

JSON = "application/vnd.oai.openapi+json"


@pytest.fixture(scope="module")
def schema():
    out = io.StringIO()
    # Fails on the first warning.
    call_command("spectacular", format="openapi-json", validate=True, fail_on_warn=True, stdout=out)
    return json.loads(out.getvalue())


def operations(schema):
    return {
        (method, path): operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in {"get", "post", "put", "patch", "delete"}
    }


def test_it_is_openapi_3_1(schema):
    assert schema["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(schema).iter_errors()) == []


def test_every_routed_operation_is_in_it(schema):
    routed = set()
    for route in routes():
        if not route.name.startswith("api:"):
            continue
        path = "/" + re.sub(r"<(?:uuid|slug|int):", "{", route.path).replace(">", "}")
        view = route.view.view_class
        routed |= {(m, path) for m in ("get", "post", "put", "patch", "delete") if hasattr(view, m)}
    assert set(operations(schema)) == routed


def test_operations_have_names_summaries_and_groups(schema):
    found = operations(schema)
    names = [operation["operationId"] for operation in found.values()]
    assert sorted(set(names)) == sorted(names)
    assert [at for at, operation in found.items() if not operation.get("summary") or not operation.get("tags")] == []


def test_errors_are_problem_documents(schema):
    for at, operation in operations(schema).items():
        for status, answer in operation["responses"].items():
            if status.startswith("4"):
                assert list(answer["content"]) == ["application/problem+json"], (at, status)


def test_creating_takes_an_idempotency_key(schema):
    without = {
        path
        for (method, path), operation in operations(schema).items()
        if method == "post" and "Idempotency-Key" not in [p["name"] for p in operation.get("parameters", ())]
    }
    doors = {f"/api/v1/auth/token/{end}" for end in ("", "second-factor/", "refresh/", "revoke/")}
    doors |= {f"/api/v1/auth/session/{end}/" for end in ("token", "refresh", "end")}
    doors |= {f"/api/v1/auth/{end}/" for end in ("register", "email/verify", "email/resend", "email/confirm")}
    doors |= {
        f"/api/v1/{end}/" for end in ("auth/password/reset", "auth/password/reset/confirm", "me/password", "me/proof")
    }
    # Secrets that are shown once are not kept for a second answer.
    # A report of an error is counted, not made.
    assert without - doors == {
        "/api/v1/client-errors/",
        # The session itself changes.
        "/api/v1/users/{public_id}/view-as/",
        "/api/v1/impersonations/stop/",
        "/api/v1/me/recovery-codes/",
        "/api/v1/me/second-factors/totp/",
        "/api/v1/me/second-factors/totp/confirm/",
    }


def test_lists_are_paged(schema):
    for at, operation in operations(schema).items():
        content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
        reference = content.get("schema", {}).get("$ref", "")
        if at[0] == "get" and "Paginated" in reference:
            names = {parameter["name"] for parameter in operation["parameters"]}
            assert {"page", "page_size"} <= names or {"cursor", "page_size"} <= names, at


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "content_type"), [(JSON, JSON), ("application/vnd.oai.openapi", "application/vnd.oai.openapi")]
)
def test_it_is_served_as_json_and_yaml(client, accept, content_type):
    response = client.get("/api/schema/", headers={"Accept": accept})
    assert (response.status_code, response["Content-Type"].split(";")[0]) == (200, content_type)
    assert b"/api/v1/courses/" in response.content


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/schema/", "/api/docs/", "/api/redoc/"])
def test_a_school_may_close_it(client, settings, people, address):
    settings.API_SCHEMA_PUBLIC = False
    assert client.get(address).status_code == 404
    client.force_login(people.student)
    assert client.get(address).status_code == 200


def test_every_part_of_the_api_can_be_named_in_a_key():
    scopes = {}
    for route in routes():
        view = getattr(route.view, "cls", None)
        if route.name.startswith("api:") and issubclass(view or object, Endpoint):
            scopes[route.name] = view.scope

    # The door, and the keys themselves: a key is neither a way in nor a way to more keys.
    without = {name for name, scope in scopes.items() if not scope}
    assert without == {
        "api:accounts:token",
        "api:accounts:token-second-factor",
        "api:accounts:second-factors",
        "api:accounts:totp",
        "api:accounts:totp-confirm",
        "api:accounts:recovery-codes",
        "api:accounts:user-reset-second-factors",
        "api:accounts:token-refresh",
        "api:accounts:token-revoke",
        "api:accounts:session-token",
        "api:accounts:session-refresh",
        "api:accounts:session-end",
        "api:accounts:keys",
        "api:accounts:key",
        "api:accounts:devices",
        "api:accounts:device",
        "api:accounts:sign-out-everywhere",
        # A key cannot see the site as somebody else.
        "api:accounts:user-view-as",
        "api:accounts:impersonation-stop",
        "api:accounts:register",
        "api:accounts:email-verify",
        "api:accounts:email-resend",
        "api:accounts:email-confirm",
        "api:accounts:password-reset",
        "api:accounts:password-reset-confirm",
        "api:accounts:email",
        "api:accounts:proof",
        "api:accounts:password",
        # Ways to sign in are no matter for a key, either.
        "api:accounts:own-connections",
        "api:accounts:own-connection",
        "api:accounts:connections",
        "api:accounts:connection",
        "api:accounts:connection-try",
        "api:accounts:invitation-accept",
        # All of a person's data, and the end of them, are asked for by people.
        "api:privacy:data-exports",
        "api:privacy:data-export",
        "api:privacy:data-export-download",
        "api:privacy:own-erasure",
        "api:privacy:erasures",
        "api:privacy:person-data-exports",
        "api:privacy:person-erasure",
        "api:privacy:retention",
        "api:privacy:retention-run",
    }
    assert {scope for scope in scopes.values() if scope} == set(PARTS)
