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
