"""Programs sign in, refresh and are signed out."""

import base64
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.api.authentication import BearerToken
from accounts.models import Device, SigningKey
from accounts.services.devices import end_device
from accounts.services.people import change_role, end_user, restore_user, suspend_user
from accounts.services.profile import set_password
from accounts.services.signing import current_key
from accounts.services.tokens import Access
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

TOKEN, REFRESH, REVOKE, ME = (
    "/api/v1/auth/token/",
    "/api/v1/auth/token/refresh/",
    "/api/v1/auth/token/revoke/",
    "/api/v1/me/",
)


@pytest.fixture
def user(confirm):
    return confirm(UserFactory(email="sam@example.org", name="Sam"))


@pytest.fixture
def pair(api, user) -> dict:
    return api().post(TOKEN, {"email": "sam@example.org", "password": PASSWORD}).json()


def me(api, token: str) -> int:
    return api().get(ME, headers={"authorization": f"Bearer {token}"}).status_code


def claims(token: str) -> dict:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def head(token: str) -> dict:
    return jwt.get_unverified_header(token)


def signed(payload: dict, *, key=None, algorithm: str = "ES256", **headers) -> str:
    """A token with these claims, signed with the current key unless said otherwise; ``headers`` go on top of its head."""
    kid, ours = current_key()
    said = {name: value for name, value in {"kid": kid, **headers}.items() if value is not None}
    return jwt.encode(payload, key or ours, algorithm=algorithm, headers={"typ": "at+jwt", **said})


def public_pem() -> bytes:
    return SigningKey.objects.get(retired_at=None).public_pem.encode()


def refused(api, token: str) -> bool:
    response = api().get(ME, headers={"authorization": f"Bearer {token}"})
    return (response.status_code, response.json()["code"]) == (401, "token_refused")


def test_email_and_password_give_tokens(api, user):
    response = api().post(TOKEN, {"email": " SAM@example.org", "password": PASSWORD})
    body = response.json()
    assert (response.status_code, sorted(body), body["expires_in"]) == (200, ["access", "expires_in", "refresh"], 600)
    assert response["Cache-Control"] == "no-store"
    assert me(api, body["access"]) == 200


def test_tokens_name_the_person_by_public_id(pair, user):
    assert claims(pair["access"])["sub"] == str(user.public_id)
    assert not {"user_id", "id", "email"} & claims(pair["access"]).keys()


def test_every_refusal_reads_the_same(api, user, people, confirm):
    UserFactory(email="unconfirmed@example.org")
    confirm(people.student)
    end_user(actor=people.admin, user=people.student)
    answers = []
    for email, password in (
        ("nobody@example.org", PASSWORD),
        ("sam@example.org", "wrong"),
        ("unconfirmed@example.org", PASSWORD),
        ("student@example.org", PASSWORD),
    ):
        response = api().post(TOKEN, {"email": email, "password": password})
        body = response.json()
        body.pop("request_id")
        answers.append((response.status_code, body))
    assert (answers[0][0], answers[0][1]["code"]) == (401, "sign_in_refused")
    assert answers == [answers[0]] * 4


def test_wrong_tries_here_and_on_the_page_count_together(api, client, user):
    for _try in range(3):
        client.post("/accounts/login/", {"login": "sam@example.org", "password": "wrong"})
    for _try in range(2):
        api().post(TOKEN, {"email": "SAM@example.org", "password": "wrong"})
    response = api().post(TOKEN, {"email": "sam@example.org", "password": PASSWORD})
    assert (response.status_code, response.json()["code"], response["Retry-After"]) == (429, "throttled", "1")
    assert client.post("/accounts/login/", {"login": "sam@example.org", "password": PASSWORD}).status_code == 429


def test_refreshing_uses_a_token_up(api, pair):
    second = api().post(REFRESH, {"refresh": pair["refresh"]}).json()
    assert me(api, second["access"]) == 200
    again = api().post(REFRESH, {"refresh": pair["refresh"]})
    assert (again.status_code, again.json()["code"]) == (401, "token_refused")
    assert api().post(REFRESH, {"refresh": second["refresh"]}).status_code == 401


def test_a_lost_answer_can_be_asked_for_again_under_its_key(api, pair):
    headers = {"Idempotency-Key": "one"}
    second, again = (api().post(REFRESH, {"refresh": pair["refresh"]}, headers=headers).json() for _ in range(2))
    assert claims(second["refresh"]) == claims(again["refresh"])
    assert me(api, again["access"]) == 200
    third = api().post(REFRESH, {"refresh": again["refresh"]})
    assert third.status_code == 200
    # Its successor was used: whoever has both is not a client that lost an answer.
    assert api().post(REFRESH, {"refresh": pair["refresh"]}, headers=headers).status_code == 401
    assert api().post(REFRESH, {"refresh": third.json()["refresh"]}).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "two"}])
def test_another_key_is_a_reuse(api, pair, headers):
    second = api().post(REFRESH, {"refresh": pair["refresh"]}, headers={"Idempotency-Key": "one"}).json()
    assert api().post(REFRESH, {"refresh": pair["refresh"]}, headers=headers).status_code == 401
    assert [me(api, second["access"]), api().post(REFRESH, {"refresh": second["refresh"]}).status_code] == [401, 401]


def test_another_sign_in_goes_on(api, pair):
    other = api().post(TOKEN, {"email": "sam@example.org", "password": PASSWORD}).json()
    api().post(REFRESH, {"refresh": pair["refresh"]})
    api().post(REFRESH, {"refresh": pair["refresh"]})
    assert api().post(REFRESH, {"refresh": other["refresh"]}).status_code == 200


def test_revoking(api, pair):
    assert [api().post(REVOKE, {"refresh": token}).status_code for token in (pair["refresh"], "nonsense")] == [204, 204]
    assert api().post(REFRESH, {"refresh": pair["refresh"]}).status_code == 401


@pytest.mark.parametrize("event", ["password", "role", "end", "suspend"])
def test_what_happens_to_a_person_happens_to_their_tokens(api, pair, user, people, event):
    if event == "password":
        set_password(actor=user, user=user, password="another quiet lake at noon")
    elif event == "role":
        change_role(actor=people.admin, user=user, role="manager")
    elif event == "suspend":
        suspend_user(actor=people.admin, user=user, reason="Rest")
    else:
        end_user(actor=people.admin, user=user)
    assert api().post(REFRESH, {"refresh": pair["refresh"]}).status_code == 401
    assert me(api, pair["access"]) == 401
    if event == "end":
        restore_user(actor=people.admin, user=user)
        assert me(api, pair["access"]) == 401


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "https://evil.example/api/"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"token_type": "refresh"},
        {"token_type": None},
        {"sub": None},
        {"sub": "1"},
        {"sub": "' or 1=1"},
        {"sub": 7},
        {"epoch": 3},
        {"hash_password": "0"},
        {"jti": None},
        {"iat": None},
        {"fam": None},
        {"fam": "1"},
        {"fam": 7},
        {"fam": "01964b0f-7d4c-7cc1-8d5e-0d4f1d6a2b10"},
        {"nbf": 4_000_000_000},
    ],
)
def test_a_token_with_other_claims_is_refused(api, pair, change):
    payload = claims(pair["access"])
    assert me(api, signed(payload)) == 200
    payload = {k: v for k, v in (payload | change).items() if v is not None}
    response = api().get(ME, headers={"authorization": f"Bearer {signed(payload)}"})
    assert (response.status_code, response.json()["code"]) == (401, "token_refused")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_token_signed_otherwise_is_refused(api, pair):
    payload = claims(pair["access"]) | {"exp": int(time.time()) + 600}
    none = base64.urlsafe_b64encode(json.dumps(head(pair["access"]) | {"alg": "none"}).encode()).rstrip(b"=").decode()
    forged = [
        f"{none}.{signed(payload).split('.')[1]}.",
        signed(payload, key=ec.generate_private_key(ec.SECP256R1())),
        signed(payload, key=settings.SECRET_KEY, algorithm="HS256"),
        signed(payload, key=rsa.generate_private_key(public_exponent=65537, key_size=2048), algorithm="RS256"),
        with_public_key(payload),
        pair["access"][:-4] + "AAAA",
        pair["refresh"],
        "nonsense",
        "a.b.c",
        "é.b.c",
        "[" * 3000,
        base64.urlsafe_b64encode(b"[" * 2900).decode() + ".e30.e30",
        "x" * 9000,
    ]
    assert [token for token in forged if not refused(api, token)] == []


def with_public_key(payload: dict) -> str:
    """The classic confusion: our public key, which everybody has, as the secret of HS256."""
    kid, _key = current_key()
    part = [
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode()
        for each in ({"alg": "HS256", "typ": "at+jwt", "kid": kid}, payload)
    ]
    mac = hmac.new(public_pem(), ".".join(part).encode(), "sha256").digest()
    return ".".join([*part, base64.urlsafe_b64encode(mac).rstrip(b"=").decode()])


@pytest.mark.parametrize(
    "headers",
    [
        {"kid": None},
        {"kid": ""},
        {"kid": "AAAAAAAAAAAAAAAA"},
        {"kid": "../../../../dev/null"},
        {"kid": "' or 1=1 --"},
        {"kid": "http://evil.example/jwks.json"},
        {"kid": "x" * 2000},
        {"jku": "http://evil.example/jwks.json"},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
        {"x5u": "http://evil.example/cert.pem"},
        {"x5c": ["AA"]},
        {"crit": ["exp"]},
        {"typ": "JWT"},
        {"typ": "rt+jwt"},
    ],
)
def test_a_token_whose_head_says_more_or_else_is_refused(api, pair, headers):
    payload = claims(pair["access"])
    assert me(api, signed(payload)) == 200
    assert refused(api, signed(payload, **headers))


def test_one_query_tells_who_a_token_speaks_for(api, pair, user):
    token = Access(pair["access"])
    with CaptureQueriesContext(connection) as seen:
        found = BearerToken().get_user(BearerToken().get_validated_token(pair["access"].encode()))
    assert (found, len(seen)) == (user, 1)
    with CaptureQueriesContext(connection) as seen:
        assert me(api, pair["access"]) == 200
    assert len(seen) == 1
    assert token["sub"] == str(user.public_id)


def test_an_ended_device_or_sign_in_ends_its_access_token_at_once(api, user):
    one, two, three = (api().post(TOKEN, {"email": "sam@example.org", "password": PASSWORD}).json() for _ in range(3))
    end_device(actor=user, device=device_of(one["access"]))
    api().post(REVOKE, {"refresh": two["refresh"]})
    assert [me(api, pair["access"]) for pair in (one, two, three)] == [401, 401, 200]
    assert api().post(REFRESH, {"refresh": one["refresh"]}).status_code == 401


def device_of(access: str) -> Device:
    return Device.objects.get(token_families__public_id=claims(access)["fam"])


@pytest.mark.parametrize(
    ("said", "agent", "name"),
    [
        ({"device_name": "  Marks   sync "}, "curl/8.5", "Marks sync"),
        ({}, "curl/8.5.0", "curl"),
        ({}, "", "A browser"),
    ],
)
def test_a_program_is_listed_as_a_device(api, user, said, agent, name):
    body = {"email": "sam@example.org", "password": PASSWORD, **said}
    pair = api().post(TOKEN, body, headers={"User-Agent": agent}).json()
    device = device_of(pair["access"])
    assert (device.user, device.kind, device.name, device.address) == (user, "program", name, "127.0.0.1")


def test_a_token_in_the_address_or_body_is_not_looked_at(api, pair):
    for name in ("token", "access", "access_token", "jwt", "authorization"):
        assert api().get(f"{ME}?{name}={pair['access']}").status_code == 401
    assert api().patch(ME, {"access_token": pair["access"], "name": "x"}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "sam@example.org"},
        {"email": ["sam@example.org"], "password": PASSWORD},
        {"email": "a\x00b", "password": PASSWORD},
        {"email": "sam@example.org", "password": {"$ne": ""}},
        {"email": "a" * 10_000, "password": PASSWORD},
        {"email": "sam@example.org", "password": "a" * 10_000},
        [],
        "text",
        None,
    ],
)
def test_bodies_that_make_no_sense(api, user, body):
    cache.clear()
    response = api().post(TOKEN, body, format="json")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
