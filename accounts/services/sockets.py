"""The socket's side of a sign-in: tickets for programs, and word to open sockets that a sign-in may have ended."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.core.cache import cache
from django.utils import timezone

from accounts.models import ApiKey, Device, TokenFamily, User
from core.realtime import announce, own_topic

SECONDS = 60
_SALT = "accounts.socket-ticket"


def make_socket_ticket(
    *, user: User, session: Device | None = None, family: str = "", key: ApiKey | None = None
) -> str:
    """A ticket with which ``user`` opens one socket within ``SECONDS``.

    One of ``session``, ``family`` (the public id of a sign-in's tokens) and ``key`` says by what right: when that ends,
    the socket does.
    """
    by = ["session", session.pk] if session else ["key", key.pk] if key else ["family", family]
    facts = {"who": user.pk, "epoch": user.sign_in_epoch, "by": by, "number": secrets.token_urlsafe(12)}
    return signing.dumps(facts, salt=_SALT).replace(":", "~")


def use_socket_ticket(ticket: str) -> "Pass | None":
    """What the ticket stands for, once; None if it is none, too old or used."""
    try:
        facts: dict[str, Any] = signing.loads(ticket.replace("~", ":"), salt=_SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None
    if not cache.add(f"accounts.socket-ticket.{facts['number']}", 1, SECONDS + 60):
        return None
    user = User.objects.filter(pk=facts["who"]).first()
    found = Pass(user, facts["epoch"], *facts["by"]) if user else None
    return found if found and found.holds() else None


@dataclass(frozen=True)
class Pass:
    """A used ticket: whose it was and what it hangs on."""

    user: User
    epoch: int
    kind: str
    of: Any

    def holds(self) -> bool:
        """Whether the person and what they were signed in by are as they were."""
        if not User.objects.filter(pk=self.user.pk, is_active=True, sign_in_epoch=self.epoch).exists():
            return False
        if self.kind == "session":
            return bool(Device.objects.open().filter(pk=self.of, user=self.user).exists())
        if self.kind == "key":
            keys = ApiKey.objects.filter(pk=self.of, user=self.user, ended_at=None, expires_at__gt=timezone.now())
            return bool(keys.exists())
        families = TokenFamily.objects.filter(public_id=self.of, user=self.user, ended_at=None)
        return bool(families.filter(expires_at__gt=timezone.now()).exists())


def tell_sockets(user_ids: Iterable[int]) -> None:
    """Have the open sockets of these people asked again, within a second of the commit, whether they may stay open."""
    for user in User.objects.filter(pk__in=set(user_ids)).only("public_id"):
        announce(own_topic(user), {"changed": "sign-in"})
