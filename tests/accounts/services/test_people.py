import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.enums import SiteRole
from accounts.models import TokenFamily, User
from accounts.services import people as services
from accounts.services.tokens import issue_tokens
from core.authz import SYSTEM
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog, OutgoingMail
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def facts() -> list[tuple[str, dict]]:
    return [(e.name, e.body) for e in EventLog.objects.order_by("id")]


def test_an_admin_adds_a_person_who_can_sign_in(people):
    user = services.create_user(
        actor=people.admin, name="  Imani   Okafor ", email=" Imani@Northmoor.Example ", role="manager"
    )
    assert (user.name, user.email, user.role, user.has_usable_password()) == (
        "Imani Okafor",
        "imani@northmoor.example",
        "manager",
        False,
    )
    assert list(EmailAddress.objects.values_list("user", "email", "primary", "verified")) == [
        (user.pk, "imani@northmoor.example", True, True)
    ]
    assert facts() == [("accounts.UserRegistered", {"user_id": user.pk})]


def test_the_system_adds_people_for_the_demo():
    user = services.create_user(actor=SYSTEM, name="Imani", email="imani@example.org", time_zone="Europe/London")
    password = services.set_random_password(actor=SYSTEM, user=user)
    user.refresh_from_db()
    assert (user.check_password(password), len(password) >= 20, user.time_zone) == (True, True, "Europe/London")


def test_an_invited_person_gets_a_link(people):
    services.create_user(actor=people.admin, name="Imani", email="imani@example.org", invite=True)
    mail = OutgoingMail.objects.get()
    assert (mail.recipients, mail.subject) == (["imani@example.org"], "Your account at Northmoor College")
    assert "http://127.0.0.1:8000/accounts/password/reset/key/" in mail.text
    assert "http://127.0.0.1:8000/accounts/password/reset/key/" in mail.html


@pytest.mark.parametrize("who", ["owner", "student", "outsider"])
def test_only_admins_add_people(people, who):
    with pytest.raises(NotAllowed):
        services.create_user(actor=getattr(people, who), name="Imani", email="imani@example.org")


def test_an_address_is_used_once(people):
    with pytest.raises(Conflict) as caught:
        services.create_user(actor=people.admin, name="Twin", email="STUDENT@example.org")
    assert (caught.value.code, list(caught.value.fields)) == ("email_taken", ["email"])


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "a" * 151}, ["name"]),
        ({"name": "a\x00b"}, ["name"]),
        ({"email": "nobody"}, ["email"]),
        ({"role": "owner"}, ["role"]),
        ({"time_zone": "Mars/Olympus"}, ["time_zone"]),
        ({"is_active": False}, ["is_active"]),
    ],
)
def test_values_that_make_no_sense_are_refused(people, values, fields):
    with pytest.raises(Invalid) as caught:
        services.create_user(actor=people.admin, **{"name": "Imani", "email": "imani@example.org"} | values)
    assert list(caught.value.fields) == fields
    assert not User.objects.filter(email="imani@example.org").exists()


def test_a_closed_account_loses_sessions_and_tokens_at_once(people, client):
    client.force_login(people.student)
    issue_tokens(user=people.student)
    services.end_user(actor=people.admin, user=people.student)
    assert client.get("/profile/").status_code == 302
    assert TokenFamily.objects.filter(ended_at=None).count() == 0
    services.restore_user(actor=people.admin, user=people.student)
    assert client.get("/profile/").status_code == 302
    assert [name for name, _ in facts()] == ["accounts.UserEnded", "accounts.UserRestored"]


def test_closing_twice_says_so_once(people):
    services.end_user(actor=people.admin, user=people.student)
    ended = services.end_user(actor=people.admin, user=people.student)
    assert (ended.is_active, len(facts())) == (False, 1)


def test_the_last_admin_stays(people):
    for change in (
        lambda: services.end_user(actor=people.admin, user=people.admin),
        lambda: services.change_role(actor=people.admin, user=people.admin, role="student"),
        lambda: services.end_user(actor=SYSTEM, user=people.admin),
    ):
        with pytest.raises(Conflict) as caught:
            change()
        assert caught.value.code == "last_admin"
    assert facts() == []


def test_one_of_two_admins_may_go(people):
    other = UserFactory(role=SiteRole.ADMIN)
    services.change_role(actor=people.admin, user=people.admin, role="student")
    assert facts() == [
        ("accounts.UserRoleChanged", {"user_id": people.admin.pk, "before": "admin", "after": "student"})
    ]
    with pytest.raises(Conflict):
        services.end_user(actor=other, user=other)


def test_an_ended_admin_does_not_count(people):
    other = UserFactory(role=SiteRole.ADMIN)
    services.end_user(actor=people.admin, user=other)
    with pytest.raises(Conflict):
        services.end_user(actor=people.admin, user=people.admin)


def test_a_new_role_ends_tokens_but_not_sessions(people):
    browser = Client()
    browser.force_login(people.student)
    issue_tokens(user=people.student)
    services.change_role(actor=people.admin, user=people.student, role="manager")
    assert TokenFamily.objects.filter(ended_at=None).count() == 0
    assert browser.get("/profile/").status_code == 200


def test_nobody_raises_themselves(people):
    with pytest.raises(NotAllowed):
        services.change_user(actor=people.student, user=people.student, name="Sam", role="admin")
    people.student.refresh_from_db()
    assert (people.student.role, people.student.name) == ("student", "Sam Student")


def test_an_admin_changes_everything_or_nothing(people):
    with pytest.raises(Conflict):
        services.change_user(actor=people.admin, user=people.student, name="Sam S", email="owner@example.org")
    people.student.refresh_from_db()
    assert people.student.name == "Sam Student"
    changed = services.change_user(actor=people.admin, user=people.student, name="Sam S", email="Sam@Example.org")
    assert (changed.name, changed.email) == ("Sam S", "sam@example.org")
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("sam@example.org", True)]


def test_a_closed_account_is_not_invited(people):
    services.end_user(actor=people.admin, user=people.student)
    people.student.refresh_from_db()
    with pytest.raises(Conflict) as caught:
        services.invite(actor=people.admin, user=people.student)
    assert (caught.value.code, OutgoingMail.objects.count()) == ("account_ended", 0)
