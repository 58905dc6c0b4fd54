"""No token before the second factor, and one's factors over the API."""

from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from accounts.models import TokenFamily, User
from accounts.services.factors import add_totp
from accounts.services.policies import change_policy
from core.authz import SYSTEM
from tests.accounts.services.test_factors import REQUEST, code
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

TOKEN, SECOND, FACTORS, TOTP = (
    "/api/v1/auth/token/",
    "/api/v1/auth/token/second-factor/",
    "/api/v1/me/second-factors/",
    "/api/v1/me/second-factors/totp/",
)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def student(people, confirm) -> User:
    return confirm(people.student)


@pytest.fixture
def codes(student) -> list[str]:
    return add_totp(actor=student, user=student, secret=SECRET, code=code(SECRET), request=REQUEST)


@pytest.fixture
def ticket(api, student, codes) -> str:
    refused = api().post(TOKEN, {"email": student.email, "password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (401, "second_factor_needed")
    assert refused.json()["kinds"] == ["totp", "recovery_codes"]
    assert "access" not in refused.json()
    return refused.json()["ticket"]


def test_no_token_comes_before_the_second_factor(api, ticket):
    assert TokenFamily.objects.count() == 0
    assert api().post(SECOND, {"ticket": ticket, "code": "000000"}).json()["code"] == "code_wrong"
    given = api().post(SECOND, {"ticket": ticket, "code": code(SECRET, 1)})
    assert (given.status_code, set(given.json())) == (200, {"access", "refresh", "expires_in"})
    assert given["Cache-Control"] == "no-store"


def test_a_ticket_works_once_and_is_no_token(api, ticket, codes):
    assert api().get("/api/v1/me/", headers={"authorization": f"Bearer {ticket}"}).status_code == 401
    assert api().post(SECOND, {"ticket": ticket, "code": codes[0]}).status_code == 200
    again = api().post(SECOND, {"ticket": ticket, "code": codes[1]})
    assert (again.status_code, again.json()["code"]) == (401, "ticket_refused")


def test_a_ticket_ends_with_time_and_with_the_password(api, ticket, codes, student, monkeypatch):
    for forged in ("", "x", ticket + "x", signing.dumps({"who": str(student.public_id)})):
        assert api().post(SECOND, {"ticket": forged, "code": codes[0]}).status_code in {400, 401}
    with monkeypatch.context() as later:
        later.setattr("accounts.services.tickets.SECONDS", -1)
        assert api().post(SECOND, {"ticket": ticket, "code": codes[0]}).json()["code"] == "ticket_refused"
    student.set_password("another password of the student")
    student.save()
    assert api().post(SECOND, {"ticket": ticket, "code": codes[0]}).json()["code"] == "ticket_refused"


def test_an_app_is_set_up_over_the_api(api, student):
    client = api(student)
    assert client.post(TOTP, {"password": "not the password"}).json()["errors"] == {
        "password": ["This is not your password."]
    }
    begun = client.post(TOTP, {"password": PASSWORD}).json()
    assert begun["uri"].startswith("otpauth://totp/")
    assert begun["secret"] in begun["uri"]
    confirmed = client.post(f"{TOTP}confirm/", {"setup": begun["setup"], "code": code(begun["secret"])})
    assert len(confirmed.json()["recovery_codes"]) == 10
    listed = client.get(FACTORS).json()
    assert ([row["kind"] for row in listed["factors"]], listed["recovery_codes_left"]) == (["totp"], 10)
    assert begun["secret"] not in str(listed)
    assert client.post(TOTP, {"password": PASSWORD, "code": code(begun["secret"], 1)}).status_code == 409


def test_the_setup_of_somebody_else_is_refused(api, student, people):
    begun = api(student).post(TOTP, {"password": PASSWORD}).json()
    other = api(people.outsider).post(f"{TOTP}confirm/", {"setup": begun["setup"], "code": code(begun["secret"])})
    assert (other.status_code, list(other.json()["errors"])) == (400, ["setup"])


def test_taking_a_factor_away_wants_password_and_code(api, student, codes):
    client = api(student)
    assert client.delete(TOTP, {"password": PASSWORD}).json()["code"] == "code_wrong"
    assert client.post("/api/v1/me/recovery-codes/", {"password": PASSWORD, "code": codes[0]}).status_code == 200
    assert client.delete(TOTP, {"password": PASSWORD, "code": code(SECRET, 1)}).status_code == 204
    assert client.get(FACTORS).json()["factors"] == []


def test_after_the_days_of_grace_only_a_factor_opens_the_api(api, people):
    client = api(people.teacher)
    assert client.get("/api/v1/me/").status_code == 200
    User.objects.filter(pk=people.teacher.pk).update(role_since=timezone.now() - timedelta(days=15))
    refused = client.get("/api/v1/me/")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    assert client.get(FACTORS).json()["required_from"] is not None
    change_policy(actor=SYSTEM, role="manager", second_factor=False)


def test_an_admin_reads_and_changes_rules(api, people):
    client = api(people.admin)
    address = "/api/v1/sign-in-rules/student/"
    assert client.get(address).json()["second_factor"] is False
    changed = client.patch(address, {"version": 1, "second_factor": True, "grace_days": 30})
    assert (changed.json()["grace_days"], changed.json()["version"]) == (30, 2)
    assert client.patch(address, {"version": 1, "grace_days": 3}).status_code == 409
    assert client.patch(address, {"grace_days": 900}).status_code == 400
    assert api(people.teacher).get(address).status_code == 403
    assert client.get("/api/v1/sign-in-rules/nobody/").status_code == 404


def test_an_admin_resets_factors(api, people, student, codes):
    address = f"/api/v1/users/{student.public_id}/reset-second-factors/"
    assert api(people.teacher).post(address, {"reason": "No"}).status_code == 404
    assert api(people.admin).post(address, {"reason": "Phone lost"}).status_code == 204
    assert api().post(TOKEN, {"email": student.email, "password": PASSWORD}).status_code == 200
