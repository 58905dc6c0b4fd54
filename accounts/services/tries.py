"""Wrong tries make the next one wait: longer each time, and never for good.

Strangers who try an address share one count, each browser that its owner has signed in from has its own, so nobody
can be kept out of their account by others. A count knows digests only, and is the same for an address without an
account. Passwords and codes are counted apart: whoever knows a password must not thereby get new tries at the code.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.known_devices import device_nonce, known_to
from accounts.limits import client_network
from accounts.models import SignInTries
from core.errors import DomainError


@dataclass(frozen=True)
class _Limit:
    """``free`` wrong tries cost nothing; then one waits a second, twice as long each time, at most ``longest``."""

    free: int
    longest: int
    # Wrong tries are forgotten one by one in so many seconds each; 0: all together after a day of rest.
    forgets_one_in: int = 0


ACCOUNT = _Limit(free=5, longest=15 * 60)
# One place that tries many accounts. A school goes out by one address, so it takes far more and waits far less.
PLACE = _Limit(free=200, longest=60, forgets_one_in=6)
_REST = timedelta(days=1)


class TooManyTries(DomainError):
    """Nothing was tried: the wait after the last wrong try is not over."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__("throttled", _("Too many wrong tries. Wait as long as Retry-After says, then try again."))
        self.retry_after = seconds


def may_try(door: str, email: str, request: HttpRequest) -> None:
    """Take one try at ``door`` ("password", "code") of the account with this address, existing or not.

    It counts as a wrong one until ``note_success`` says otherwise, so that many at once cannot get in before the
    first is counted. Raises ``TooManyTries``; a refused try counts for nothing.
    """
    limits = _limits(door, email, request)
    with transaction.atomic():
        rows = _lock(limits, timezone.now())
        # After the wait for the lock: whoever had it before has set times that lie behind us.
        now = timezone.now()
        wait = max((row.open_at - now).total_seconds() for row in rows)
        if wait <= 0:
            for row in rows:
                _count(row, limits[row.key], now)
    if wait > 0:
        raise TooManyTries(int(wait) + 1)


def note_success(door: str, email: str, request: HttpRequest) -> None:
    """The try was right: the account's count for this kind of caller begins anew.

    The place only gets its one try back; else whoever has an account could try all others without end.
    """
    now = timezone.now()
    limits = _limits(door, email, request)
    with transaction.atomic():
        for row in _lock(limits, now):
            if limits[row.key] is PLACE:
                row.failures = max(0, row.failures - 1)
            else:
                row.failures = 0
            row.open_at = now
            row.save(update_fields=["failures", "open_at"])


def forget_strangers(email: str) -> None:
    """Begin the strangers' counts of an account anew, as after a reset by mail: its owner may be on a new device."""
    keys = [_key(door, "account", _fold(email)) for door in ("password", "code")]
    SignInTries.objects.filter(key__in=keys).delete()


def forget_old_tries() -> int:
    """Delete the counts that nothing was added to for a day; returns how many."""
    return SignInTries.objects.filter(last_at__lt=timezone.now() - _REST, open_at__lt=timezone.now()).delete()[0]


def _limits(door: str, email: str, request: HttpRequest) -> dict[str, _Limit]:
    account = _fold(email)
    if known_to(request, email):
        # What strangers do, here or elsewhere, is none of its business.
        return {_key(door, "device", f"{account} {device_nonce(request)}"): ACCOUNT}
    return {_key(door, "account", account): ACCOUNT, _key(door, "place", client_network(request)): PLACE}


def _fold(email: str) -> str:
    """Coarser than any comparison of addresses: other spellings of one address must not have tries of their own."""
    return "".join(unicodedata.normalize("NFKC", email).casefold().split()).rstrip(".").replace("\0", "")


def _key(door: str, kind: str, subject: str) -> str:
    return salted_hmac(f"accounts.tries.{door}.{kind}", subject, algorithm="sha256").hexdigest()


def _lock(limits: dict[str, _Limit], now: datetime) -> list[SignInTries]:
    SignInTries.objects.bulk_create(
        [SignInTries(key=key, last_at=now, open_at=now) for key in limits], ignore_conflicts=True
    )
    return list(SignInTries.objects.select_for_update().filter(key__in=limits).order_by("key"))


def _count(row: SignInTries, limit: _Limit, now: datetime) -> None:
    rested = now - row.last_at
    if limit.forgets_one_in:
        row.failures = max(0, row.failures - int(rested.total_seconds()) // limit.forgets_one_in)
    elif rested > _REST:
        row.failures = 0
    row.failures += 1
    row.last_at = now
    row.open_at = now + timedelta(seconds=_delay(row.failures, limit))
    row.save(update_fields=["failures", "last_at", "open_at"])


def _delay(failures: int, limit: _Limit) -> int:
    over = failures - limit.free
    return 0 if over < 0 else min(limit.longest, 2 ** min(over, 20))
