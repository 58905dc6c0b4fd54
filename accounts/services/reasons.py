"""Reasons that somebody gives and the person concerned reads."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.validators import validate_about
from core import normal
from core.errors import Invalid

MOST_REASON = 300


def checked_reason(text: str) -> str:
    """``text`` as it is stored: one line. Raises ``Invalid`` for none, for one too long, or one with hidden signs."""
    reason = normal.line(text)
    if not 0 < len(reason) <= MOST_REASON or _has_hidden(reason):
        sentence = _("Give a reason of at most %(n)d characters; the person reads it.") % {"n": MOST_REASON}
        raise Invalid("invalid", sentence, fields={"reason": [sentence]})
    return reason


def _has_hidden(text: str) -> bool:
    try:
        validate_about(text)
    except ValidationError:
        return True
    return False
