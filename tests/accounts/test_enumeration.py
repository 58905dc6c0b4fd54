"""Nobody learns at a door whether an address has an account: the same answer, after the same work, with the same mail."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.hashers import get_hasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.services.invitations import make_invitation
from accounts.services.people import end_user
from core.models import OutgoingMail
from tests.conftest import People
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN, ENDED = "knows@example.org", "nobody@example.org", "closed@example.org"
PASSWORD = "a quiet lake in the morning"
SIGN_UP = {"name": "Imani Okafor", "password1": PASSWORD}
AUTH = "/api/v1/auth/"

Door = Callable[[Client, str], Any]


def page(path: str, field: str = "email", **values: str) -> Door:
    """A page's form, and the page it leads to."""
    return lambda client, email: client.post(path, {field: email, **values}, follow=True)


def call(path: str, **values: str) -> Door:
    return lambda client, email: client.post(AUTH + path, {"email": email, **values}, "application/json")


def again(client: Client, email: str) -> Any:
    """Ask for the mail of a registration once more, minutes later."""
    page("/accounts/signup/", **SIGN_UP)(client, email)
    cache.clear()
    return client.post("/accounts/resend/", follow=True)


DOORS: dict[str, Door] = {
    "sign in": page("/accounts/login/", "login", password="not the password"),
    "sign in, API": call("token/", password="not the password"),
    "reset": page("/accounts/password/reset/"),
    "reset, API": call("password/reset/"),
    "register": page("/accounts/signup/", **SIGN_UP),
    "register, API": call("register/", name="Imani Okafor", password=PASSWORD),
    "resend": again,
    "resend, API": call("email/resend/"),
}


# Statements more, for a known address and for an ended account, than for an unknown address, where the work is not quite the
# same: what makes an account writes it, and signing in looks for an unknown address once more. Each costs a fraction of a
# millisecond; whether that can be measured from outside is a figure of bench/accounts.py.
MORE: dict[str, tuple[int, int]] = {
    "sign in": (-1, -1),
    "sign in, API": (-1, -1),
    "reset": (-1, -1),
    "register": (-12, -12),
    "register, API": (-5, -5),
    "resend": (-16, -16),
}


@pytest.fixture
def addresses(people: People) -> tuple[str, str, str]:
    UserFactory(email=KNOWN, verified=True)
    end_user(actor=people.admin, user=UserFactory(email=ENDED, verified=True))
    return KNOWN, UNKNOWN, ENDED


@contextmanager
def hashes() -> Iterator[list[str]]:
    """Each time that a password is hashed, to store it or to compare it."""
    done: list[str] = []
    hasher = type(get_hasher())

    inside: list[str] = []

    def counting(name: str) -> Callable[..., Any]:
        real = getattr(hasher, name)

        def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
            # Comparing may hash by storing's own means, which is no second time.
            if not inside:
                done.append(name)
            inside.append(name)
            try:
                return real(self, *args, **kwargs)
            finally:
                inside.pop()

        return counted

    with mock.patch.multiple(hasher, encode=counting("encode"), verify=counting("verify")):
        yield done


def same(text: str, email: str) -> str:
    """What a browser shows, without what is another one for every request and the address that was typed."""
    text = re.sub(
        r'(csrfmiddlewaretoken" value=|csrf-token" content=|form_key" value=|data-push-mark=)"[^"]+"', "", text
    )
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text)
    return text.replace(email, "…")


def seen(door: Door, email: str) -> dict[str, Any]:
    """All that somebody at the door can tell, or measure."""
    client = Client()
    cache.clear()
    before = OutgoingMail.objects.count()
    with hashes() as done, CaptureQueriesContext(connection) as queries:
        answer = door(client, email)
    return {
        "status": answer.status_code,
        "way": getattr(answer, "redirect_chain", []),
        "body": same(answer.content.decode(), email),
        "headers": sorted(answer.headers),
        "cookies": sorted(client.cookies),
        "hashes": len(done),
        "mails": [mail.recipients == [email] for mail in OutgoingMail.objects.order_by("pk")[before:]],
        "queries": len(queries),
    }


@pytest.mark.parametrize("name", DOORS)
def test_a_door_tells_nobody_apart(addresses, name):
    known, unknown, ended = (seen(DOORS[name], email) for email in addresses)
    queries = tuple(found.pop("queries") for found in (known, unknown, ended))
    assert known == unknown
    assert ended == unknown
    assert (queries[0] - queries[1], queries[2] - queries[1]) == MORE.get(name, (0, 0))


def test_an_open_link_tells_nobody_apart(addresses, people):
    token = make_invitation(actor=people.admin, places=5)[1]
    found = [seen(page(f"/accounts/invitation/{token}/", **SIGN_UP), email) for email in addresses]
    for one in found:
        del one["queries"]
    assert (found[0], found[2]) == (found[1], found[1])
    assert (found[0]["hashes"], found[0]["mails"]) == (1, [True])


def test_inviting_into_a_course_tells_nobody_apart(addresses, people, taught):
    def invite(client: Client, email: str) -> Any:
        client.force_login(people.teacher)
        address = f"/courses/{taught.course.slug}/people/invitations/mail/"
        answer = client.post(address, {"emails": email, "role": "student", "form_key": email}, follow=True)
        taught.course.invitations.all().delete()
        return answer

    known, unknown, ended = (seen(invite, email) for email in addresses)
    assert (known, ended) == (unknown, unknown)
    assert (unknown["status"], unknown["mails"]) == (200, [True])


@pytest.mark.parametrize(
    ("name", "hashed", "mailed"),
    [("sign in", 1, 0), ("sign in, API", 1, 0), ("reset, API", 0, 1), ("register, API", 1, 1), ("resend, API", 0, 1)],
)
def test_what_is_compared_happens_at_all(addresses, name, hashed, mailed):
    found = seen(DOORS[name], UNKNOWN)
    assert (found["hashes"], found["mails"]) == (hashed, [True] * mailed)
