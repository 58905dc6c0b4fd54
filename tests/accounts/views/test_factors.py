import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services.factors import add_totp
from tests.accounts.services.test_factors import REQUEST, code
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOGIN, STEP, SECURITY = "/accounts/login/", "/accounts/second-step/", "/profile/security/"


@pytest.fixture
def codes(people, confirm) -> list[str]:
    student = confirm(people.student)
    return add_totp(actor=student, user=student, secret=SECRET, code=code(SECRET), request=REQUEST)


def test_an_app_is_set_up_on_the_pages(client, people):
    client.force_login(people.student)
    address = reverse("accounts:totp")
    page = client.get(address).content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    setup = re.search(r'name="setup" value="([^"]+)"', page)[1]
    secret = re.search(r'id="totp-secret"[^>]*>([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    wrong = client.post(address, {"setup": setup, "code": "000000"})
    assert wrong.status_code == 422
    assert "This is not the code for this key." in wrong.content.decode()
    assert secret[:4] in wrong.content.decode()
    shown = client.post(address, {"setup": setup, "code": code(secret)}).content.decode()
    assert len(re.findall(r"<li>\d{4} \d{4}</li>", shown)) == 10
    assert 'download="recovery-codes.txt"' in shown
    assert "10 codes left" in client.get(SECURITY).content.decode()


def test_nobody_is_signed_in_before_the_second_step(client, people, codes):
    sent = client.post(LOGIN, {"login": people.student.email, "password": PASSWORD})
    assert sent["Location"] == STEP
    assert client.get("/profile/")["Location"].startswith(LOGIN)
    assert "000000" not in client.post(STEP, {"code": "000000"}).content.decode().replace('value="000000"', "")
    assert client.get("/profile/")["Location"].startswith(LOGIN)
    assert client.post(STEP, {"code": codes[0]}).status_code == 302
    assert client.get("/profile/").status_code == 200


def test_the_second_step_goes_on_to_where_one_was_going(client, people, codes):
    client.post(f"{LOGIN}?next=/profile/keys/", {"login": people.student.email, "password": PASSWORD})
    assert client.post(STEP, {"code": code(SECRET, 1)})["Location"] == "/profile/keys/"


def test_too_many_wrong_codes_wait_on_the_page_too(client, people, codes):
    client.post(LOGIN, {"login": people.student.email, "password": PASSWORD})
    answers = [client.post(STEP, {"code": "000000"}) for _ in range(12)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_a_factor_is_taken_away_on_the_pages(client, people, codes):
    client.force_login(people.student)
    factor = people.student.authenticator_set.get(type="totp")
    address = reverse("accounts:factor-remove", args=[factor.pk])
    assert "Switch off codes" in client.get(address).content.decode()
    assert client.post(address)["Location"] == SECURITY
    assert not User.objects.get(pk=people.student.pk).has_second_factor
    client.force_login(people.outsider)
    assert client.get(address).status_code == 404


def test_passkey_answers_that_are_none_are_refused(client, people):
    for text in (
        "",
        "[]",
        "{}",
        "null",
        '{"id": 1}',
        '{"response": {"userHandle": "eA"}}',
        '{"response": 3}',
        "x" * 99,
    ):
        refused = client.post("/accounts/passkey/", {"credential": text})
        assert (refused.status_code, refused["Location"]) == (302, LOGIN), text
    client.force_login(people.student)
    for text in ("", "[]", "{}", '{"id": 1}', '{"response": {}}'):
        assert client.post(reverse("accounts:passkey-new"), {"name": "Key", "credential": text}).status_code == 422, (
            text
        )


def test_a_role_that_needs_a_factor_is_told_and_later_held(client, people, django_assert_num_queries):
    client.force_login(people.teacher)
    assert "asks for a second factor when you sign in" in client.get("/profile/").content.decode()
    User.objects.filter(pk=people.teacher.pk).update(role_since=timezone.now() - timedelta(days=15))
    assert client.get("/teach/")["Location"] == SECURITY
    assert client.post("/profile/", {"name": "T"})["Location"] == SECURITY
    for address in (SECURITY, reverse("accounts:totp"), "/accounts/logout/"):
        assert client.get(address).status_code == 200
    refused = client.get("/api/v1/courses/")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    User.objects.filter(pk=people.teacher.pk).update(has_second_factor=True)
    assert client.get("/teach/").status_code == 200


def test_an_admin_sets_rules_on_the_page(client, people):
    client.force_login(people.admin)
    page = client.get("/people/sign-in-rules/").content.decode()
    assert page.count("<form") >= 3
    values = {"student-second_factor": "on", "student-grace_days": "7", "student-idle_minutes": "60"}
    values |= {"student-most_hours": "12", "student-kept_idle_minutes": "60", "student-version": "1"}
    address = reverse("accounts:sign-in-rule", args=["student"])
    assert client.post(address, values)["Location"] == "/people/sign-in-rules/"
    assert 'value="7"' in client.get("/people/sign-in-rules/").content.decode()
    stale = client.post(address, values | {"student-grace_days": "9"})
    assert stale.status_code == 422
    assert "Somebody else changed this" in stale.content.decode()
    assert client.post(address, values | {"student-grace_days": "999", "student-version": "2"}).status_code == 422


def test_an_admin_takes_lost_factors_away(client, people, codes):
    client.force_login(people.admin)
    assert "Take second factors away" in client.get(people.student.get_absolute_url()).content.decode()
    client.post(reverse("accounts:person-reset-factors", args=[people.student.public_id]), {"reason": "Phone lost"})
    assert not User.objects.get(pk=people.student.pk).has_second_factor


def test_an_hour_later_a_code_proves_it_too(client, people, codes):
    client.force_login(people.student)
    session = client.session
    session["proved_at"] = 0
    session.save()
    asked = client.get(reverse("accounts:recovery-codes"))
    page = client.get(asked["Location"]).content.decode()
    assert "/accounts/reauthenticate/code/" in page
    proved = client.post("/accounts/reauthenticate/code/?next=/profile/security/recovery-codes/", {"code": codes[0]})
    assert proved["Location"] == "/profile/security/recovery-codes/"
    assert client.get(proved["Location"]).status_code == 200
