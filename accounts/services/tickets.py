"""Between password and second factor a program holds a ticket: signed, short, good once, and no token."""

import secrets

from django.core import signing
from django.core.cache import cache
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError

SECONDS = 300
_SALT = "accounts.second-factor-ticket"


class TicketRefused(DomainError):
    """The ticket is too old, used, or not ours."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "ticket_refused", _("This ticket cannot be used any more. Start again with email and password.")
        )


def make_ticket(user: User) -> str:
    """A ticket for ``user``, who has given the right password."""
    facts = {"who": str(user.public_id), "state": _state(user), "number": secrets.token_urlsafe(12)}
    return signing.dumps(facts, salt=_SALT)


def holder_of(ticket: str) -> User:
    """Whose ticket this is. Raises ``TicketRefused``, also when the password or the account changed meanwhile."""
    facts = _read(ticket)
    user: User | None = User.objects.filter(public_id=facts["who"], is_active=True).first()
    if user is None or facts["state"] != _state(user) or cache.get(_spent_key(facts)):
        raise TicketRefused
    return user


def spend_ticket(ticket: str) -> None:
    """Use a ticket up. Of many at once one gets through; the others raise ``TicketRefused``."""
    if not cache.add(_spent_key(_read(ticket)), 1, SECONDS + 60):
        raise TicketRefused


def _read(ticket: str) -> dict[str, str]:
    try:
        facts: dict[str, str] = signing.loads(ticket, salt=_SALT, max_age=SECONDS)
    except signing.BadSignature as error:
        raise TicketRefused from error
    return facts


def _state(user: User) -> str:
    return salted_hmac(_SALT, f"{user.password}:{user.sign_in_epoch}", algorithm="sha256").hexdigest()[:32]


def _spent_key(facts: dict[str, str]) -> str:
    return f"accounts.ticket.{facts['number']}"
