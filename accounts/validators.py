import re
import unicodedata
import zoneinfo
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

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
