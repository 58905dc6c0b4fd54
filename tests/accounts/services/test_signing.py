"""Keys for tokens: one that signs, those that still verify, and secrets that change."""

from datetime import timedelta

import jwt
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from jwt import PyJWK

from accounts.models import SigningKey
from accounts.services import signing
from accounts.services.signing import current_key, forget_spent_keys, public_keys, ring, rotate_keys
from accounts.services.tokens import Access, TokenRefused, issue_tokens, refresh_tokens
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ME = "/api/v1/me/"


@pytest.fixture(autouse=True)
def _as_if_just_begun():
    ring.forget()
    yield
    ring.forget()


def me(api, token: str) -> int:
    ring.forget()
    return api().get(ME, headers={"authorization": f"Bearer {token}"}).status_code


def test_the_key_is_made_once_and_its_private_half_is_sealed():
    kid, _key = current_key()
    ring.forget()
    assert current_key()[0] == kid
    stored = SigningKey.objects.get()
    assert (stored.algorithm, stored.public_pem.startswith("-----BEGIN PUBLIC KEY-----")) == ("ES256", True)
    assert "PRIVATE" not in stored.sealed_private


def test_after_a_rotation_old_tokens_go_on_until_they_expire(api):
    pair = issue_tokens(user=UserFactory())
    kid = rotate_keys()
    later = issue_tokens(user=UserFactory())
    assert Access(later.access).kid == kid != Access(pair.access).kid
    assert [me(api, pair.access), me(api, later.access)] == [200, 200]
    assert Access(refresh_tokens(token=pair.refresh).access).kid == kid
    forget_spent_keys()
    assert SigningKey.objects.count() == 2
    forget_spent_keys(now=timezone.now() + timedelta(days=15))
    assert list(SigningKey.objects.values_list("kid", flat=True)) == [kid]


def test_a_key_that_others_saw_ends_with_its_tokens(api, capsys):
    pair = issue_tokens(user=UserFactory())
    call_command("rotate_token_keys", "--retire-now")
    assert "Every earlier token has ended." in capsys.readouterr().out
    # Also in a process that still has it in memory.
    assert api().get(ME, headers={"authorization": f"Bearer {pair.access}"}).status_code == 401
    with pytest.raises(TokenRefused):
        refresh_tokens(token=pair.refresh)
    assert SigningKey.objects.count() == 1


def test_the_command_says_what_it_did(capsys):
    call_command("rotate_token_keys")
    assert capsys.readouterr().out == (
        f"Tokens are now signed with key {SigningKey.objects.get().kid}. Earlier tokens go on until they expire.\n"
    )


def test_with_another_secret_tokens_end_and_a_new_key_is_made(api, settings):
    pair = issue_tokens(user=UserFactory())
    settings.SECRET_KEY = "another secret of the site that is long enough, really"
    assert me(api, pair.access) == 401
    assert public_keys() == []
    later = issue_tokens(user=UserFactory())
    assert [me(api, later.access), SigningKey.objects.count()] == [200, 1]


def test_with_the_old_secret_as_a_fallback_tokens_go_on(api, settings):
    pair = issue_tokens(user=UserFactory())
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret of the site that is long enough, really"
    assert me(api, pair.access) == 200


def test_a_row_that_was_not_sealed_here_verifies_nothing(api):
    pair = issue_tokens(user=UserFactory())
    SigningKey.objects.update(sealed_private="gAAAA-not-sealed")
    assert [me(api, pair.access), public_keys()] == [401, []]


def test_anybody_can_check_a_token_with_the_published_keys(client):
    pair = issue_tokens(user=UserFactory())
    response = client.get("/.well-known/jwks.json")
    assert (response["Content-Type"], response["Cache-Control"]) == ("application/jwk-set+json", "public, max-age=300")
    (key,) = response.json()["keys"]
    assert sorted(key) == ["alg", "crv", "kid", "kty", "use", "x", "y"]
    assert jwt.decode(pair.access, PyJWK(key), algorithms=["ES256"], options={"verify_aud": False})["fam"]


def test_reading_the_published_keys_makes_none(client):
    assert client.get("/.well-known/jwks.json").json() == {"keys": []}
    assert SigningKey.objects.count() == 0


def test_made_up_key_ids_are_no_flood_of_queries():
    with CaptureQueriesContext(connection) as seen:
        assert {ring.public(f"{number:016d}") for number in range(100)} == {None}
    assert len(seen) == signing._MOST_LOOKUPS
