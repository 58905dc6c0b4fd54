"""A locked, read-only, full or absent database: a sentence, a moment to come back at, nothing half-stored."""

import sqlite3
from contextlib import contextmanager

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError
from django.template.loader import render_to_string

from core.middleware import database_trouble
from core.models import Effect
from tests.factories import UserFactory

pytestmark = pytest.mark.urls("tests.core.urls")

sqlite_only = pytest.mark.sqlite
ADDRESSES = ["/store/", "/api/store/"]


@pytest.fixture
def quiet(client):
    """Answers instead of exceptions, as a browser gets them."""
    client.raise_request_exception = False
    return client


@contextmanager
def locked():
    """Another process is in the middle of a long write."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def read_only():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = 1")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = 0")


@contextmanager
def full():
    """Not one page may be added to the file."""
    with connection.cursor() as cursor:
        # To use up what is free inside the file.
        cursor.execute("CREATE TABLE filler (x)")
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    try:
        with connection.cursor() as cursor:
            try:
                for _ in range(10_000):
                    cursor.execute("INSERT INTO filler VALUES (zeroblob(4000))")
            except OperationalError:
                pass
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
            cursor.execute("DROP TABLE filler")


TROUBLES = [
    (locked, 503, "The site is very busy, so nothing was saved. Try again in a few seconds."),
    (read_only, 503, "The site is read-only at the moment, so nothing was saved. Try again in a few minutes."),
]


@sqlite_only
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(("trouble", "status", "sentence"), TROUBLES, ids=["locked", "read-only"])
def test_a_write_is_refused_with_a_sentence(quiet, address, trouble, status, sentence):
    with trouble():
        response = quiet.post(address)
    assert response.status_code == status
    assert response["Retry-After"] == "5"
    if address.startswith("/api/"):
        assert response["Content-Type"] == "application/problem+json"
        body = response.json()
        assert (body["code"], body["title"]) == ("database_unavailable", sentence)
    else:
        assert sentence in response.content.decode()
        assert f"Error {status}." in response.content.decode()
    assert Effect.objects.count() == 0
    assert quiet.post(address).status_code in {200, 201}
    assert Effect.objects.count() == 2


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_a_full_disk():
    """SQLite's own limit stands for the disk's: both come as SQLITE_FULL."""
    with full():
        with pytest.raises(OperationalError) as error:
            Effect.objects.bulk_create(Effect(key=f"{number} " + "x" * 150) for number in range(200))
        assert database_trouble(error.value)[0] == 507


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_full_disk_in_the_middle_is_507_and_leaves_nothing(quiet, address):
    def fail(execute, sql, params, many, context):
        if sql.startswith("INSERT") and "second" in str(params):
            raise OperationalError("database or disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        response = quiet.post(address)
    assert response.status_code == 507
    assert "The disk is full" in response.content.decode()
    assert Effect.objects.count() == 0


@pytest.fixture
def away(monkeypatch):
    """Nobody answers where the database should be."""

    def refuse(self: BaseDatabaseWrapper) -> None:
        raise OperationalError("connection to server at 127.0.0.1 failed: Connection refused")

    connection.close()
    monkeypatch.setattr(BaseDatabaseWrapper, "connect", refuse)


@pytest.mark.django_db(transaction=True)
class TestAway:
    SENTENCE = "The database is not answering, so nothing was saved. Try again in a few seconds."

    def test_pages(self, quiet, away):
        response = quiet.post("/store/")
        assert (response.status_code, response["Retry-After"]) == (503, "5")
        assert self.SENTENCE in response.content.decode()

    def test_api(self, quiet, away):
        response = quiet.post("/api/store/")
        assert (response.status_code, response["Retry-After"]) == (503, "5")
        assert response.json()["title"] == self.SENTENCE

    @pytest.mark.parametrize("address", ["/courses/", "/api/v1/courses/"])
    def test_people_with_a_session(self, quiet, request, address):
        """The session is read in a middleware, before any view."""
        quiet.force_login(UserFactory())
        request.getfixturevalue("away")
        response = quiet.get(address)
        assert (response.status_code, response["Retry-After"]) == (503, "5")
        assert self.SENTENCE in response.content.decode()

    def test_the_process_says_that_it_lives_and_cannot_work(self, quiet, away):
        assert quiet.get("/healthz").status_code == 200
        response = quiet.get("/readyz")
        assert (response.status_code, response.json()["ready"]) == (503, False)


@sqlite_only
@pytest.mark.django_db(transaction=True)
def test_a_locked_database_is_not_ready(client):
    with locked():
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["database"]["ok"] is False


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("database is locked", 503),
        ("attempt to write a readonly database", 503),
        ("cannot execute INSERT in a read-only transaction", 503),
        ("database or disk is full", 507),
        ("could not extend file: No space left on device", 507),
        ("connection refused", 503),
    ],
)
def test_each_trouble_is_recognised(text, status):
    assert database_trouble(OperationalError(text))[0] == status


def test_other_errors_are_bugs():
    assert database_trouble(ValueError("locked")) is None


def test_the_page_needs_nothing():
    page = render_to_string("errors/trouble.html", {"message": "<full>", "status": 507, "request_id": "r-1"})
    assert "&lt;full&gt;" in page
    assert "Error 507." in page
    assert "Request r-1" in page


@pytest.mark.django_db
def test_a_refusal_becomes_a_page(client):
    response = client.get("/refuse/")
    page = response.content.decode()
    assert response.status_code == 409
    assert "No &lt;b&gt;places&lt;/b&gt;." in page
    assert "Come back later." in page
    assert 'href="/docs/errors/course_full/"' in page


@pytest.mark.django_db
def test_a_form_without_its_token_gets_a_page():
    from django.test import Client  # noqa: PLC0415 -- checks the token, unlike the fixture

    response = Client(enforce_csrf_checks=True).post("/store/")
    assert response.status_code == 403
    assert "opened too long ago" in response.content.decode()
