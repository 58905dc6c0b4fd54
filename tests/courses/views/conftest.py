from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User

READS = ("SELECT", "SAVEPOINT", "RELEASE", "BEGIN")


@pytest.fixture
def sign_in(db) -> Callable[[User | None], Client]:
    """A browser of its own for each person; without one a visitor's."""

    def sign_in(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def queries(sign_in) -> Callable[..., int]:
    """How many queries a page takes, and no other status than 200."""

    def count(user: User | None, url: str) -> int:
        client = sign_in(user)
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url)
        assert response.status_code == 200
        return len(captured)

    return count


@pytest.fixture
def writes(sign_in) -> Callable[..., list[str]]:
    """What the second view of a page writes."""

    def find(user: User | None, url: str) -> list[str]:
        client = sign_in(user)
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return [q["sql"] for q in captured if not q["sql"].lstrip().upper().startswith(READS)]

    return find


def page(name: str, *args: Any) -> str:
    return reverse(f"courses:{name}", args=args)


def said(response: Any) -> list[str]:
    """The messages that the page after a redirect would show."""
    return [str(message) for message in response.wsgi_request._messages]
