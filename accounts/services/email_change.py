"""A person changes their address: the mailbox of the old one and of the new one both say yes.

Whoever has somebody's session and password can ask, but not take the account away: the old mailbox says no, or nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.email_links import LASTS, NO, YES_NEW, YES_OLD, LinkRefused, read_link, write_link
from accounts.events import EmailChangeAsked, EmailChangeEnded
from accounts.models import EmailChange, User
from accounts.services.letters import send_letter, site_link
from accounts.services.people import checked_address, email_taken, store_email
from core.authz import Actor, authorize
from core.errors import Conflict, DomainError, Invalid
from core.events import publish
from core.mail import forget_bounce

# Mails to addresses that somebody merely typed.
MOST_A_DAY = 5
# The same form sent twice.
_AT_ONCE = timedelta(minutes=1)


class TooManyChanges(DomainError):
    status = 429
    retry_after = 3600

    def __init__(self) -> None:
        super().__init__("throttled", _("That is enough for one day. Try again tomorrow."))


@dataclass(frozen=True)
class Answer:
    """What a link led to: ``state`` is "waiting", "changed" or "called_off"."""

    state: str
    change: EmailChange


def ask_email_change(*, actor: Actor, user: User, email: str) -> EmailChange:
    """Mail both addresses; the change waits for three days for both to say yes. A newer one takes its place.

    An address that has an account already gets another mail and can never say yes; nobody is told.
    Raises ``Invalid`` (an address that cannot be, or the person's own) and ``TooManyChanges``.
    """
    authorize(actor, "accounts.change_own_email", user)
    email = checked_address(email)
    now = timezone.now()
    with transaction.atomic():
        stored: User = User.objects.select_for_update().get(pk=user.pk)
        if stored.email == email:
            sentence = _("This is the email of your account already.")
            raise Invalid("invalid", sentence, fields={"email": [sentence]})
        open_one = EmailChange.objects.filter(user=stored, ended_at__isnull=True).first()
        if open_one is not None:
            if open_one.after == email and now - open_one.created_at < _AT_ONCE:
                return open_one
            _end(open_one)
        if EmailChange.objects.filter(user=stored, created_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
            raise TooManyChanges
        change = EmailChange.objects.create(user=stored, before=stored.email, after=email, expires_at=now + LASTS)
        _write_letters(change, taken=User.objects.filter(email=email).exists())
        publish(EmailChangeAsked(actor_id=actor.pk, user_id=stored.pk))
    return change


def call_off_email_change(*, actor: Actor, user: User) -> None:
    """End the change that waits, if there is one."""
    authorize(actor, "accounts.change_own_email", user)
    with transaction.atomic():
        change = EmailChange.objects.select_for_update().filter(user=user, ended_at__isnull=True).first()
        if change is not None:
            _end(change)


def answer_email_change(*, token: str) -> Answer:
    """Do what a mailed link says: one address's yes, or the old one's no. Twice changes nothing more.

    No actor: whoever has the link reads that mailbox. Raises ``LinkRefused`` for one that is not ours, too old, or
    of a change that is over.
    """
    link = read_link(token)
    with transaction.atomic():
        # People first, as everywhere, so that nothing waits in a circle.
        user = User.objects.select_for_update().filter(email_changes__public_id=link.change, is_active=True).first()
        change = EmailChange.objects.select_for_update().filter(public_id=link.change).first()
        if user is None or change is None:
            raise LinkRefused
        if change.ended_at is not None:
            return _answer_again(link.what, change, user)
        if change.expires_at <= timezone.now() or user.email != change.before:
            raise LinkRefused
        if link.what == NO:
            _end(change)
            return Answer("called_off", change)
        field = "old_said_yes_at" if link.what == YES_OLD else "new_said_yes_at"
        if getattr(change, field) is None:
            setattr(change, field, timezone.now())
            change.save(update_fields=[field])
        if change.old_said_yes_at is None or change.new_said_yes_at is None:
            return Answer("waiting", change)
        return _carry_out(change, user)


def _carry_out(change: EmailChange, user: User) -> Answer:
    try:
        with transaction.atomic():
            store_email(actor=user, user=user, email=change.after)
            forget_bounce(change.after)
    except (IntegrityError, Conflict) as error:
        # Somebody made an account with it meanwhile.
        raise email_taken() from error
    _end(change)
    for address in (change.before, change.after):
        send_letter("account/email/email_changed", to=address, person=user, before=change.before, after=change.after)
    return Answer("changed", change)


def _answer_again(what: str, change: EmailChange, user: User) -> Answer:
    """A link that was used already, by a double click, leads to what it led to; so does a no to what is over."""
    done = change.old_said_yes_at is not None and change.new_said_yes_at is not None
    if done and what != NO and user.email == change.after:
        return Answer("changed", change)
    if not done and what == NO and user.email == change.before and not _waits(user):
        return Answer("called_off", change)
    raise LinkRefused


def _waits(user: User) -> bool:
    return EmailChange.objects.filter(user=user, ended_at__isnull=True).exists()


def _end(change: EmailChange) -> None:
    change.ended_at = timezone.now()
    change.save(update_fields=["ended_at"])
    publish(EmailChangeEnded(actor_id=change.user_id, user_id=change.user_id))


def _write_letters(change: EmailChange, *, taken: bool) -> None:
    words: dict[str, Any] = {"person": change.user, "before": change.before, "after": change.after}
    yes, no = _link(change, YES_OLD), _link(change, NO)
    send_letter("account/email/email_change_old", to=change.before, yes_link=yes, no_link=no, **words)
    if taken:
        send_letter("account/email/account_already_exists", to=change.after, person=change.user)
    else:
        send_letter("account/email/email_change_new", to=change.after, yes_link=_link(change, YES_NEW), **words)


def _link(change: EmailChange, what: str) -> str:
    return site_link(reverse("accounts:email-answer", args=[write_link(change.public_id, what)]))
