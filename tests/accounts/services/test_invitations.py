"""Invitations: made, mailed, taken once, never lowering anybody."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.enums import SiteRole
from accounts.models import Invitation, InvitationUse, User
from accounts.services import invitations as service
from accounts.services.people import change_role, end_user
from core.authz import SYSTEM
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog, OutgoingMail
from tests.accounts.services.test_at_once import at_once
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return UserFactory(name="Ada Admin", role=SiteRole.ADMIN)


@pytest.fixture
def invited():
    return UserFactory(name="Imani Okafor", email="imani@example.org", verified=True)


def link(admin, **wishes):
    return service.make_invitation(actor=admin, **{"places": 2, **wishes})


def mailed_token() -> str:
    text = OutgoingMail.objects.order_by("-pk")[0].text
    return re.findall(r"http://127\.0\.0\.1:8000/accounts/invitation/(\S+)/", text)[0]


def code(call, *args, **kwargs) -> str:
    with pytest.raises((Conflict, service.InvitationGone)) as caught:
        call(*args, **kwargs)
    return caught.value.code


def test_a_mailed_invitation_goes_to_its_address_and_keeps_no_token(admin):
    made, token = service.make_invitation(actor=admin, email=" Imani@Example.org ", role="manager")
    mail = OutgoingMail.objects.get()
    assert (mail.recipients, mailed_token()) == (["imani@example.org"], token)
    assert "Ada Admin invites you" in mail.text
    assert (made.email, made.role, made.most_uses, made.state) == ("imani@example.org", "manager", 1, "open")
    assert token not in str(Invitation.objects.values().get())
    assert list(EventLog.objects.values_list("name", "body")) == [
        ("accounts.InvitationMade", {"invitation_id": made.pk, "role": "manager", "mailed": True})
    ]


def test_only_admins_invite(admin):
    with pytest.raises(NotAllowed):
        service.make_invitation(actor=UserFactory(role=SiteRole.MANAGER), email="imani@example.org")
    assert Invitation.objects.count() == 0


def test_wrong_values_are_named_by_field(admin):
    with pytest.raises(Invalid) as caught:
        link(admin, role="admin", places=0, note="x" * 201, expires_at=timezone.now() - timedelta(days=1))
    assert sorted(caught.value.fields) == ["expires_at", "note", "places", "role"]
    with pytest.raises(Invalid) as caught:
        link(admin, email="imani")
    assert sorted(caught.value.fields) == ["email"]


def test_taking_it_twice_is_taking_it_once(admin, invited):
    made, token = link(admin)
    first = service.accept_invitation(actor=invited, token=token)
    second = service.accept_invitation(actor=invited, token=token)
    assert (first.new, second.new, first.address, second.address) == (True, False, "/", "/")
    assert InvitationUse.objects.filter(invitation=made).count() == 1
    assert EventLog.objects.filter(name="accounts.InvitationTaken").count() == 1


def test_a_mailed_role_is_given_to_that_address_alone(admin, invited):
    _made, token = service.make_invitation(actor=admin, email=invited.email, role="manager")
    other = UserFactory(verified=True)
    assert code(service.accept_invitation, actor=other, token=token) == "invitation_for_another"
    unproved = UserFactory(email="second@example.org")
    _made, second = service.make_invitation(actor=admin, email=unproved.email, role="admin")
    assert code(service.accept_invitation, actor=unproved, token=second) == "invitation_for_another"
    service.accept_invitation(actor=invited, token=token)
    assert list(User.objects.exclude(pk=admin.pk).order_by("pk").values_list("role", flat=True)) == [
        "manager",
        "student",
        "student",
    ]


def test_a_role_is_never_lowered(admin):
    manager = UserFactory(role=SiteRole.MANAGER, verified=True)
    _made, token = link(admin)
    service.accept_invitation(actor=manager, token=token)
    manager.refresh_from_db()
    assert manager.role == "manager"


def test_a_role_is_not_given_in_the_name_of_somebody_who_lost_the_right(admin, invited):
    _made, token = service.make_invitation(actor=admin, email=invited.email, role="admin")
    UserFactory(role=SiteRole.ADMIN)
    change_role(actor=SYSTEM, user=admin, role="student")
    assert code(service.accept_invitation, actor=invited, token=token) == "invitation_over"
    invited.refresh_from_db()
    assert invited.role == "student"


def test_what_is_over_opens_nothing(admin, invited):
    late = timezone.now() - timedelta(days=30)
    _made, expired = link(admin, now=late)
    ended, token = link(admin)
    service.end_invitation(actor=admin, invitation=ended)
    service.end_invitation(actor=admin, invitation=ended)
    _made, full = link(admin, places=1)
    service.accept_invitation(actor=UserFactory(), token=full)
    assert [
        code(service.accept_invitation, actor=invited, token=t) for t in (expired, token, full, "never", "x" * 500)
    ] == [
        "invitation_over",
        "invitation_over",
        "invitation_over",
        "invitation_unknown",
        "invitation_unknown",
    ]
    assert EventLog.objects.filter(name="accounts.InvitationEnded").count() == 1


def test_sent_again_the_old_link_ends(admin, invited):
    made, old = service.make_invitation(actor=admin, email=invited.email)
    assert code(service.send_invitation_again, actor=admin, invitation=made) == "invitation_just_sent"
    cache.clear()
    service.send_invitation_again(actor=admin, invitation=made)
    assert code(service.accept_invitation, actor=invited, token=old) == "invitation_unknown"
    assert service.accept_invitation(actor=invited, token=mailed_token()).new
    assert code(service.send_invitation_again, actor=admin, invitation=made) == "invitation_over"
    assert code(service.send_invitation_again, actor=admin, invitation=link(admin)[0]) == "invitation_not_mailed"


def test_signing_up_by_a_mail_confirms_the_address(admin, settings):
    settings.REGISTRATION_OPEN = False
    made, token = service.make_invitation(actor=admin, email="imani@example.org", role="manager")
    user, taken = service.sign_up_invited(token=token, name="Imani", email="else@example.org", password="x" * 20)
    assert (user.email, user.role, taken.new) == ("imani@example.org", "manager", True)
    assert list(user.emailaddress_set.values_list("email", "verified")) == [("imani@example.org", True)]
    assert [use.user for use in made.taken.all()] == [user]


def test_signing_up_by_a_link_leaves_the_address_to_be_confirmed(admin):
    _made, token = link(admin)
    user, _taken = service.sign_up_invited(token=token, name="Imani", email="imani@example.org", password="x" * 20)
    assert list(user.emailaddress_set.values_list("email", "verified")) == [("imani@example.org", False)]
    assert (
        code(service.sign_up_invited, token=token, name="Imani", email="imani@example.org", password="x" * 20)
        == "email_taken"
    )


def test_a_closed_account_takes_nothing(admin, invited):
    _made, token = link(admin)
    end_user(actor=admin, user=invited)
    invited.refresh_from_db()
    with pytest.raises(NotAllowed):
        service.accept_invitation(actor=invited, token=token)


@pytest.mark.django_db(transaction=True)
def test_of_fifteen_at_once_as_many_get_in_as_there_are_places():
    admin = UserFactory(role=SiteRole.ADMIN)
    made, token = link(admin, places=4)
    guests = [UserFactory() for _ in range(15)]
    calls = [lambda guest=guest: service.accept_invitation(actor=guest, token=token) for guest in guests]
    assert at_once(*calls) == ["invitation_over"] * 11 + ["ok"] * 4
    assert made.taken.count() == 4
