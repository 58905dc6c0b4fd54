"""Reading a session by the prepared query says what Django's own says."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore as Djangos
from django.contrib.sessions.models import Session
from django.utils import timezone

from core.sessions import SessionStore

pytestmark = pytest.mark.django_db


def test_what_was_saved_is_read():
    store = SessionStore()
    store["place"] = {"lesson": 3}
    store.create()
    assert dict(SessionStore(store.session_key).items()) == dict(Djangos(store.session_key).items())
    assert SessionStore(store.session_key)["place"] == {"lesson": 3}


def test_an_expired_and_an_unknown_session_are_empty_and_get_a_new_key():
    store = SessionStore()
    store["place"] = 1
    store.create()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    for key in (store.session_key, "x" * 32):
        again = SessionStore(key)
        assert (again.get("place"), again.session_key) == (None, None)


def test_reading_is_one_query(django_assert_num_queries):
    store = SessionStore()
    store.create()
    with django_assert_num_queries(1):
        SessionStore(store.session_key).get("place")
