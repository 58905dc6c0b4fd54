"""The site's own pair of keys for push services: from the environment, or made once and kept sealed."""

from functools import lru_cache

from django.conf import settings
from django.db import IntegrityError, transaction

from core.sealed import seal, unseal
from notifications.channels.vapid import SiteKey, new_key
from notifications.models import PushKey

_NAME = "vapid"
_SEALED_FOR = "notifications.push-key"


def site_key() -> SiteKey:
    """The pair that messages are sent with; made at the first question, once however many ask."""
    return SiteKey(settings.VAPID_PRIVATE_KEY) if settings.VAPID_PRIVATE_KEY else _stored()


def public_key() -> str:
    """The public half, as browsers take it."""
    return _public(site_key())


@lru_cache(maxsize=4)
def _public(key: SiteKey) -> str:
    return key.public


def _stored() -> SiteKey:
    row = PushKey.objects.filter(name=_NAME).first()
    private = unseal(row.sealed_private, purpose=_SEALED_FOR) if row else None
    if private is not None:
        return SiteKey(private)
    if row is not None:
        # Sealed with a secret that is gone: browsers are asked anew, by the page.
        row.delete()
    made = new_key()
    try:
        with transaction.atomic():
            sealed = seal(made.text, purpose=_SEALED_FOR)
            PushKey.objects.create(name=_NAME, public_key=made.public, sealed_private=sealed)
    except IntegrityError:
        # Another process was first.
        return _stored()
    return made
