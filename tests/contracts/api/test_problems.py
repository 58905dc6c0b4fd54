"""Whatever goes wrong below /api/ is a problem document, and never a 500."""

import json

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from courses.services import course as courses

LIST = "/api/v1/courses/"
ABSENT = "01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10"


@pytest.fixture
def manager(people):
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(people.owner)
    return client


def shape(response):
    body = response.json()
    assert response["Content-Type"] == "application/problem+json"
    assert body["status"] == response.status_code
    assert body["type"].endswith(f"/docs/errors/{body['code']}/")
    assert body["title"]
    assert body["request_id"] == response["X-Request-ID"]
    return response.status_code, body["code"]


def raw(client, content, content_type="application/json", **headers):
    return client.generic("POST", LIST, content, content_type=content_type, headers=headers)


def test_not_signed_in(client, db):
    response = client.get(LIST)
    assert shape(response) == (401, "not_signed_in")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_broken_token(client, db):
    response = client.get(LIST, headers={"Authorization": "Bearer nonsense"})
    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/nothing/",
        "/api/nothing/",
        "/api/v2/courses/",
        "/api/v1/lessons/not-a-uuid/",
        f"/api/v1/lessons/{ABSENT}/",
        "/api/v1/courses/no-such-course/",
    ],
)
def test_nothing_at_the_address(manager, address):
    assert shape(manager.get(address)) == (404, "not_found")


def test_the_wrong_method(manager):
    response = manager.put(LIST, {})
    assert shape(response) == (405, "method_not_allowed")
    assert "POST" in response["Allow"]


def test_another_language_than_json(manager):
    assert shape(raw(manager, "title=a", "application/x-www-form-urlencoded")) == (415, "unsupported_media_type")
    assert shape(manager.get(LIST, headers={"Accept": "text/csv"})) == (406, "not_acceptable")


@pytest.mark.parametrize(
    "content",
    [
        "{",
        '{"title": NaN}',
        '{"title": 1e999}',
        '{"title": "\\ud800", "code": "A"}',
        '{"data": {"\\udfff": 1}}',
        b"\xff\xfe{}",
        "[" * 100_000,
        '{"a":' * 50_000,
        "1" * 5_000,
    ],
    ids=[
        "cut off",
        "NaN",
        "infinite",
        "half a pair",
        "half a pair as a name",
        "not UTF-8",
        "deep",
        "deep objects",
        "long",
    ],
)
def test_what_is_no_json(manager, content):
    assert shape(raw(manager, content)) == (400, "not_json")


@pytest.mark.parametrize("content", ["[]", '"text"', "7", "null", "true", '[{"title": "A", "code": "A"}]'])
def test_json_that_is_no_object(manager, content):
    assert shape(raw(manager, content)) == (400, "not_an_object")


def test_broken_json_under_a_key_keeps_nothing(manager):
    assert shape(raw(manager, "{", **{"Idempotency-Key": "k"})) == (400, "not_json")
    assert raw(manager, json.dumps({"title": "A", "code": "A"}), **{"Idempotency-Key": "k"}).status_code == 201


def test_a_body_that_is_too_large(manager, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    status, _code = shape(raw(manager, json.dumps({"title": "x" * 2000})))
    assert status in {400, 413}


@pytest.mark.parametrize(
    ("message", "status"),
    [("database is locked", 503), ("database or disk is full", 507), ("attempt to write a readonly database", 503)],
)
def test_a_database_in_trouble(manager, monkeypatch, message, status):
    def fail(**kwargs):
        raise OperationalError(message)

    monkeypatch.setattr(courses, "create_course", fail)
    response = manager.post(LIST, {"title": "A", "code": "A"})
    assert (shape(response), response["Retry-After"]) == ((status, "database_unavailable"), "5")


def test_a_bug_of_ours_is_a_problem_document_too(manager, monkeypatch):
    def fail(**kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(courses, "create_course", fail)
    response = manager.post(LIST, {"title": "A", "code": "A"})
    assert (response.status_code, response.json()["code"]) == (500, "server_error")
    assert "ZeroDivision" not in response.content.decode()


def test_fields_of_lists_are_named_by_their_place(manager, people, taught):
    response = manager.post("/api/v1/courses/statistics/enrolments/", {"role": "king", "user": 1.5})
    assert (shape(response), set(response.json()["errors"])) == ((400, "invalid"), {"role", "user"})


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete"])
def test_a_null_character_in_the_address(manager, method):
    response = getattr(manager, method)("/api/v1/courses/a%00b/")
    assert response.status_code == 404


def test_a_long_address(manager):
    assert manager.get(f"{LIST}{'x' * 5_000}/").status_code == 404


def test_a_page_of_a_list(manager, taught):
    body = manager.get(f"{LIST}?page_size=1").json()
    assert (body["count"], body["previous"], body["next"], len(body["results"])) == (
        2,
        None,
        "http://testserver/api/v1/courses/?page=2&page_size=1",
        1,
    )


class TestOrigins:
    """Pages of other origins are told what to change."""

    @pytest.mark.parametrize("method", ["get", "post", "options"])
    def test_an_unknown_one_is_named_with_the_setting(self, client, db, method, caplog):
        response = getattr(client, method)(LIST, headers={"Origin": "https://elsewhere.example"})
        assert shape(response) == (403, "origin_refused")
        for said in (response.json()["title"], caplog.text):
            assert "https://elsewhere.example" in said
            assert "CORS_ALLOWED_ORIGINS" in said

    @pytest.mark.parametrize("origin", ["http://testserver", "https://app.example.org"])
    def test_the_site_itself_and_a_listed_one_are_heard(self, client, db, settings, origin):
        settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org"]
        assert shape(client.get(LIST, headers={"Origin": origin})) == (401, "not_signed_in")

    def test_a_preflight_for_a_header_that_is_not_allowed_names_it(self, client, db, settings):
        settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org"]
        headers = {"Origin": "https://app.example.org", "Access-Control-Request-Method": "GET"}
        asked = client.options(LIST, headers=headers | {"Access-Control-Request-Headers": "authorization, X-Mine"})
        assert shape(asked) == (403, "header_refused")
        assert "x-mine" in asked.json()["title"]
        fine = client.options(LIST, headers=headers | {"Access-Control-Request-Headers": "authorization"})
        assert (fine.status_code, fine["Access-Control-Allow-Origin"]) == (200, "https://app.example.org")

    @pytest.mark.parametrize("origin", ["null", "", "file://", "https://app.example.org.evil.example", "é" * 300])
    def test_odd_ones_are_refused_like_any(self, client, db, settings, origin):
        settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org"]
        assert shape(client.get(LIST, headers={"Origin": origin})) == (403, "origin_refused")

    @pytest.mark.parametrize("method", ["get", "options"])
    @pytest.mark.parametrize("origin", ["https://app.example.org", "https://elsewhere.example", "null"])
    def test_no_origin_is_heard_with_cookies_nor_all_of_them(self, client, db, settings, method, origin):
        settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org"]
        for address in (LIST, "/accounts/login/", "/.well-known/jwks.json"):
            headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
            answer = getattr(client, method)(address, headers=headers)
            assert "Access-Control-Allow-Credentials" not in answer
            is_listed = origin == "https://app.example.org" and address == LIST
            assert answer.get("Access-Control-Allow-Origin") == (origin if is_listed else None)

    def test_pages_are_not_asked(self, client, db):
        assert client.get("/accounts/login/", headers={"Origin": "https://elsewhere.example"}).status_code == 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"title": "A", "code": "B", "title": "C"}', "title"),
        ('{"title": ' + "[" * 40 + "]" * 40 + "}", "32"),
        ('{"a":' * 33 + "1" + "}" * 33, "32"),
    ],
)
def test_names_twice_and_deep_nesting_are_refused(manager, text, said):
    response = raw(manager, text)
    assert shape(response) == (400, "not_json")
    assert said in response.json()["title"]


class TestFields:
    def test_a_row_has_only_those_that_were_asked_for(self, manager, taught):
        body = manager.get(LIST, {"fields": "slug, title"}).json()
        assert list(body) == ["count", "next", "previous", "results"]
        assert body["results"] != []
        assert {tuple(row) for row in body["results"]} == {("slug", "title")}
        one = manager.get(f"{LIST}{taught.course.slug}/", {"fields": "title"})
        assert one.json() == {"title": taught.course.title}
        assert one["ETag"] == manager.get(f"{LIST}{taught.course.slug}/")["ETag"]

    @pytest.mark.parametrize(("names", "said"), [("nothing", "nothing"), ("id,__class__", "__class__"), (",", "id")])
    def test_a_name_that_is_not_there_is_named(self, manager, taught, names, said):
        response = manager.get(LIST, {"fields": names})
        assert shape(response) == (400, "invalid")
        assert said in response.json()["errors"]["fields"][0]

    def test_an_empty_list_has_no_names(self, manager):
        assert manager.get("/api/v1/me/keys/", {"fields": "name"}).json()["results"] == []
