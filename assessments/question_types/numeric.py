import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

from django.utils.translation import gettext as _

from assessments.enums import QuestionKind, Verdict
from assessments.question_types.base import Config, QuestionType, Response, Score, SettingsReader, given_text
from core.errors import Invalid

MAX_UNIT = 20
MAX_DIGITS = 50
MAX_EXPONENT = 99
# Enough for any two numbers of the lengths above to be compared exactly.
_PRECISION = 2 * (MAX_DIGITS + MAX_EXPONENT) + 10

_NUMBER = re.compile(
    r"^(?P<sign>[+-]?)\s*(?P<digits>[0-9][0-9.,' ]*|[.,][0-9]+)"
    r"(?:\s*(?:[eE]|[x×·*]\s*10\s*\^?)\s*(?P<exponent>[+-]?[0-9]{1,4})(?![0-9]))?"
    r"(?P<unit>.*)$",
    re.DOTALL,
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_RAISED = re.compile(r"(?<=10)[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_POWER_ALONE = re.compile(r"^([+-]?)\s*10\s?\^\s?(?=[+-]?[0-9])")
# What looks like the rest of a number is not a unit.
_NO_UNIT = re.compile(r"^(?:[-+^.,'_0-9]|/\s*[0-9]|[eE][+-]?[0-9])")
_EXACT = re.compile(r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$")


class Numeric(QuestionType):
    """A number within a tolerance, the bounds included, with a unit if one is named."""

    key = QuestionKind.NUMERIC.value
    label = QuestionKind.NUMERIC.label
    settings_keys = frozenset({"answer", "tolerance", "unit", "unit_required"})

    def from_settings(self, settings: Mapping[str, Any]) -> Config:
        reader = SettingsReader(settings, self.settings_keys)
        config = {
            "answer": reader.text("answer", None),
            "tolerance": reader.text("tolerance", "0"),
            "unit": reader.text("unit"),
            "unit_required": reader.flag("unit_required", False),
        }
        reader.finish()
        return config

    def settings(self, config: Config) -> dict[str, Any]:
        settings: dict[str, Any] = {"answer": config["answer"]}
        if config["tolerance"] != "0":
            settings["tolerance"] = config["tolerance"]
        if config["unit"]:
            settings["unit"] = config["unit"]
        if config["unit_required"]:
            settings["unit_required"] = True
        return settings

    def validate(self, config: Config, stem: str) -> list[str]:
        problems = []
        if exact(config["answer"]) is None:
            problems.append(_("The answer must be a number with a decimal point, such as 12.5."))
        tolerance = exact(config["tolerance"])
        if tolerance is None or tolerance < 0:
            problems.append(_("The tolerance must be a number of 0 or more, such as 0.05."))
        unit = config["unit"]
        if unit != unit.strip() or len(unit) > MAX_UNIT or unit[:1].isdigit():
            problems.append(_("A unit has at most %(n)d characters and starts with none of 0-9.") % {"n": MAX_UNIT})
        if config["unit_required"] and not unit:
            problems.append(_("Name the unit that has to be given."))
        return problems

    def parse(self, config: Config, given: Mapping[str, Any], seed: bytes) -> Response:
        text = given_text(given)
        value, unit = split_number(text)
        expected = config["unit"]
        if config["unit_required"]:
            if not unit:
                raise _refused("unit_missing", _("Write the unit after the number."))
        elif unit and not expected:
            raise _refused("unit_unexpected", _("Write the number alone, without a unit."))
        elif unit and unit_form(unit).casefold() != unit_form(expected).casefold():
            raise _refused(
                "unit_other", _("Give the number in %(unit)s, or write it without a unit.") % {"unit": expected}
            )
        return {"answer": text, "value": str(value), "unit": unit}

    def score(self, config: Config, response: Response) -> Score:
        with localcontext(prec=_PRECISION):
            off = abs(Decimal(response["value"]) - Decimal(config["answer"]))
            right = off <= Decimal(config["tolerance"])
        if config["unit_required"]:
            right = right and unit_form(response["unit"]) == unit_form(config["unit"])
        return Score(fraction=Decimal(1) if right else Decimal(0), verdict=Verdict.RIGHT if right else Verdict.WRONG)

    def public(self, config: Config, seed: bytes) -> dict[str, Any]:
        # A unit that has to be found is part of the answer.
        return {
            "unit": "" if config["unit_required"] else config["unit"],
            "unit_required": config["unit_required"],
        }

    def key_of(self, config: Config, seed: bytes) -> dict[str, Any]:
        return {"answer": config["answer"], "tolerance": config["tolerance"], "unit": config["unit"]}

    def shown(self, response: Response, seed: bytes) -> dict[str, Any]:
        return {"answer": response["answer"]}


def exact(text: str) -> Decimal | None:
    """An author's number: plain digits with a point, so that nothing has to be guessed."""
    if len(text) > MAX_DIGITS or not _EXACT.match(text):
        return None
    value = Decimal(text)
    return value if abs(value.adjusted()) <= MAX_EXPONENT else None


def split_number(text: str) -> tuple[Decimal, str]:
    """A student's number and what stands behind it.

    Decimals after a point or a comma, spaces (or the other mark, in groups of three) between thousands,
    ``e-3`` or ``× 10^-3``. Raises ``Invalid``.
    """
    text = _RAISED.sub(lambda match: "^" + match[0].translate(_SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", text).replace("−", "-").replace("’", "'")
    text = _POWER_ALONE.sub(r"\g<1>1e", " ".join(text.split()))
    match = _NUMBER.match(_ascii_digits(text))
    if match is None:
        raise _not_a_number()
    digits = _plain_digits(match["digits"].strip(" "))
    if len(digits) > MAX_DIGITS:
        raise _refused("number_too_long", _("Write at most %(n)d digits.") % {"n": MAX_DIGITS})
    try:
        value = Decimal(f"{match['sign']}{digits}e{match['exponent'] or 0}")
    except InvalidOperation:
        raise _not_a_number() from None
    if value and abs(value.adjusted()) > MAX_EXPONENT:
        raise _refused("number_too_large", _("This number is too large or too small to be meant."))
    unit = match["unit"].strip()
    if _NO_UNIT.match(unit) or len(unit) > MAX_UNIT:
        raise _not_a_number()
    return value, unit


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _plain_digits(text: str) -> str:
    """``1 234,5``, ``1,234.5`` and ``1.234,5`` as ``1234.5``. A single mark is a decimal mark."""
    marks = [c for c in text if c in ".,"]
    decimal_mark = ""
    if len(set(marks)) == 2:
        decimal_mark = marks[-1]
        if marks.count(decimal_mark) > 1:
            raise _not_a_number()
    elif len(marks) == 1:
        decimal_mark = marks[0]
    whole, _mark, fraction = text.partition(decimal_mark) if decimal_mark else (text, "", "")
    groups = re.split(r"[ ',.]", whole)
    if len(groups) > 1 and not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        raise _not_a_number()
    # Small spaces may group the decimals too: 3.141 592 65
    parts = fraction.split(" ")
    if not all(part.isdigit() for part in parts if part) or (len(parts) > 1 and any(len(p) != 3 for p in parts[:-1])):
        raise _not_a_number()
    return f"{''.join(groups) or '0'}.{''.join(parts) or '0'}"


def unit_form(unit: str) -> str:
    """The unit as it is compared: without spaces, µ and μ the same; capitals matter (mW is not MW)."""
    return "".join(unicodedata.normalize("NFKC", unit).split())


def _not_a_number() -> Invalid:
    return _refused("not_a_number", _("Write a number, such as 12.5 or 3e-4."))


def _refused(code: str, sentence: str) -> Invalid:
    return Invalid(code, sentence, fields={"answer": [sentence]})
