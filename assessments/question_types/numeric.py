import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

from django.utils.translation import gettext as _

from assessments.enums import QuestionKind
from assessments.question_types.base import (
    MAX_FEEDBACK,
    MAX_OTHERS,
    Config,
    QuestionType,
    Response,
    Score,
    SettingsReader,
    given_text,
    scored,
    share,
)
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
_RANGE = re.compile(r"^([\[(])([^,]+),([^,]+)([\])])$")
_EXACT = re.compile(r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$")


class Numeric(QuestionType):
    """A number within a tolerance, the bounds included, or in a range; with a unit if one is named.

    ``others`` are values with a share of the points or a feedback of their own; ``near`` says what is partly right.
    """

    key = QuestionKind.NUMERIC.value
    label = QuestionKind.NUMERIC.label
    settings_keys = frozenset(
        {"answer", "range", "tolerance", "unit", "unit_required", "feedback", "near", "others"},
    )

    def from_settings(self, settings: Mapping[str, Any]) -> Config:
        reader = SettingsReader(settings, self.settings_keys)
        config: Config = {
            "answer": reader.text("answer", "" if "range" in settings else None),
            "tolerance": reader.text("tolerance", "0"),
            "unit": reader.text("unit"),
            "unit_required": reader.flag("unit_required", False),
        }
        config |= {name: text for name in ("range", "feedback") if (text := reader.text(name))}
        near = reader.table("near")
        if near is not None:
            row = SettingsReader(near, ("tolerance", "credit"), "near: ")
            config["near"] = {"tolerance": row.text("tolerance", None), "credit": row.text("credit", "0.5")}
            reader.problems += row.problems
        others = []
        for number, table in enumerate(reader.tables("others", []), start=1):
            row = SettingsReader(
                table, ("answer", "range", "credit", "feedback"), _("Other answer %(n)d: ") % {"n": number}
            )
            other = {name: text for name in ("answer", "range", "feedback") if (text := row.text(name))}
            others.append(other | {"credit": row.text("credit", "0")})
            reader.problems += row.problems
        reader.finish()
        return config | ({"others": others} if others else {})

    def settings(self, config: Config) -> dict[str, Any]:
        settings: dict[str, Any] = {name: config[name] for name in ("answer", "range") if config.get(name)}
        if config["tolerance"] != "0":
            settings["tolerance"] = config["tolerance"]
        if config["unit"]:
            settings["unit"] = config["unit"]
        if config["unit_required"]:
            settings["unit_required"] = True
        if config.get("feedback"):
            settings["feedback"] = config["feedback"]
        if near := config.get("near"):
            settings["near"] = {k: v for k, v in near.items() if (k, v) != ("credit", "0.5")}
        if others := config.get("others"):
            settings["others"] = [
                {name: other[name] for name in ("answer", "range") if name in other}
                | ({"credit": other["credit"]} if other["credit"] != "0" else {})
                | ({"feedback": other["feedback"]} if "feedback" in other else {})
                for other in others
            ]
        return settings

    def validate(self, config: Config, stem: str) -> list[str]:
        problems = _value_problems(config)
        tolerance = _tolerance(config["tolerance"])
        if tolerance is None:
            problems.append(_("The tolerance must be a number of 0 or more, such as 0.05, or a share such as 5%."))
        elif tolerance[0] and "range" in config:
            problems.append(_("A range has no tolerance: choose its bounds."))
        unit = config["unit"]
        if unit != unit.strip() or len(unit) > MAX_UNIT or unit[:1].isdigit():
            problems.append(_("A unit has at most %(n)d characters and starts with none of 0-9.") % {"n": MAX_UNIT})
        if config["unit_required"] and not unit:
            problems.append(_("Name the unit that has to be given."))
        if near := config.get("near"):
            if _tolerance(near["tolerance"]) is None or ("range" in config and near["tolerance"].endswith("%")):
                problems.append(_("“near” needs a tolerance: a number of 0 or more, such as 0.5."))
            if not share(near["credit"]) or share(near["credit"]) == 1:
                problems.append(_("The credit of what is near is a number between 0 and 1, such as 0.5."))
        others = config.get("others", ())
        if len(others) > MAX_OTHERS:
            problems.append(_("Give at most %(n)d other answers.") % {"n": MAX_OTHERS})
        for other in others:
            problems += _value_problems(other)
            if share(other["credit"]) is None:
                problems.append(_("The credit of another answer is a number from 0 to 1, such as 0.5."))
        if any(len(each.get("feedback", "")) > MAX_FEEDBACK for each in (config, *others)):
            problems.append(_("A feedback has at most %(n)d characters.") % {"n": MAX_FEEDBACK})
        return list(dict.fromkeys(problems))

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
        if config["unit_required"] and unit_form(response["unit"]) != unit_form(config["unit"]):
            return scored(Decimal(0))
        with localcontext(prec=_PRECISION):
            value = Decimal(response["value"])
            if _within(value, config, config["tolerance"]):
                return scored(Decimal(1), remark=config.get("feedback", ""))
            for other in config.get("others", ()):
                if _within(value, other, "0" if "range" in config else config["tolerance"]):
                    return scored(Decimal(other["credit"]), remark=other.get("feedback", ""))
            near = config.get("near")
            if near is not None and _within(value, config, near["tolerance"]):
                return scored(Decimal(near["credit"]))
        return scored(Decimal(0))

    def public(self, config: Config, seed: bytes) -> dict[str, Any]:
        # A unit that has to be found is part of the answer.
        return {
            "unit": "" if config["unit_required"] else config["unit"],
            "unit_required": config["unit_required"],
        }

    def key_of(self, config: Config, seed: bytes) -> dict[str, Any]:
        key = {"answer": config["answer"], "tolerance": config["tolerance"], "unit": config["unit"]}
        return key | ({"range": config["range"]} if "range" in config else {})

    def texts(self, config: Config) -> list[str]:
        return [each["feedback"] for each in (config, *config.get("others", ())) if each.get("feedback")]

    def shown(self, response: Response, seed: bytes) -> dict[str, Any]:
        return {"answer": response["answer"]}


def exact(text: str) -> Decimal | None:
    """An author's number: plain digits with a point, so that nothing has to be guessed."""
    if len(text) > MAX_DIGITS or not _EXACT.match(text):
        return None
    value = Decimal(text)
    return value if abs(value.adjusted()) <= MAX_EXPONENT else None


def bounds(text: str) -> tuple[Decimal, bool, Decimal, bool] | None:
    """A range such as ``[10, 20)``: its bounds, each with whether it belongs to the range; None if it is none."""
    match = _RANGE.match(text.strip()) if len(text) <= 2 * MAX_DIGITS + 10 else None
    low, high = (exact(match[2].strip()), exact(match[3].strip())) if match else (None, None)
    if match is None or low is None or high is None:
        return None
    low_in, high_in = match[1] == "[", match[4] == "]"
    return (low, low_in, high, high_in) if low < high or (low == high and low_in and high_in) else None


def _tolerance(text: str) -> tuple[Decimal, bool] | None:
    """The number, and whether it is percent of the answer; None for what is no tolerance."""
    value = exact(text.removesuffix("%").rstrip())
    return None if value is None or value < 0 else (value, text.endswith("%"))


def _within(value: Decimal, target: Mapping[str, Any], tolerance: str) -> bool:
    """Whether ``value`` is the answer or in the range of ``target``, or at most ``tolerance`` away."""
    amount, percent = _tolerance(tolerance) or (Decimal(0), False)
    if "range" in target:
        low, low_in, high, high_in = bounds(target["range"]) or (Decimal(0), False, Decimal(0), False)
        if amount:
            below, above = (abs(low) * amount / 100, abs(high) * amount / 100) if percent else (amount, amount)
            return low - below <= value <= high + above
        return (low <= value if low_in else low < value) and (value <= high if high_in else value < high)
    answer = Decimal(target["answer"])
    return abs(value - answer) <= (abs(answer) * amount / 100 if percent else amount)


def _value_problems(target: Mapping[str, Any]) -> list[str]:
    if target.get("answer") and "range" in target:
        return [_("Give an answer or a range, not both.")]
    if "range" in target:
        return [] if bounds(target["range"]) else [_("A range has two bounds, the smaller first, such as [10, 20).")]
    if exact(target.get("answer", "")) is None:
        return [_("The answer must be a number with a decimal point, such as 12.5.")]
    return []


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
