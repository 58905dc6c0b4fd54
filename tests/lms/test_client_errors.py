"""Errors in browsers: told without sign-in, kept once, without secrets, looked after by administrators."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from core.client_errors import MOST_KINDS, ClientReport, note_client_error
from core.models import ClientError, EventLog
from core.slots import RETENTION

URL = "/api/v1/client-errors/"
PAGE = "/operations/browser-errors/"
CANARY = "Canary7Secret0Value"


def tell(client=None, **more):
    body = {"kind": "error", "message": "x is not a function", "source": "/static/js/main.js", "line": 3, **more}
    return (client or Client()).post(URL, body, content_type="application/json")


@pytest.fixture
def admin_client(client, people):
    client.force_login(people.admin)
    return client


def test_the_same_error_is_kept_once_with_a_count(db):
    statuses = [
        tell(message="row 12 is missing", source="/static/js/main.0123456789ab.js").status_code,
        tell(message="row 7 is missing", source="/static/js/main.ba9876543210.js").status_code,
        tell(message="row 7 is missing", kind="promise").status_code,
    ]
    kept = ClientError.objects.order_by("pk").values_list("message", "count")
    assert (statuses, list(kept)) == ([204] * 3, [("row 12 is missing", 2), ("row 7 is missing", 1)])


def test_nothing_of_persons_and_secrets_is_kept(db):
    tell(
        message=f"no answer of https://learn.example.org/x/?q={CANARY} to maria@example.org",
        source=f"https://learn.example.org/static/js/main.js?v={CANARY}",
        stack=f"at f (https://learn.example.org/a.js#{CANARY}:1:2)\n token={CANARY} {CANARY}{CANARY}",
        page=f"/accounts/password/reset/key/3-{CANARY}/",
    )
    row = ClientError.objects.values("message", "source", "stack", "page").get()
    assert not [value for value in row.values() if CANARY in value or "maria" in value or "example.org" in value]
    assert row["message"] == "no answer of /x/ to [removed]"


def test_a_cookie_along_with_it_changes_nothing(people):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.student)
    assert tell(client).status_code == 204


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"kind": "other"}, 400),
        ({"message": ""}, 400),
        ({"message": "x" * 501}, 400),
        ({"line": -1}, 400),
        ({"message": "a\x00b"}, 400),
        ({"stack": "x" * 17_000}, 413),
    ],
)
def test_what_is_no_report_is_refused(db, more, status):
    assert (tell(**more).status_code, ClientError.objects.exists()) == (status, False)


def test_who_tells_too_much_waits(db):
    answers = [tell(message=f"error {letter}") for letter in "abcdefghijklmnopqrstu"]
    assert ({a.status_code for a in answers[:20]}, answers[20].status_code) == ({204}, 429)
    # The framework rounds up, at times past a whole minute.
    assert answers[20]["Retry-After"] in {"60", "61"}


def test_there_are_never_too_many_kinds(db, monkeypatch):
    monkeypatch.setattr("core.client_errors.MOST_KINDS", 2)
    for letter in "abc":
        note_client_error(ClientReport("error", letter))
    note_client_error(ClientReport("error", "a"))
    assert list(ClientError.objects.order_by("pk").values_list("message", "count")) == [("a", 2), ("b", 1)]
    assert MOST_KINDS == 1000


def test_old_ones_are_forgotten(db):
    tell(), tell(message="another")
    ClientError.objects.filter(message="another").update(last_seen=timezone.now() - timedelta(days=31))
    assert (RETENTION["client_errors"].run(timezone.now() - timedelta(days=30)), ClientError.objects.get().message) == (
        1,
        "x is not a function",
    )


def test_resolved_is_resolved_until_it_comes_again(admin_client):
    tell(page="/teach/")
    row = ClientError.objects.get()
    assert "x is not a function" in admin_client.get(PAGE).content.decode()
    admin_client.post(f"{PAGE}{row.public_id}/", {"resolved": "yes"})
    shown = [
        len(admin_client.get(PAGE, {"state": state}).context["rows"].object_list) for state in ("", "resolved", "all")
    ]
    assert shown == [0, 1, 1]
    assert EventLog.objects.get(name="core.ClientErrorResolved").body == {"error_id": row.pk, "resolved": True}
    tell()
    assert len(admin_client.get(PAGE).context["rows"].object_list) == 1


def test_search(admin_client):
    tell(message="apples"), tell(message="pears", page="/learn/")
    assert [row.message for row in admin_client.get(PAGE, {"search": "LEARN"}).context["rows"]] == ["pears"]
    assert "No such errors" in admin_client.get(PAGE, {"search": "plums"}).content.decode()


def test_programs_of_administrators_do_the_same(people, db):
    tell()
    client = APIClient()
    client.force_authenticate(people.admin)
    [found] = client.get(URL).json()["results"]
    assert (found["message"], found["count"], found["resolved_at"]) == ("x is not a function", 1, None)
    address = f"{URL}{found['id']}/resolved/"
    assert client.post(address).json()["resolved_at"] is not None
    assert client.get(URL).json()["count"] == 0
    assert client.delete(address).json()["resolved_at"] is None
    ClientError.objects.all().delete()
    assert (client.post(address).status_code, client.post(address).json()["code"]) == (409, "client_error_gone")


@pytest.mark.parametrize("role", ["owner", "student"])
def test_others_see_nothing(client, people, role):
    client.force_login(getattr(people, role))
    program = APIClient()
    program.force_authenticate(getattr(people, role))
    assert [client.get(PAGE).status_code, program.get(URL).status_code] == [403, 403]
