import re
import unicodedata
import zoneinfo
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

_SPACE = re.compile(r"\s+")


def normalise_email(value: str) -> str:
    """Trimmed, composed (NFC) and lower-cased: people do not keep two mailboxes apart by case."""
    return unicodedata.normalize("NFC", value.strip()).lower()


def normalise_name(value: str) -> str:
    """Composed (NFC), with single spaces."""
    return _SPACE.sub(" ", unicodedata.normalize("NFC", value)).strip()


def validate_name(value: str) -> None:
    """A name is what a person calls themselves: any script, but no control characters or addresses."""
    if any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs", "Cn"} and c not in "\u200c\u200d" for c in value):
        raise ValidationError(_("Leave out invisible characters."), code="invisible")
    if "://" in value:
        raise ValidationError(_("Write a name, not a web address."), code="address")


@cache
def known_time_zones() -> frozenset[str]:
    """Names of all zones; kept, since asking for them walks a directory tree."""
    return frozenset(zoneinfo.available_timezones())


def validate_time_zone(value: str) -> None:
    if value and value not in known_time_zones():
        raise ValidationError(_("Choose a zone from the list, for example Europe/London."), code="zone")


def password_length_sentence() -> str:
    return ngettext(
        "Use at least %(count)d character; a few words are fine.",
        "Use at least %(count)d characters; a few words are fine.",
        settings.PASSWORD_MIN_LENGTH,
    ) % {"count": settings.PASSWORD_MIN_LENGTH}


def validate_new_password(password: str, person: Any = None) -> None:
    """Django's checks of a new password, in sentences that say what to do."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        sentences: dict[str, Any] = {
            "password_too_short": password_length_sentence(),
            "password_too_common": _("Guessers try this one early. Use a few words of your own."),
            "password_too_similar": _("This is too close to the name or email. Use a few other words."),
        }
        raise ValidationError(
            [ValidationError(sentences.get(e.code or "", e.messages[0]), code=e.code) for e in error.error_list]
        ) from error
