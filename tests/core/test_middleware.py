"""Request ids, the reader's zone and language, private pages."""

import logging
import re

import pytest

from core.context import current_request_id
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.urls")]


class TestRequestId:
    def test_each_request_gets_one(self, client):
        first, second = client.get("/whoami/"), client.get("/whoami/")
        ids = {first["X-Request-ID"], second["X-Request-ID"]}
        assert len(ids) == 2
        assert all(re.fullmatch(r"[0-9a-f-]{36}", value) for value in ids)
        assert first.json()["request_id"] == first["X-Request-ID"]

    @pytest.mark.parametrize("given", ["from-the-proxy_1.2", "01890a5d-ac96-774b-bcce-b302099a8057"])
    def test_a_good_one_is_kept(self, client, given):
        assert client.get("/whoami/", headers={"X-Request-ID": given})["X-Request-ID"] == given

    @pytest.mark.parametrize("given", ["", "short", "a" * 37, "has space here", "new\tline-inside", "<script>alert"])
    def test_any_other_is_replaced(self, client, given):
        assert client.get("/whoami/", headers={"X-Request-ID": given})["X-Request-ID"] != given

    def test_error_pages_carry_it(self, client):
        client.raise_request_exception = False
        response = client.get("/broken/")
        assert response.status_code == 500
        assert f"Request {response['X-Request-ID']}" in response.content.decode()

    def test_one_line_in_the_log(self, client, caplog):
        caplog.set_level(logging.INFO, logger="aumbry.request")
        client.get("/whoami/?secret=1")
        (record,) = [r for r in caplog.records if r.name == "aumbry.request"]
        assert (record.method, record.route, record.status, record.user) == ("GET", "whoami/", 200, None)
        assert "secret" not in str(record.__dict__)

    def test_outside_a_request_there_is_none_of_the_last_one(self):
        assert isinstance(current_request_id(), str)


class TestReader:
    def test_visitors_get_the_sites_zone(self, client):
        assert client.get("/whoami/").json()["zone"] == "Europe/London"

    @pytest.mark.parametrize(
        ("zone", "shown"),
        [("Pacific/Auckland", "Pacific/Auckland"), ("", "Europe/London"), ("Mars/Olympus", "Europe/London")],
    )
    def test_people_get_their_own(self, client, zone, shown):
        user = UserFactory()
        type(user).objects.filter(pk=user.pk).update(time_zone=zone)
        client.force_login(user)
        assert client.get("/whoami/").json()["zone"] == shown

    def test_one_readers_zone_is_not_the_next_ones(self, client):
        client.force_login(UserFactory(time_zone="Pacific/Auckland"))
        client.get("/whoami/")
        client.logout()
        assert client.get("/whoami/").json()["zone"] == "Europe/London"

    @pytest.mark.parametrize(("language", "shown"), [("en-gb", "en-gb"), ("xx", "en-gb"), ("", "en-gb")])
    def test_language(self, client, language, shown):
        client.force_login(UserFactory(language=language))
        assert client.get("/whoami/").json()["language"] == shown

    def test_personal_pages_are_nobody_elses_to_keep(self, client):
        assert not client.get("/whoami/").has_header("Cache-Control")
        client.force_login(UserFactory())
        assert client.get("/whoami/")["Cache-Control"] == "private, no-cache"


def test_pages_carry_the_strict_policy(client):
    policy = client.get("/whoami/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy + ";"
    assert "unsafe" not in policy
