"""Values as people write them, made one before they are stored: the one place for it.

Forms, the API, imports and services elsewhere all come through here. Nothing is judged: validators do that afterwards,
on what came of it. Each function takes its own result as it is, so applying it twice changes nothing.
"""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal

import phonenumbers
from django.utils.formats import get_format

_SPACE = re.compile(r"\s+")
# Signs that show nothing and come along when a cell is copied: byte order mark, zero-width space, word joiner, soft
# hyphen, marks and brackets of the writing direction. Inside a text they are left for the validators to speak of.
_UNSEEN = "\ufeff\u200b\u2060\u00ad\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_EDGES = re.compile(rf"\A[\s{_UNSEEN}]+|[\s{_UNSEEN}]+\Z")
_EMPTY_LINES = re.compile(r"\n{3,}")
# Between groups of digits: blanks of every width, apostrophes, and the sign that is not the decimal one.
_BLANKS = " \u00a0\u2007\u2009\u202f'’"
_WHOLE = re.compile(r"[+-]?\d+")


def line(text: str) -> str:
    """One line: composed (NFC), single spaces, no unseen signs at its ends."""
    return _EDGES.sub("", _SPACE.sub(" ", unicodedata.normalize("NFC", text)))


def paragraphs(text: str) -> str:
    """Several lines: composed (NFC), plain line breaks, no blanks at the ends of lines, at most one empty line between."""
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n")
    return _EMPTY_LINES.sub("\n\n", "\n".join(part.rstrip() for part in composed.split("\n"))).strip()


def email(text: str) -> str:
    """An address: composed (NFC), whole in small letters, no unseen signs at its ends.

    The domain is the same in any case (RFC 5321). Of the part before the @ only its host knows; here one mailbox is one
    account, and people do not keep two apart by case.
    """
    # Composed after lowering, too: some capitals have no small form of one character.
    return _EDGES.sub("", unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower()))


def phone(text: str, *, region: str = "") -> str:
    """A phone number as E.164 (+441632960001); one that cannot be a number as it was written, on one line.

    ``region``: the country (GB) whose national numbers may come without a country code.
    """
    written = line(text)
    try:
        number = phonenumbers.parse(written, region or None)
    except phonenumbers.NumberParseException:
        return written
    if not phonenumbers.is_possible_number(number) or number.extension:
        return written
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def number(value: str | int | Decimal, *, language: str) -> Decimal | None:
    """A decimal number as people of ``language`` write it, with their signs for decimals and thousands; None for any
    other text. What is a number already stays it.
    """
    if not isinstance(value, str):
        return Decimal(value)
    text = line(value).replace("\u2212", "-")
    decimal = str(get_format("DECIMAL_SEPARATOR", language, use_l10n=True))
    group = "," if decimal == "." else "."
    whole, sign, rest = text.partition(decimal)
    if re.fullmatch(rf"[+-]?\d{{1,3}}([{_BLANKS}{re.escape(group)}]\d{{3}})+", whole):
        whole = re.sub(rf"[{_BLANKS}{re.escape(group)}]", "", whole)
    if (
        len(text) > 40
        or not whole.isascii()
        or not rest.isascii()
        or not _WHOLE.fullmatch(whole)
        or (sign and not rest.isdigit())
    ):
        return None
    return Decimal(f"{whole}.{rest}" if sign else whole)


def day(value: str | date, *, language: str) -> date | None:
    """A date as people of ``language`` write it, or ISO 8601; None for any other text. What is a date already stays it."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = line(value)
    if len(text) > 40 or "\0" in text:
        return None
    for form in ("%Y-%m-%d", *get_format("DATE_INPUT_FORMATS", language, use_l10n=True)):
        try:
            # A day has no zone.
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None
