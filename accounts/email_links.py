"""Links that are mailed when somebody changes their address: each good for one answer to one change."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

LASTS = timedelta(days=3)
YES_OLD, YES_NEW, NO = "old", "new", "no"
_SALT = "accounts.email_change"


class LinkRefused(DomainError):
    """The link is not ours, too old, cut off, or of something that is over."""

    status = 409

    def __init__(self) -> None:
        super().__init__("link_refused", _("This link was used already, is too old or was cut off. Ask for a new one."))


@dataclass(frozen=True)
class EmailLink:
    change: uuid.UUID
    what: str


def write_link(change: uuid.UUID, what: str) -> str:
    return signing.dumps([str(change), what], salt=_SALT)


def read_link(token: str) -> EmailLink:
    """Which change a link is about and what it says to it; raises ``LinkRefused``."""
    try:
        change, what = signing.loads(token, salt=_SALT, max_age=LASTS)
        return EmailLink(change=uuid.UUID(change), what=what)
    except (signing.BadSignature, ValueError, TypeError, AttributeError) as error:
        raise LinkRefused from error
