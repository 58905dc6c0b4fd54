"""Calls are counted for the caller, for the part of the API and where they are dear; who is refused hears how long to wait."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from rest_framework.test import APIClient

from core.api.throttles import read_limit
from lms.settings.env import env_limits

LIST = "/api/v1/courses/"
TOKEN = "/api/v1/auth/token/"


def of(person):
    client = APIClient()
    if person is not None:
        client.force_authenticate(person)
    return client


def statuses(client, count, **extra):
    return [client.get(LIST, **extra).status_code for _ in range(count)]


def test_everybody_has_a_limit_of_their_own(people, settings):
    settings.API_LIMITS = {"person": "3/minute"}
    assert statuses(of(people.student), 5) == [200, 200, 200, 429, 429]
    assert statuses(of(people.teacher), 1) == [200]


def test_strangers_are_counted_by_address_however_they_are_refused(db, settings):
    settings.API_LIMITS = {"person": "3/minute"}
    assert statuses(of(None), 4) == [401, 401, 401, 429]
    assert statuses(of(None), 1, REMOTE_ADDR="203.0.113.9") == [401]
    wrong = {"headers": {"Authorization": "Bearer nonsense"}, "REMOTE_ADDR": "203.0.113.10"}
    assert statuses(of(None), 4, **wrong) == [401, 401, 401, 429]


def test_reading_and_writing_a_part_are_counted_apart(people, settings):
    settings.API_LIMITS = {"person": "100/minute", "courses:write": "2/minute"}
    client = of(people.owner)
    written = [client.post(LIST, {"title": "A", "code": f"A {n}"}).status_code for n in range(3)]
    assert (written, statuses(client, 2)) == ([201, 201, 429], [200, 200])
    assert client.patch("/api/v1/me/", {"name": "Olga"}).status_code == 200


def test_a_dear_call_has_a_limit_of_its_own(people, taught, settings):
    settings.API_LIMITS = {"exports": "1/hour"}
    client, address = of(people.owner), f"{LIST}{taught.course.slug}/exports/"
    assert [client.post(address).status_code for _ in range(2)] == [202, 429]
    assert client.get(address).status_code == 200


def test_the_doors_are_limited_by_address(db, settings):
    settings.API_LIMITS = {"tokens": "2/minute"}
    wrong = {"email": "nobody@example.org", "password": "a guess that is long enough"}
    assert [of(None).post(TOKEN, wrong).status_code for _ in range(3)] == [401, 401, 429]


def test_the_answer_says_what_is_left_and_how_long_to_wait(people, settings):
    settings.API_LIMITS = {"person": "2/minute"}
    client = of(people.student)
    answers = [client.get(LIST) for _ in range(3)]
    assert [answer["RateLimit"].partition(";t=")[0] for answer in answers[:2]] == ['"person";r=1', '"person";r=0']
    assert answers[0]["RateLimit-Policy"] == '"person";q=2;w=60'
    refused = answers[2].json()
    assert (refused["code"], refused["status"]) == ("throttled", 429)
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert f"in {answers[2]['Retry-After']} seconds" in refused["title"]


def test_a_refused_call_does_nothing(people, settings):
    settings.API_LIMITS = {"courses:write": "1/minute"}
    client = of(people.owner)
    for number in range(3):
        client.post(LIST, {"title": "A", "code": f"A {number}"})
    assert client.get(LIST, {"search": "A 1"}).json()["count"] == 0


class TestTheSetting:
    @pytest.mark.parametrize(
        "rate", ["", "10", "10/min", "0/minute", "-1/hour", "ten/hour", "1.5/hour", "9999999999/day"]
    )
    def test_what_is_no_rate(self, rate, monkeypatch):
        with pytest.raises(ValueError, match="30/minute"):
            read_limit("person", rate)
        monkeypatch.setenv("API_LIMITS", f"person={rate}")
        with pytest.raises(ImproperlyConfigured):
            env_limits("API_LIMITS", {"person": "1/minute"})

    def test_the_environment_changes_those_it_names(self, monkeypatch):
        monkeypatch.setenv("API_LIMITS", "exports=100/hour")
        usual = {"person": "1/minute", "exports": "1/hour"}
        assert env_limits("API_LIMITS", usual) == {"person": "1/minute", "exports": "100/hour"}

    def test_an_unknown_name_is_refused_with_those_there_are(self, monkeypatch):
        monkeypatch.setenv("API_LIMITS", "nobody=1/hour")
        with pytest.raises(ImproperlyConfigured, match="exports"):
            env_limits("API_LIMITS", {"exports": "1/hour"})
