"""Programs sign in, refresh and are signed out."""

import base64
import json
import time

import jwt
import pytest
from django.conf import settings
from django.core.cache import cache

from accounts.services.people import change_role, end_user, restore_user
from accounts.services.profile import set_password
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


def signed(payload: dict, *, key: str = settings.SECRET_KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(payload, key, algorithm=algorithm)


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


def test_a_key_does_not_replay_tokens_nor_spare_a_family(api, pair):
    headers = {"Idempotency-Key": "one"}
    second = api().post(REFRESH, {"refresh": pair["refresh"]}, headers=headers)
    again = api().post(REFRESH, {"refresh": pair["refresh"]}, headers=headers)
    assert (second.status_code, again.status_code) == (200, 401)
    assert api().post(REFRESH, {"refresh": second.json()["refresh"]}).status_code == 401


def test_another_sign_in_goes_on(api, pair):
    other = api().post(TOKEN, {"email": "sam@example.org", "password": PASSWORD}).json()
    api().post(REFRESH, {"refresh": pair["refresh"]})
    api().post(REFRESH, {"refresh": pair["refresh"]})
    assert api().post(REFRESH, {"refresh": other["refresh"]}).status_code == 200


def test_revoking(api, pair):
    assert [api().post(REVOKE, {"refresh": token}).status_code for token in (pair["refresh"], "nonsense")] == [204, 204]
    assert api().post(REFRESH, {"refresh": pair["refresh"]}).status_code == 401


@pytest.mark.parametrize("event", ["password", "role", "end"])
def test_what_happens_to_a_person_happens_to_their_tokens(api, pair, user, people, event):
    if event == "password":
        set_password(actor=user, user=user, password="another quiet lake at noon")
    elif event == "role":
        change_role(actor=people.admin, user=user, role="manager")
    else:
        end_user(actor=people.admin, user=user)
    assert api().post(REFRESH, {"refresh": pair["refresh"]}).status_code == 401
    assert me(api, pair["access"]) == (200 if event == "role" else 401)
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
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    unsigned = f"{head}.{signed(payload).split('.')[1]}."
    forged = [
        unsigned,
        signed(payload, algorithm="HS512"),
        signed(payload, key="another key that is long enough, really"),
        pair["access"][:-4] + "AAAA",
        pair["refresh"],
        "nonsense",
        "a.b.c",
    ]
    assert [me(api, token) for token in forged] == [401] * len(forged)


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
