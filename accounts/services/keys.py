"""Personal API keys: made, checked at each request, ended."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.events import ApiKeyEnded, ApiKeyMade
from accounts.models import ApiKey, User
from accounts.scopes import SCOPES
from accounts.services.sockets import tell_sockets
from core.authz import Actor, authorize
from core.errors import Conflict, Invalid, NotAllowed
from core.events import publish

MARK = "aum_"
MOST_KEYS = 50
LONGEST = timedelta(days=366)
# A key that is used all day writes its last use a few times an hour, not at every request.
USE_NOTED_EVERY = timedelta(minutes=10)
_PREFIX = len(MARK) + 8


@transaction.atomic
def make_key(
    *, actor: Actor, name: str, scopes: list[str], expires_at: datetime, now: datetime | None = None
) -> tuple[ApiKey, str]:
    """A new key of the actor's own, with the text of it, which nobody can read again.

    ``expires_at`` lies within a year. Raises ``Invalid`` by field, ``Conflict`` ``too_many_keys``.
    """
    if not isinstance(actor, User) or not actor.is_active:
        raise NotAllowed("accounts.add_apikey")
    moment = now or timezone.now()
    problems = _problems(name, scopes, expires_at, moment)
    if problems:
        raise Invalid("invalid", _("Some fields need another value."), fields=problems)
    person = User.objects.select_for_update().get(pk=actor.pk)
    if ApiKey.objects.filter(user=person, ended_at__isnull=True, expires_at__gt=moment).count() >= MOST_KEYS:
        raise Conflict(
            "too_many_keys", _("You have %(n)d keys already. End one that you no longer need.") % {"n": MOST_KEYS}
        )
    text = MARK + secrets.token_hex(4) + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        user=person,
        name=" ".join(name.split()),
        prefix=text[:_PREFIX],
        digest=_digest(text),
        scopes=[scope for scope in SCOPES if scope in scopes],
        created_at=moment,
        expires_at=expires_at,
    )
    publish(ApiKeyMade(actor_id=person.pk, user_id=person.pk, key_id=key.pk, scopes=key.scopes))
    return key, text


@transaction.atomic
def end_key(*, actor: Actor, key: ApiKey) -> ApiKey:
    """End a key at once and for good. Ending it twice changes nothing."""
    authorize(actor, "accounts.end_apikey", key)
    stored: ApiKey = ApiKey.objects.select_for_update().get(pk=key.pk)
    if stored.ended_at is None:
        stored.ended_at = timezone.now()
        stored.save(update_fields=["ended_at"])
        publish(ApiKeyEnded(actor_id=actor.pk, user_id=stored.user_id, key_id=stored.pk))
        tell_sockets([stored.user_id])
    return stored


def end_all_keys(*, user: User) -> None:
    """End every key of ``user``. For services of this app, which have authorised their own change."""
    ApiKey.objects.filter(user=user, ended_at__isnull=True).update(ended_at=timezone.now())


def key_of(text: str, *, now: datetime | None = None) -> ApiKey | None:
    """The open key that ``text`` is, with its person as they are now; None for any other text. One query."""
    if not text.startswith(MARK) or len(text) > 200:
        return None
    moment = now or timezone.now()
    key: ApiKey | None = ApiKey.objects.select_related("user").filter(prefix=text[:_PREFIX]).first()
    if key is None or not hmac.compare_digest(key.digest, _digest(text)):
        return None
    if key.ended_at is not None or key.expires_at <= moment or not key.user.is_active:
        return None
    return key


def note_use(*, key: ApiKey, now: datetime | None = None) -> None:
    """Remember that the key was used, at most every ten minutes."""
    moment = now or timezone.now()
    if key.last_used_at is None or moment - key.last_used_at >= USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=moment)
        User.objects.filter(pk=key.user_id, last_seen_at__lt=moment).update(last_seen_at=moment)


def _digest(text: str) -> str:
    # The text is random and long, so a plain digest cannot be guessed back.
    return hashlib.sha256(text.encode()).hexdigest()


def _problems(name: Any, scopes: Any, expires_at: datetime, now: datetime) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if not name.strip() or len(name) > 80:
        problems["name"] = [_("Give the key a name of at most 80 characters.")]
    if unknown := sorted(set(scopes) - set(SCOPES)):
        problems["scopes"] = [_("There is no scope %(name)s.") % {"name": unknown[0][:60]}]
    elif not scopes:
        problems["scopes"] = [_("Choose at least one scope.")]
    if not now < expires_at <= now + LONGEST:
        problems["expires_at"] = [_("Choose a day within the next year.")]
    return problems
