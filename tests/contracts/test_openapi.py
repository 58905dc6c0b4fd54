"""The schema is valid OpenAPI 3.1, complete, and made without a warning."""

import io
import json
import re

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from accounts.scopes import PARTS
from core.api.views import Endpoint
from lms.api.own_problems import OWN_PROBLEMS
from lms.error_docs import ERROR_DOCS
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
        path = "/" + re.sub(r"<(?:uuid|slug|int|str):", "{", route.path).replace(">", "}")
        view = route.view.view_class
        routed |= {(m, path) for m in ("get", "post", "put", "patch", "delete") if hasattr(view, m)}
    assert set(operations(schema)) == routed


def test_operations_have_names_summaries_and_groups(schema):
    found = operations(schema)
    names = [operation["operationId"] for operation in found.values()]
    assert sorted(set(names)) == sorted(names)
    assert [at for at, operation in found.items() if not operation.get("summary") or not operation.get("tags")] == []


def resolved(schema, found):
    """What a reference within the description refers to."""
    if "$ref" not in found:
        return found
    target = schema
    for part in found["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return target


def refusals(schema):
    """Every answer of every operation that is no success."""
    for at, operation in operations(schema).items():
        for status, answer in operation["responses"].items():
            if not status.startswith("2"):
                yield at, status, resolved(schema, answer)


def test_errors_are_problem_documents_and_name_their_codes(schema):
    for at, status, answer in refusals(schema):
        assert list(answer["content"]) == ["application/problem+json"], (at, status)
        examples = answer["content"]["application/problem+json"]["examples"]
        assert examples, (at, status)
        for code, reference in examples.items():
            value = resolved(schema, reference)["value"]
            assert (value["code"], value["status"]) == (code, int(status)), (at, status)
            assert f"`{code}`" in answer["description"], (at, status)


def test_every_operation_says_how_it_refuses(schema):
    found = {at: set(operation["responses"]) for at, operation in operations(schema).items()}
    assert [at for at, statuses in found.items() if not {"403", "406", "429", "500", "503"} <= statuses] == []
    assert [at for at, operation in operations(schema).items() if not operation.get("description")] == []


def test_the_table_of_problems_names_operations_and_codes_that_there_are(schema):
    names = {operation["operationId"] for operation in operations(schema).values()}
    assert sorted(set(OWN_PROBLEMS) - names) == []
    assert sorted({code for codes in OWN_PROBLEMS.values() for code in codes} - set(ERROR_DOCS)) == []


def bodies(schema):
    """What each operation takes and gives: where, its kind of content, and what is said of it."""
    for (method, path), operation in operations(schema).items():
        found = {"request": operation.get("requestBody", {})}
        found |= {s: resolved(schema, answer) for s, answer in operation["responses"].items()}
        for part, body in found.items():
            for kind, media in body.get("content", {}).items():
                yield f"{method} {path} {part} {kind}", media


def test_every_body_has_an_example_that_is_right(schema):
    without, wrong = [], []
    # One registry: references within the description are looked up in it, and not crawled for anew each time.
    known = Registry().with_resource("urn:api", DRAFT202012.create_resource({"components": schema["components"]}))
    seen = set()
    for at, media in bodies(schema):
        examples = media.get("examples", {})
        if not examples:
            without.append(at)
        described = json.loads(json.dumps(media["schema"]).replace('"#/', '"urn:api#/'))
        for name, example in examples.items():
            value = resolved(schema, example)["value"]
            if (one := json.dumps([described, value])) in seen:
                continue
            seen.add(one)
            checked = Draft202012Validator(described, registry=known, format_checker=FormatChecker())
            wrong += [f"{at} {name}: {error.message[:200]}" for error in checked.iter_errors(value)]
    assert (without, wrong) == ([], [])


def unnamed(value, name=""):
    """Fields of an example that nobody has given a word: the last resort is "text"."""
    if isinstance(value, dict):
        return [found for key, one in value.items() for found in unnamed(one, key)]
    if isinstance(value, list):
        return [found for one in value for found in unnamed(one, name)]
    return [name] if value == "text" and name not in {"kind"} else []


def test_every_field_has_a_word_of_its_own(schema):
    found = {
        name
        for _at, media in bodies(schema)
        for example in media["examples"].values()
        for name in unnamed(resolved(schema, example)["value"])
    }
    assert sorted(found) == []


def test_changes_take_if_match_where_there_is_a_version(schema):
    for (method, path), operation in operations(schema).items():
        names = [parameter["name"] for parameter in operation.get("parameters", ())]
        refused = resolved(schema, operation["responses"].get("412", {}))
        is_versioned = "stale_version" in refused.get("content", {}).get("application/problem+json", {}).get(
            "examples", {}
        )
        assert ("If-Match" in names) == is_versioned, (method, path)
        assert method in {"patch", "put"} or "If-Match" not in names, (method, path)


def test_every_group_is_introduced(schema):
    used = {tag for operation in operations(schema).values() for tag in operation["tags"]}
    told = {tag["name"]: tag["description"] for tag in schema["tags"]}
    assert (sorted(used), all(told.values())) == (sorted(told), True)


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
        "/api/v1/realtime/ticket/",
        # Said twice they make nothing twice, and addresses are good for minutes.
        "/api/v1/uploads/{public_id}/parts/",
        "/api/v1/uploads/{public_id}/complete/",
        # The session itself changes.
        "/api/v1/users/{public_id}/view-as/",
        "/api/v1/impersonations/stop/",
        "/api/v1/me/recovery-codes/",
        "/api/v1/me/second-factors/totp/",
        "/api/v1/me/second-factors/totp/confirm/",
    }


# What a person must not move about themselves (``tests/accounts``, ``tests/courses`` hold who may).
NOT_ONES_OWN = {
    *("role", "is_staff", "is_superuser", "is_active", "user", "owner"),
    *("score", "grade", "points", "max_points", "status", "state", "attempts", "deadline"),
    *("extra_attempts", "extra_days", "time_factor"),
}
GIVEN = ["extra_attempts", "extra_days", "time_factor"]


def named_in(schema, found):
    found = resolved(schema, found)
    yield from found.get("properties", ())
    for kind in ("oneOf", "anyOf", "allOf"):
        for one in found.get(kind, ()):
            yield from named_in(schema, one)


def test_rights_and_results_are_written_where_it_is_meant(schema):
    """Whoever adds such a field to a request says here that its operation asks for the right to it."""
    found = {}
    for operation in operations(schema).values():
        for media in resolved(schema, operation.get("requestBody", {})).get("content", {}).values():
            if names := NOT_ONES_OWN & set(named_in(schema, media["schema"])):
                found[operation["operationId"]] = sorted(names)
    assert found == {
        "accommodations_change": GIVEN,
        "accommodations_create": GIVEN,
        "course_invitations_create": ["role"],
        "enrolments_change": ["role"],
        "enrolments_create": ["role", "user"],
        "invitations_create": ["role"],
        "people_actions_create": ["role"],
        "questions_change": ["attempts", "points"],
        "questions_create": ["attempts", "points"],
        "users_change": ["role"],
        "users_create": ["role"],
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
        # A browser is at hand where it is asked for.
        "api:notifications:push",
        "api:notifications:push-browser",
        "api:notifications:push-try",
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
        "api:accounts:connection-key",
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
