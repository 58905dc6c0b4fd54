"""Signing in, going on, a copied token, signing out everywhere: over the wire, against a running server."""

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_from_signing_in_to_signing_out_everywhere(live_server):
    UserFactory(email="sam@example.org", verified=True)
    with httpx.Client(base_url=f"{live_server.url}/api/v1/") as program:

        def sign_in(name: str) -> dict[str, str]:
            body = {"email": "sam@example.org", "password": PASSWORD, "device_name": name}
            return program.post("auth/token/", json=body).json()

        def refresh(token: str) -> httpx.Response:
            return program.post("auth/token/refresh/", json={"refresh": token})

        def me(token: str) -> int:
            return program.get("me/", headers=bearer(token)).status_code

        copied, other = sign_in("Copied"), sign_in("Other")
        second = refresh(copied["refresh"]).json()
        assert [me(second["access"]), me(other["access"])] == [200, 200]
        # The copy is used: its whole family ends, the other sign-in goes on.
        reused = refresh(copied["refresh"])
        assert (reused.status_code, reused.json()["code"]) == (401, "token_refused")
        assert [refresh(second["refresh"]).status_code, me(second["access"]), me(other["access"])] == [401, 401, 200]
        # Everywhere, keys too.
        until = (timezone.now() + timedelta(days=9)).isoformat()
        body = {"name": "Script", "scopes": ["account:read"], "expires_at": until}
        key = program.post("me/keys/", json=body, headers=bearer(other["access"])).json()["key"]
        third = sign_in("Third")
        assert [me(key), me(third["access"])] == [200, 200]
        ended = program.post("me/sign-out-everywhere/", json={"keys": True}, headers=bearer(third["access"]))
        assert ended.status_code == 204
        assert [me(token) for token in (other["access"], third["access"], key)] == [401, 401, 401]
        assert [refresh(pair["refresh"]).status_code for pair in (other, third)] == [401, 401]
        assert me(sign_in("Again")["access"]) == 200


def test_what_an_api_consumer_does_first(live_server):
    """Tokens by password, their rotation, then a key of one's own that may do less than its person."""
    UserFactory(email="sam@example.org", role="manager", verified=True)
    until = (timezone.now() + timedelta(days=7)).isoformat()
    with httpx.Client(base_url=f"{live_server.url}/api/v1/") as program:
        wrong = program.post("auth/token/", json={"email": "sam@example.org", "password": "not that"})
        assert (wrong.status_code, wrong.headers["content-type"]) == (401, "application/problem+json")
        assert {"type", "title", "status", "code", "request_id"} <= wrong.json().keys()
        right = program.post("auth/token/", json={"email": "sam@example.org", "password": PASSWORD}).json()
        assert {"access", "refresh"} <= right.keys()
        rotated = program.post("auth/token/refresh/", json={"refresh": right["refresh"]}).json()
        assert rotated["refresh"] != right["refresh"]

        wish = {"name": "Marks", "scopes": ["courses:read"], "expires_at": until}
        made = program.post("me/keys/", json=wish, headers=bearer(rotated["access"]))
        key = made.json()["key"]
        listed = program.get("me/keys/", headers=bearer(rotated["access"]))
        assert (made.status_code, made.headers["location"], key in listed.text) == (
            201,
            f"/api/v1/me/keys/{made.json()['id']}/",
            False,
        )
        (shown,) = listed.json()["results"]
        assert (shown["scopes"], shown["expires_at"], "key" in shown) == (
            wish["scopes"],
            made.json()["expires_at"],
            False,
        )
        assert program.get("courses/", headers=bearer(key)).status_code == 200
        refused = program.post("courses/", json={"title": "Ponds", "code": "P 1"}, headers=bearer(key))
        assert (refused.status_code, refused.json()["code"], "courses:write" in refused.json()["title"]) == (
            403,
            "scope_missing",
            True,
        )

        reused = program.post("auth/token/refresh/", json={"refresh": right["refresh"]})
        assert (reused.status_code, reused.headers["content-type"]) == (401, "application/problem+json")
        dead = program.post("auth/token/refresh/", json={"refresh": rotated["refresh"]})
        assert (dead.status_code, program.get("me/", headers=bearer(rotated["access"])).status_code) == (401, 401)
        # A key is no part of the family: it goes on until its last day.
        assert program.get("courses/", headers=bearer(key)).status_code == 200
