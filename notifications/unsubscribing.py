"""The address that ends mails of some categories, without signing in: it says whose and which, and is signed.

It holds for good: an old mail must still be able to end what it is one of (RFC 8058).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from notifications.enums import Category

_SALT = "notifications.unsubscribe"


@dataclass(frozen=True)
class Ending:
    """Whose mails of which categories end."""

    user_id: int
    categories: tuple[str, ...]


def address(user_id: int, categories: Iterable[str]) -> str:
    """The whole address, for a mail."""
    token = signing.dumps([user_id, *sorted(set(categories))], salt=_SALT)
    return f"{settings.SITE_URL}{reverse('notifications:unsubscribe', args=[token])}"


def read(token: str) -> Ending | None:
    """What the address stands for; None if it is none of ours."""
    try:
        user_id, *categories = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    known = tuple(one for one in categories if one in Category.values)
    return Ending(user_id, known) if isinstance(user_id, int) and known else None
