"""A new address that both mailboxes agree to."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.email_links import LinkRefused
from accounts.models import EmailChange, User
from accounts.services.email_change import (
    TooManyChanges,
    answer_email_change,
    ask_email_change,
    call_off_email_change,
)
from accounts.services.people import change_email
from accounts.services.profile import set_password
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog, OutgoingMail
from core.slots import RETENTION
from tests.accounts.services.test_at_once import at_once
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam():
    return UserFactory(email="sam@example.org", verified=True)


def ask(user: User, email: str = "new@example.org") -> EmailChange:
    return ask_email_change(actor=user, user=user, email=email)


def tokens() -> dict[str, str]:
    """The links of the newest mails: "old", "no" and, if it was sent, "new"."""
    found: dict[str, str] = {}
    for mail in OutgoingMail.objects.order_by("id"):
        links = re.findall(r"/accounts/email/([^/\s]+)/", mail.text)
        found |= dict(zip(("old", "no") if len(links) == 2 else ("new",), links, strict=False))
    return found


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
def test_two_times_yes_in_any_order_changes_it(sam, order):
    ask(sam, " New@Example.org")
    mailed = tokens()
    assert [answer_email_change(token=mailed[who]).state for who in order] == ["waiting", "changed"]
    sam.refresh_from_db()
    assert sam.email == "new@example.org"
    assert list(EmailAddress.objects.values_list("email", "primary", "verified")) == [("new@example.org", True, True)]
    assert [m.recipients[0] for m in OutgoingMail.objects.order_by("id")] == [
        "sam@example.org",
        "new@example.org",
        "sam@example.org",
        "new@example.org",
    ]
    assert list(EventLog.objects.order_by("id").values_list("name", flat=True)) == [
        "accounts.EmailChangeAsked",
        "accounts.UserChanged",
        "accounts.EmailChangeEnded",
    ]
    assert answer_email_change(token=mailed[order[1]]).state == "changed"
    with pytest.raises(LinkRefused):
        answer_email_change(token=mailed["no"])


def test_one_address_alone_changes_nothing_however_often_it_says_yes(sam):
    ask(sam)
    assert [answer_email_change(token=tokens()["new"]).state for _ in range(3)] == ["waiting"] * 3
    sam.refresh_from_db()
    assert sam.email == "sam@example.org"


def test_a_no_ends_it(sam):
    ask(sam)
    mailed = tokens()
    answer_email_change(token=mailed["new"])
    assert [answer_email_change(token=mailed["no"]).state for _ in range(2)] == ["called_off"] * 2
    for who in ("old", "new"):
        with pytest.raises(LinkRefused):
            answer_email_change(token=mailed[who])
    sam.refresh_from_db()
    assert sam.email == "sam@example.org"


@pytest.mark.parametrize("what", ["call off", "admin", "password", "closed", "late", "newer"])
def test_links_of_a_change_that_is_over_are_refused(sam, people, what):
    ask(sam)
    mailed, later = tokens(), timezone.now()
    if what == "call off":
        call_off_email_change(actor=sam, user=sam)
    elif what == "admin":
        change_email(actor=people.admin, user=sam, email="third@example.org")
    elif what == "password":
        set_password(actor=sam, user=sam, password="another quiet lake at noon")
    elif what == "closed":
        User.objects.filter(pk=sam.pk).update(is_active=False)
    elif what == "late":
        later += timedelta(days=3, minutes=1)
    else:
        ask(sam, "newer@example.org")
    if what in {"call off", "password"}:
        assert answer_email_change(token=mailed.pop("no")).state == "called_off"
    with time_machine.travel(later):
        for token in mailed.values():
            with pytest.raises(LinkRefused):
                answer_email_change(token=token)


def test_a_taken_address_looks_the_same_and_its_owner_hears_of_it(sam):
    UserFactory(email="new@example.org", verified=True)
    change = ask(sam)
    assert (change.after, change.ended_at) == ("new@example.org", None)
    assert [(m.recipients[0], m.subject) for m in OutgoingMail.objects.order_by("id")] == [
        ("sam@example.org", "Change of your email at Northmoor College"),
        ("new@example.org", "You have an account at Northmoor College"),
    ]
    assert answer_email_change(token=tokens()["old"]).state == "waiting"


def test_an_address_taken_meanwhile_stays_with_whoever_has_it(sam):
    ask(sam)
    mailed = tokens()
    UserFactory(email="new@example.org")
    answer_email_change(token=mailed["old"])
    with pytest.raises(Conflict) as refused:
        answer_email_change(token=mailed["new"])
    sam.refresh_from_db()
    assert (refused.value.code, sam.email) == ("email_taken", "sam@example.org")


def test_sent_twice_it_is_mailed_once_and_five_a_day_are_enough(sam):
    assert ask(sam).pk == ask(sam).pk
    assert OutgoingMail.objects.count() == 2
    for number in range(4):
        ask(sam, f"new{number}@example.org")
    with pytest.raises(TooManyChanges):
        ask(sam, "one.more@example.org")


@pytest.mark.parametrize(
    "email", ["sam@example.org", "SAM@example.org ", "sam", "a@b@example.org", "pаypal@exаmple.org"]
)
def test_what_cannot_be_an_address_or_is_ones_own_is_refused(sam, email):
    with pytest.raises(Invalid) as refused:
        ask(sam, email)
    assert list(refused.value.fields) == ["email"]
    assert (EmailChange.objects.count(), OutgoingMail.objects.count()) == (0, 0)


def test_nobody_asks_for_somebody_else(sam, people):
    with pytest.raises(NotAllowed):
        ask_email_change(actor=people.owner, user=sam, email="new@example.org")


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c", "\x00", "😀:1:2", "." + "x" * 400])
def test_made_up_links_are_refused(token):
    with pytest.raises(LinkRefused):
        answer_email_change(token=token)


def test_what_is_over_is_forgotten_after_a_month(sam):
    ask(sam)
    assert RETENTION["email_changes"].run(timezone.now() - timedelta(days=30)) == 0
    EmailChange.objects.update(expires_at=timezone.now() - timedelta(days=31))
    assert RETENTION["email_changes"].run(timezone.now() - timedelta(days=30)) == 1


@pytest.mark.django_db(transaction=True)
def test_fifteen_at_once_ask_once_and_change_once():
    user = UserFactory(email="sam@example.org", verified=True)
    assert at_once(*[lambda: ask(user)] * 15) == ["ok"] * 15
    assert (EmailChange.objects.count(), OutgoingMail.objects.count()) == (1, 2)
    mailed = tokens()
    calls = [lambda t=mailed[who]: answer_email_change(token=t) for who in ("old", "new") * 7]
    assert at_once(*calls) == ["ok"] * 14
    user.refresh_from_db()
    assert (user.email, OutgoingMail.objects.count()) == ("new@example.org", 4)
