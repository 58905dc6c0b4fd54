import re
import unicodedata
import zoneinfo
from functools import cache
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.common_passwords import fold, is_common
from core import normal

ABOUT_LENGTH = 1000
normalise_email = normal.email
normalise_name = normal.line
normalise_about = normal.paragraphs

_ADDRESS_SENTENCE = _("Enter a whole email address, for example imani@northmoor.example.")
_LOCAL_MAX = 64
_ADDRESS_MAX = 254


def validate_address(value: str) -> None:
    """One mailbox, written plainly: no names around it, nothing invisible, no domain that only looks like another."""
    local, _at, domain = value.rpartition("@")
    plain = unicodedata.normalize("NFKC", value) == unicodedata.normalize("NFC", value)
    fits = len(value) <= _ADDRESS_MAX and len(local) <= _LOCAL_MAX and value.count("@") == 1
    seen = not any(_is_hidden(char) or char.isspace() for char in value)
    if plain and fits and seen and not any(_mixes_scripts(label) for label in domain.split(".")):
        try:
            validate_email(value)
        except ValidationError:
            pass
        else:
            return
    raise ValidationError(_ADDRESS_SENTENCE, code="invalid")


# More marks on one letter than any writing needs cover the lines above and below.
_MARKS_IN_A_ROW = 5
_JOINERS = "\u200c\u200d"
# Scripts in which joiners change how a word is written.
_JOINING: tuple[str, ...] = (
    "ARABIC",
    "SYRIAC",
    "MONGOLIAN",
    "NKO",
    "DEVANAGARI",
    "BENGALI",
    "GURMUKHI",
    "GUJARATI",
    "ORIYA",
    "TAMIL",
)
_JOINING += ("TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "KHMER", "MYANMAR")
# Letters and marks that show nothing.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_LOOKALIKES = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")


def validate_name(value: str) -> None:
    """A name is what a person calls themselves: any script, in which it can be read, and no address."""
    joined_rightly = all(_script(before) in _JOINING for before, c in pairwise(f" {value}") if c in _JOINERS)
    if not joined_rightly or any(_is_hidden(c) for c in value if c not in _JOINERS):
        raise ValidationError(_("Leave out invisible characters."), code="invisible")
    if "://" in value:
        raise ValidationError(_("Write a name, not a web address."), code="address")
    if not any(unicodedata.category(c)[0] in "LNS" for c in value):
        raise ValidationError(_("Write a name with at least one letter."), code="no_letter")
    if _longest_run_of_marks(value) > _MARKS_IN_A_ROW:
        raise ValidationError(_("Leave out the signs that are stacked on one letter."), code="marks")
    if any(_mixes_scripts(word) for word in re.split(r"[\W_]+", value)):
        raise ValidationError(_("Write each word of the name in one alphabet."), code="mixed")


def _is_hidden(char: str) -> bool:
    """Control and format characters, among them those that turn the direction of writing, and blanks posing as letters."""
    return unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Cn"} or char in _BLANK


def _script(char: str) -> str:
    return unicodedata.name(char, "").split(" ")[0]


def _mixes_scripts(word: str) -> bool:
    """Whether letters of alphabets that look alike stand in one word."""
    return len({_script(char) for char in word if char.isalpha()} & set(_LOOKALIKES)) > 1


def _longest_run_of_marks(value: str) -> int:
    longest = run = 0
    for char in unicodedata.normalize("NFC", value):
        run = run + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        longest = max(longest, run)
    return longest


def validate_phone(value: str) -> None:
    """A number that a phone could dial from abroad."""
    if value and not (value.startswith("+") and value[1:].isascii() and value[1:].isdigit() and len(value) <= 16):
        raise ValidationError(
            _("Enter the phone number with its country code, for example +44 1632 960001."), code="phone"
        )


def validate_pronouns(value: str) -> None:
    """A few words on one line, as “she/her”."""
    if "\n" in value or _has_invisible(value):
        raise ValidationError(_("Leave out invisible characters."), code="invisible")
    if "://" in value:
        raise ValidationError(_("Write pronouns, not a web address."), code="address")


def validate_about(value: str) -> None:
    """Plain text with line breaks; nothing that hides or turns what stands around it."""
    if len(normalise_about(value)) > ABOUT_LENGTH:
        raise ValidationError(
            _("Use at most %(n)d characters; these are %(given)d."),
            code="too_long",
            params={"n": ABOUT_LENGTH, "given": len(value)},
        )
    if _has_invisible(value.replace("\r\n", "").replace("\n", "")):
        raise ValidationError(_("Leave out invisible characters."), code="invisible")


def _has_invisible(value: str) -> bool:
    return any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs", "Cn"} and c not in "\u200c\u200d" for c in value)


@cache
def known_time_zones() -> frozenset[str]:
    """Names of all zones; kept, since asking for them walks a directory tree."""
    return frozenset(zoneinfo.available_timezones())


def validate_time_zone(value: str) -> None:
    if value and value not in known_time_zones():
        raise ValidationError(_("Choose a zone from the list, for example Europe/London."), code="zone")


def password_length_sentence(minimum: int | None = None) -> str:
    count = settings.PASSWORD_MIN_LENGTH if minimum is None else minimum
    return ngettext(
        "Use at least %(count)d character; a few words are fine.",
        "Use at least %(count)d characters; a few words are fine.",
        count,
    ) % {"count": count}


# Longer ones gain nothing and cost the server time to hash.
PASSWORD_MAX_LENGTH = 200


def normalise_password(password: str) -> str:
    """Composed (NFC): keyboards and systems write the same letters in different ways. Nothing else is changed."""
    return unicodedata.normalize("NFC", password)


# With a second factor beside it (NIST SP 800-63B-4, 3.1.1.2).
SHORT_PASSWORD = 8


def least_password_length(person: Any = None) -> int:
    """Characters that a password of ``person`` needs: fewer where a second factor stands beside it."""
    return SHORT_PASSWORD if getattr(person, "has_second_factor", False) else int(settings.PASSWORD_MIN_LENGTH)


def validate_new_password(password: str, person: Any = None, minimum: int | None = None) -> None:
    """Whether ``password`` may be chosen: long enough, and not what is guessed first.

    ``person``: whose name and email it must not be made of. ``minimum``: characters; left out, what
    ``least_password_length`` says of the person. No kinds of characters are asked for.
    """
    password = normalise_password(password)
    least = least_password_length(person) if minimum is None else minimum
    found: list[tuple[str, Any]] = []
    if len(password) < least:
        found.append(("password_too_short", password_length_sentence(least)))
    if len(password) > PASSWORD_MAX_LENGTH:
        sentence = _("Use a shorter password, at most %(limit_value)d characters.")
        found.append(("password_too_long", sentence % {"limit_value": PASSWORD_MAX_LENGTH}))
    elif _is_made_of(password, _words_around(person)):
        found.append(("password_too_similar", _("This is too close to the name or email. Use a few other words.")))
    elif is_pattern(password):
        found.append(("password_pattern", _("This is one pattern over and over. Use a few words of your own.")))
    elif is_common(password):
        found.append(("password_too_common", _("Guessers try this one early. Use a few words of your own.")))
    if found:
        raise ValidationError([ValidationError(sentence, code=code) for code, sentence in found])


class NewPassword:
    """``validate_new_password`` for Django's own commands and forms."""

    def validate(self, password: str, user: Any = None) -> None:
        validate_new_password(password, user)

    def get_help_text(self) -> str:
        return password_length_sentence()


_ROWS = ("1234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "qsdfghjklm", "zxcvbnm", "yxcvbnm")
_COLUMNS = ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik", "9ol", "0p")
_NEIGHBOURS = frozenset(pair for row in (*_ROWS, *_COLUMNS) for way in (row, row[::-1]) for pair in pairwise(way))


def is_pattern(password: str) -> bool:
    """Whether it is one thing over and over, or a run of neighbours in the alphabet, the digits or on a keyboard."""
    text = "".join(password.casefold().split())
    if len(set(text)) <= 3:
        return True
    if any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 3 + 1)):
        return True
    near = sum(abs(ord(a) - ord(b)) <= 1 or (a, b) in _NEIGHBOURS for a, b in pairwise(text))
    return near >= 0.7 * (len(text) - 1)


def _words_around(person: Any) -> set[str]:
    """What is known of the site and the person, as words."""
    texts = [settings.SITE_NAME, settings.BRAND, urlsplit(settings.SITE_URL).hostname or ""]
    texts += [str(getattr(person, name, "") or "") for name in ("name", "email")]
    return {word for text in texts for word in re.findall(r"[^\W_]{3,}", fold(text))}


def _is_made_of(password: str, words: set[str]) -> bool:
    """Whether little is left of it without ``words`` and digits."""
    whole = left = "".join(re.findall(r"[^\W_]", fold(password)))
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return left != whole and sum(not char.isdigit() for char in left) < 6
