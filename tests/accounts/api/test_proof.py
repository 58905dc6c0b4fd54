"""Calls by which accounts could be taken over ask for a sign-in or a proof of the last minutes."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiKey, Device, Invitation, RolePolicy, User
from accounts.services.keys import make_key
from accounts.services.tokens import issue_page_tokens, issue_tokens
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

PROOF = "/api/v1/me/proof/"


@pytest.fixture
def stale(people):
    """A program of an administrator's that signed in an hour ago."""
    return program(people.admin)


def program(user: User, *, ago: timedelta = timedelta(hours=1)) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_tokens(user=user).access}")
    Device.objects.update(proved_at=timezone.now() - ago)
    return client


def key_of(user: User, *scopes: str) -> APIClient:
    until = timezone.now() + timedelta(days=3)
    client = APIClient()
    text = make_key(actor=user, name="Script", scopes=list(scopes), expires_at=until)[1]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def answers(client: APIClient, *calls: tuple) -> list[tuple[int, str]]:
    found = []
    for method, address, body in calls:
        answer = getattr(client, method)(address, body)
        found.append((answer.status_code, answer.json().get("code", "") if answer.content else ""))
    return found


def test_what_asks_for_a_proof(stale, people):
    student = f"/api/v1/users/{people.student.public_id}/"
    other = Device.objects.create(user=people.admin, kind="browser")
    until = (timezone.now() + timedelta(days=3)).isoformat()
    calls = [
        ("patch", student, {"role": "admin"}),
        ("patch", student, {"email": "another@example.org"}),
        ("post", "/api/v1/users/", {"name": "Eve", "email": "eve@example.org", "role": "admin"}),
        ("post", f"{student}reset-second-factors/", {"reason": "Lost"}),
        ("post", "/api/v1/invitations/", {"email": "eve@example.org", "role": "manager"}),
        ("post", "/api/v1/me/keys/", {"name": "K", "scopes": ["people:write"], "expires_at": until}),
        ("delete", f"/api/v1/me/devices/{other.public_id}/", None),
        ("post", "/api/v1/me/sign-out-everywhere/", {}),
        ("post", "/api/v1/me/sign-out-everywhere/", {"others_only": True}),
        ("patch", "/api/v1/sign-in-rules/student/", {"grace_days": 1}),
        ("post", "/api/v1/connections/", {"kind": "saml", "name": "Mine"}),
    ]
    assert answers(stale, *calls) == [(403, "proof_needed")] * len(calls)
    assert (
        User.objects.filter(role="admin").count(),
        User.objects.filter(email__in=["eve@example.org", "another@example.org"]).count(),
        ApiKey.objects.count(),
        Invitation.objects.count(),
        Device.objects.open().count(),
        RolePolicy.objects.count(),
    ) == (1, 0, 0, 0, 2, 0)


def test_what_does_not(stale, people):
    student = f"/api/v1/users/{people.student.public_id}/"
    calls = [
        ("patch", student, {"name": "Another Name", "role": "student", "email": people.student.email}),
        ("post", "/api/v1/users/", {"name": "Nia", "email": "nia@example.org"}),
        ("post", "/api/v1/invitations/", {"email": "imani@example.org"}),
        ("patch", "/api/v1/me/", {"name": "Ada"}),
        ("delete", f"/api/v1/me/devices/{Device.objects.get().public_id}/", None),
    ]
    assert [status for status, _code in answers(stale, *calls)] == [200, 201, 201, 200, 204]


def test_a_proof_opens_for_five_minutes(stale, people):
    address, body = f"/api/v1/users/{people.student.public_id}/", {"role": "manager"}
    assert answers(stale, ("post", PROOF, {"password": "another lake"})) == [(400, "proof_wrong")]
    assert answers(stale, ("patch", address, body)) == [(403, "proof_needed")]
    assert stale.post(PROOF, {"password": PASSWORD}).status_code == 204
    assert stale.patch(address, body).json()["role"] == "manager"
    Device.objects.update(proved_at=timezone.now() - timedelta(minutes=5, seconds=1))
    assert answers(stale, ("patch", address, {"role": "student"})) == [(403, "proof_needed")]


def test_a_sign_in_is_a_proof_and_belongs_to_its_device(people):
    address = f"/api/v1/users/{people.student.public_id}/"
    old = program(people.admin)
    new = APIClient()
    new.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_tokens(user=people.admin).access}")
    assert answers(old, ("patch", address, {"role": "manager"})) == [(403, "proof_needed")]
    assert new.patch(address, {"role": "manager"}).status_code == 200


def test_a_second_factor_is_part_of_the_proof(stale, people):
    User.objects.filter(pk=people.admin.pk).update(has_second_factor=True)
    assert answers(stale, ("post", PROOF, {"password": PASSWORD})) == [(400, "code_wrong")]
    assert answers(stale, ("post", "/api/v1/me/sign-out-everywhere/", {})) == [(403, "proof_needed")]


def test_a_key_proves_nothing(people):
    key = key_of(people.admin, "people:read", "people:write")
    student = f"/api/v1/users/{people.student.public_id}/"
    calls = [("patch", student, {"role": "admin"}), ("patch", student, {"email": "x@example.org"})]
    assert answers(key, *calls) == [(403, "proof_needed")] * 2
    assert "A key cannot" in key.patch(student, {"role": "admin"}).json()["title"]
    assert key.patch(student, {"name": "Sam Again"}).status_code == 200
    assert answers(key, ("post", PROOF, {"password": PASSWORD})) == [(403, "keys_not_allowed")]


def test_whoever_may_not_is_told_that_first(people):
    Device.objects.all().delete()
    client = program(people.teacher)
    assert answers(client, ("patch", "/api/v1/sign-in-rules/student/", {})) == [(403, "not_allowed")]
    assert answers(client, ("post", "/api/v1/connections/", {})) == [(403, "not_allowed")]


def test_sessions_prove_as_pages_do_and_so_do_their_tokens(client, people):
    address, body = f"/api/v1/users/{people.student.public_id}/", {"role": "manager"}
    client.force_login(people.admin)
    session = client.session
    session["proved_at"] -= 3600
    session.save()
    device = Device.objects.get()
    Device.objects.update(proved_at=timezone.now() - timedelta(hours=1))
    page = APIClient()
    page.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_page_tokens(user=people.admin, device=device).access}")
    assert answers(page, ("patch", address, body)) == [(403, "proof_needed")]
    answer = client.patch(address, body, "application/json")
    assert answer.json()["code"] == "proof_needed"
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert page.patch(address, body).status_code == 200
    assert client.patch(address, {"role": "student"}, "application/json").status_code == 200


def test_a_session_proves_over_the_api(client, people):
    client.force_login(people.admin)
    session = client.session
    session["proved_at"] -= 3600
    session.save()
    assert client.post(PROOF, {"password": PASSWORD}, "application/json").status_code == 204
    assert client.post("/api/v1/me/sign-out-everywhere/", {}, "application/json").status_code == 204
