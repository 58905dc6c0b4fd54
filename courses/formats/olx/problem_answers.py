"""The response types of Open edX as kinds of our questions: what is asked for, and what is right."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from typing import Any

import regex
from django.utils.text import slugify
from django.utils.translation import gettext as _
from lxml import etree

from courses.formats.olx import problem_numbers as numbers
from courses.formats.olx.problem_tags import Element, Losses
from courses.formats.olx.problem_text import TextReader, contents

# What a question can hold here.
MAX_OPTIONS = 20
MAX_LISTED = 60
MAX_OPTION_TEXT = 1_000
MAX_FEEDBACK = 2_000
MAX_ACCEPTED = 50
MAX_ANSWER = 200
MAX_PATTERN = 500
MAX_OTHERS = 20
MAX_UNIT = 20

# What Open edX allows when an author names no tolerance.
_DEFAULT_TOLERANCE = "0.001%"
_HALF, _WHOLE = "0.5", "1"
# A remark is taken as an answer comes: the texts inside an option that are not its own.
_REMARKS = frozenset({"choicehint", "optionhint"})
_OPTION_QUOTED = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(?:,|$)""")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TARGET = re.compile(r"\]\([^()]*\)")
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_TEX_POWER = re.compile(r"\^\{?(-?\d+)\}?")
_TEX_WORDS = re.compile(r"\\(?:text|mathrm|rm|textrm|mbox)\s*\{([^{}]*)\}")
_TEX_SIGNS = {
    r"\cdot": "·",
    r"\times": "×",
    r"\mu": "µ",
    r"\Omega": "Ω",
    r"\circ": "°",
    r"\%": "%",
    r"\,": " ",
    "~": " ",
}


class NotHere(Exception):
    """A part that cannot be scored here; the text says why, for the manager."""


@dataclass
class Reading:
    """What a response type is read with."""

    text: TextReader
    losses: Losses


@dataclass
class Answer:
    """What one field asks for: settings of a question of its kind, and words that belong behind the field."""

    settings: dict[str, Any]
    behind: str = ""


def read_answer(response: Element, field: Element | None, reading: Reading) -> Answer:
    """One field of a response. Raises ``NotHere``."""
    return _READERS[response.tag](response, field, reading)


def fields_of(response: Element) -> list[Element]:
    """The elements in which students answer; a response without one still asks once, where it stands."""
    names = _FIELDS[response.tag]
    return [element for element in response.iter() if element.tag in names]


# Options


def _single(response: Element, field: Element | None, reading: Reading) -> Answer:
    group = _group(field)
    credits = _words_of(response, "partial_credit")
    options = _options(group, "choice", reading, response)
    for option, element in zip(options, _children(group, "choice"), strict=True):
        correct = _correct(element)
        if correct == "partial":
            option["credit"] = _share(element.get("point_value"))
            if not credits:
                reading.losses.add(
                    _(
                        "A partly right option gave nothing in the source, because partial credit was not on; here it does."
                    )
                )
            if Decimal(option["credit"]) == 0:
                del option["credit"]
        elif correct == "true":
            option["right"] = True
    right = [option for option in options if option.get("right")]
    if not right:
        raise NotHere(_("None of its options is marked as right."))
    # One option is the answer; the others that are right are worth as much.
    for option in right[1:]:
        option.pop("right")
        option["credit"] = _WHOLE
    if group.get("answer-pool"):
        reading.losses.add(_("In the source each student saw some of the options; here all of them are shown."))
    return Answer({"kind": "single"} | _order(group, options))


def _true_false(response: Element, field: Element | None, reading: Reading) -> Answer:
    group = _group(field)
    if sum(_correct(choice) == "true" for choice in _children(group, "choice")) == 1:
        return _single(response, field, reading)
    return _multiple(response, field, reading)


def _multiple(response: Element, field: Element | None, reading: Reading) -> Answer:
    group = _group(field)
    if group.tag == "radiogroup":
        return _single(response, field, reading)
    options = _options(group, "choice", reading, response)
    choices = _children(group, "choice")
    for option, element in zip(options, choices, strict=True):
        if _correct(element) == "true":
            option["right"] = True
        elif _correct(element) == "partial":
            reading.losses.add(_("A partly right option counts as a wrong one: several options are scored together."))
    if not any(option.get("right") for option in options):
        raise NotHere(_("None of its options is marked as right."))
    credits = _words_of(response, "partial_credit")
    # Without partial credit, right is who chooses exactly the right options.
    credit = "each" if "edc" in credits else "halves" if "halves" in credits else "none"
    if credits and credit == "none":
        reading.losses.add(
            _("Its partial credit is of a kind that is not known here: it is right or wrong as a whole.")
        )
    settings = {"kind": "multiple", "credit": credit} | _order(group, options)
    if combinations := _combinations(group, options, reading):
        settings["combinations"] = combinations
    return Answer(settings)


def _dropdown(response: Element, field: Element | None, reading: Reading) -> Answer:
    group = _group(field)
    if not _children(group, "option") and group.get("options"):
        _spell_out(group)
    options = _options(group, "option", reading, response, most=MAX_LISTED)
    for option, element in zip(options, _children(group, "option"), strict=True):
        if _correct(element) == "true":
            option["right"] = True
    right = [option for option in options if option.get("right")]
    if not right:
        raise NotHere(_("None of its options is marked as right."))
    for option in right[1:]:
        option.pop("right")
        option["credit"] = _WHOLE
    kind = "dropdown"
    if any(re.search(r"(?<!\\)(?:\$|`)|!\[", option["text"]) for option in options):
        if len(options) > MAX_OPTIONS:
            raise NotHere(_("It has more than %(n)d options.") % {"n": MAX_OPTIONS})
        kind = "single"
        reading.losses.add(
            _("Its options hold formulas, code or images, which a list cannot show: they stand below each other.")
        )
    return Answer({"kind": kind} | _order(group, options))


def _options(
    group: Element, name: str, reading: Reading, response: Element, *, most: int = MAX_OPTIONS
) -> list[dict[str, Any]]:
    elements = _children(group, name)
    if len(elements) < 2:
        raise NotHere(_("It has fewer than two options."))
    if len(elements) > most:
        raise NotHere(_("It has more than %(n)d options.") % {"n": most})
    options: list[dict[str, Any]] = []
    said: dict[str, int] = {}
    ids: set[str] = set()
    for number, element in enumerate(elements, start=1):
        text = reading.text.line(contents(element, _REMARKS)).strip()
        if not text:
            reading.losses.add(_("An option has no text: it is called by its number."))
            text = str(number)
        if len(text) > MAX_OPTION_TEXT:
            raise NotHere(_("One of its options has more than %(n)d characters.") % {"n": MAX_OPTION_TEXT})
        key = " ".join(text.split())
        said[key] = said.get(key, 0) + 1
        if said[key] > 1:
            reading.losses.add(
                _("Two options say “%(text)s”: the second has a number behind it.") % {"text": _cut(text, 80)}
            )
            text = f"{text} ({said[key]})"
            said[text] = 1
        option: dict[str, Any] = {"id": _option_id(text, number, ids), "text": text}
        if feedback := _remark_on(element, reading, chosen=True):
            option["feedback"] = feedback
        if name == "choice" and group.tag == "checkboxgroup" and (other := _remark_on(element, reading, chosen=False)):
            option["feedback_unchosen"] = other
        if targeted := _targeted(element, response, reading):
            option["feedback"] = _joined_remarks(option.get("feedback", ""), targeted)
        options.append(option)
    return options


def _order(group: Element, options: list[dict[str, Any]]) -> dict[str, Any]:
    shuffles = (group.get("shuffle") or "").strip().lower() == "true" or bool(group.get("answer-pool"))
    if not shuffles:
        return {"shuffle": False, "options": options}
    for option, element in zip(options, _children(group, "choice"), strict=False):
        if (element.get("fixed") or "").strip().lower() == "true":
            option["fixed"] = True
    return {"options": options}


def _option_id(text: str, number: int, taken: set[str]) -> str:
    stem = slugify(_TARGET.sub("]", text))[:40].strip("-_").replace("_", "-") or f"option-{number}"
    found, times = stem, 1
    while found in taken:
        times += 1
        found = f"{stem}-{times}"
    taken.add(found)
    return found


def _remark_on(element: Element, reading: Reading, *, chosen: bool) -> str:
    """What a student reads about an option; ``selected`` names whether it has to be chosen for that."""
    found = []
    for remark in element:
        if remark.tag not in _REMARKS:
            continue
        selected = (remark.get("selected") or "true").strip().lower() != "false"
        if selected == chosen:
            found.append(_remark(remark, reading))
    return _joined_remarks(*found)


def _targeted(element: Element, response: Element, reading: Reading) -> str:
    name = element.get("explanation-id")
    if not name:
        return ""
    found = [
        remark
        for remark in response.getroottree().getroot().iter("targetedfeedback")
        if remark.get("explanation-id") == name
    ]
    return _joined_remarks(*(_remark(remark, reading) for remark in found))


def _combinations(group: Element, options: list[dict[str, Any]], reading: Reading) -> list[dict[str, Any]]:
    found = []
    for hint in _children(group, "compoundhint"):
        letters = (hint.get("value") or "").upper().split()
        numbers_ = [_LETTERS.find(letter) for letter in letters if len(letter) == 1]
        text = _remark(hint, reading)
        if len(numbers_) != len(letters) or any(not 0 <= n < len(options) for n in numbers_) or not letters or not text:
            reading.losses.add(_("A remark on several options together names options that are not there."))
            continue
        found.append({"options": [options[n]["id"] for n in numbers_], "feedback": text})
    if len(found) > MAX_OTHERS:
        reading.losses.add(_("Only the first %(n)d remarks on options together are kept.") % {"n": MAX_OTHERS})
    return found[:MAX_OTHERS]


def _spell_out(group: Element) -> None:
    """The old form, ``options="('a','b')" correct="a"``, as elements."""
    text = (group.get("options") or "").strip()
    if text[:1] in "([" and text[-1:] in ")]":
        text = text[1:-1]
    words: list[str] = []
    end = 0
    while end < len(text):
        match = _OPTION_QUOTED.match(text, end)
        if match is None:
            words += [word.strip().strip("'\"") for word in text[end:].split(",")]
            break
        words.append(re.sub(r"\\(.)", r"\1", match[1] if match[1] is not None else match[2]))
        end = match.end()
    for word in words:
        if word.strip():
            option = etree.SubElement(group, "option")
            option.text = word
            option.set("correct", str(word.strip() == (group.get("correct") or "").strip()))


# Numbers


def _numeric(response: Element, field: Element | None, reading: Reading) -> Answer:
    answer = (response.get("answer") or "").strip()
    settings: dict[str, Any] = {"kind": "numeric"}
    parameter = next(iter(response.iter("responseparam")), None)
    credits = _words_of(response, "partial_credit")
    try:
        if numbers.is_range(answer):
            _read_range(settings, answer, parameter, credits)
        else:
            _read_value(settings, answer, response, parameter, credits)
    except (numbers.NotANumber, DecimalException):
        raise NotHere(
            _("Its answer or tolerance, %(text)s, is no number that can be worked out here.")
            % {"text": _cut(answer, 60)}
        ) from None
    others = [*settings.pop("others", []), *_numeric_others(response, settings, parameter, reading)]
    if len(others) > MAX_OTHERS:
        reading.losses.add(_("Only the first %(n)d other answers are kept.") % {"n": MAX_OTHERS})
    behind = _unit(field, settings, reading)
    if feedback := _right_remark(response, reading):
        settings["feedback"] = feedback
    if others:
        settings["others"] = others[:MAX_OTHERS]
    return Answer(settings, behind)


def _times(parameter: Element | None) -> Decimal:
    text = (parameter.get("partial_range") if parameter is not None else None) or "2"
    return numbers.number(text)


def _read_range(settings: dict[str, Any], answer: str, parameter: Element | None, credits: list[str]) -> None:
    found = numbers.read_range(answer)
    settings["range"] = str(found)
    if "close" in credits and found.high > found.low:
        settings["near"] = {"tolerance": numbers.plain((found.high - found.low) * _times(parameter))}


def _read_value(
    settings: dict[str, Any], answer: str, response: Element, parameter: Element | None, credits: list[str]
) -> None:
    value = numbers.number(answer)
    settings["answer"] = numbers.plain(value)
    text = next((p.get("default") for p in response.iter("responseparam") if p.get("type") == "tolerance"), None)
    tolerance = numbers.read_tolerance(text or _DEFAULT_TOLERANCE)
    listed = (parameter.get("partial_answers") if parameter is not None else None) or ""
    partly = [numbers.number(one) for one in listed.split(",") if one.strip()] if "list" in credits else []
    if "close" in credits and partly and tolerance[1]:
        # How far off another answer may be cannot be told in per cent of this one.
        tolerance = (numbers.around(value, tolerance).high - value, False)
    if tolerance[0] and (value or not tolerance[1]):
        settings["tolerance"] = numbers.plain(tolerance[0]) + ("%" if tolerance[1] else "")
    others = [{"answer": numbers.plain(one), "credit": _HALF} for one in partly]
    if "close" in credits:
        times = _times(parameter)
        settings["near"] = {"tolerance": numbers.plain(tolerance[0] * times) + ("%" if tolerance[1] else "")}
        # Near a partly right answer is worth half of that; the tolerance itself is added when it is scored.
        wider = [numbers.around(one, tolerance, times - 1) for one in partly if times > 1]
        others += [{"range": str(one), "credit": "0.25"} for one in wider if one.low < one.high]
    if others:
        settings["others"] = others


def _numeric_others(
    response: Element, settings: dict[str, Any], parameter: Element | None, reading: Reading
) -> list[dict[str, Any]]:
    found = []
    for element in _children(response, "additional_answer"):
        value = numbers.plain(numbers_or_not(element.get("answer") or element.text or ""))
        other = {"answer": value, "credit": _WHOLE}
        if feedback := _right_remark(element, reading):
            other["feedback"] = feedback
        found.append(other)
    if found and parameter is not None and settings.get("tolerance"):
        reading.losses.add(_("The tolerance of the answer holds for the other right answers, too."))
    for group in _children(response, "hintgroup"):
        found += _hint_group(
            group, "numericalhint", reading, lambda text: {"answer": numbers.plain(numbers_or_not(text))}
        )
    return found


def numbers_or_not(text: str) -> Decimal:
    """The number, or the reason why the whole question cannot be scored. Raises ``NotHere``."""
    try:
        return numbers.number(text)
    except numbers.NotANumber:
        raise NotHere(
            _("Its answer or tolerance, %(text)s, is no number that can be worked out here.") % {"text": _cut(text, 60)}
        ) from None


def _unit(field: Element | None, settings: dict[str, Any], reading: Reading) -> str:
    """Words behind a number are its unit, if they can be one; otherwise they stand in the text."""
    trailing = (field.get("trailing_text") or "").strip() if field is not None else ""
    if not trailing:
        return ""
    unit = _plain_unit(trailing)
    if len(unit) <= MAX_UNIT and not unit[:1].isdigit() and not re.search(r"[\\{}$^_]", unit):
        settings["unit"] = unit
        return ""
    return reading.text.line([trailing])


def _plain_unit(text: str) -> str:
    """``\\(m/s^{2}\\)`` as ``m/s²``."""
    text = re.sub(r"\\[()\[\]]|\[/?mathjax(?:inline)?\]", "", text)
    text = _TEX_WORDS.sub(r"\1", text)
    for sign, letter in _TEX_SIGNS.items():
        text = text.replace(sign, letter)
    text = _TEX_POWER.sub(lambda match: match[1].translate(_RAISED), text)
    text = re.sub(r"\s*·\s*", "·", " ".join(text.split()))
    return text.replace("^°", "°").replace("^{°}", "°")


# Words


def _short(response: Element, field: Element | None, reading: Reading) -> Answer:
    kinds = (response.get("type") or "").lower().split()
    case = "ci" not in kinds
    first = response.get("answer") or ""
    accept = [text.strip() for text in first.split("_or_")] if "_or_" in first else [first.strip()]
    others: list[dict[str, Any]] = []
    for element in _children(response, "additional_answer"):
        text = (element.get("answer") or element.text or "").strip()
        feedback = _right_remark(element, reading)
        if feedback and "regexp" not in kinds and text:
            others.append({"accept": [text], "credit": _WHOLE, "feedback": feedback})
        else:
            accept.append(text)
            if feedback:
                reading.losses.add(_("A remark on answers that follow a pattern is left out."))
    settings: dict[str, Any] = {"kind": "short"}
    accept = [text for text in accept if text]
    if not accept:
        raise NotHere(_("It names no right answer."))
    if "regexp" in kinds:
        settings["pattern"] = _pattern(accept)
    else:
        settings["accept"] = _acceptable(accept, case, reading)
    if case:
        settings["case_sensitive"] = True
    if feedback := _right_remark(response, reading):
        settings["feedback"] = feedback
    for element in _children(response, "stringequalhint"):
        text, feedback = (element.get("answer") or "").strip(), _remark(element, reading)
        if text and feedback and len(text) <= MAX_ANSWER:
            others.append({"accept": [text], "feedback": feedback})
    if _children(response, "regexphint"):
        reading.losses.add(_("A remark on answers that follow a pattern is left out."))
    for group in _children(response, "hintgroup"):
        others += _hint_group(group, "stringhint", reading, lambda text: {"accept": [text]})
    if len(others) > MAX_OTHERS:
        reading.losses.add(_("Only the first %(n)d other answers are kept.") % {"n": MAX_OTHERS})
    if others:
        settings["others"] = others[:MAX_OTHERS]
    trailing = (field.get("trailing_text") or "").strip() if field is not None else ""
    return Answer(settings, reading.text.line([trailing]) if trailing else "")


def _acceptable(accept: list[str], case: bool, reading: Reading) -> list[str]:
    found: dict[str, str] = {}
    for text in accept:
        key = " ".join(unicodedata.normalize("NFC", text).split())
        found.setdefault(key if case else unicodedata.normalize("NFC", key.casefold()), text)
    kept = [text for text in found.values() if len(text) <= MAX_ANSWER][:MAX_ACCEPTED]
    if not kept:
        raise NotHere(_("Its answer has more than %(n)d characters.") % {"n": MAX_ANSWER})
    if len(kept) < len(found):
        reading.losses.add(
            _(
                "Of its accepted answers, those are kept that have at most %(length)d characters, and at most %(n)d of them."
            )
            % {"length": MAX_ANSWER, "n": MAX_ACCEPTED}
        )
    return kept


def _pattern(patterns: list[str]) -> str:
    pattern = patterns[0] if len(patterns) == 1 else "|".join(f"(?:{one})" for one in patterns)
    if len(pattern) > MAX_PATTERN:
        raise NotHere(_("Its pattern has more than %(n)d characters.") % {"n": MAX_PATTERN})
    try:
        regex.compile(pattern, flags=regex.VERSION0)
    except (regex.error, OverflowError, RecursionError, ValueError):
        raise NotHere(_("Its pattern is no regular expression.")) from None
    return pattern


# What all of them share


def _hint_group(
    group: Element, name: str, reading: Reading, settings: Callable[[str], dict[str, Any]]
) -> list[dict[str, Any]]:
    """The old form of remarks on wrong answers: a hint names the answer, a part of the group its text."""
    parts = {part.get("on"): part for part in group.iter("hintpart")}
    found = []
    for hint in group.iter(name):
        part, answer = parts.get(hint.get("name")), (hint.get("answer") or "").strip()
        text = _remark(part, reading) if part is not None else ""
        if not text or not answer or "regexp" in (hint.get("type") or ""):
            reading.losses.add(_("A remark on an answer is left out: it follows a rule that is not known here."))
            continue
        found.append(settings(answer) | {"feedback": text})
    return found


def _right_remark(element: Element, reading: Reading) -> str:
    return _joined_remarks(*(_remark(one, reading) for one in _children(element, "correcthint")))


def _remark(element: Element, reading: Reading) -> str:
    text = reading.text.line(contents(element)).strip()
    label = " ".join((element.get("label") or "").split())
    if label and text:
        text = f"**{reading.text.line([label.rstrip(':')])}:** {text}"
    if len(text) > MAX_FEEDBACK:
        reading.losses.add(_("A remark is cut after %(n)d characters.") % {"n": MAX_FEEDBACK})
        text = _cut(text, MAX_FEEDBACK)
    return text


def _joined_remarks(*remarks: str) -> str:
    return _cut(" ".join(remark for remark in remarks if remark), MAX_FEEDBACK)


def _group(field: Element | None) -> Element:
    if field is None:
        raise NotHere(_("It has no options."))
    return field


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element if child.tag == name]


def _correct(element: Element) -> str:
    return (element.get("correct") or "").strip().lower()


def _words_of(element: Element, name: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", (element.get(name) or "").lower()) if word]


def _share(text: str | None) -> str:
    """A share of the points, from 0 to 1; one half where none is named."""
    try:
        value = numbers.number(text) if text else Decimal(_HALF)
    except numbers.NotANumber:
        value = Decimal(_HALF)
    value = min(max(value, Decimal(0)), Decimal(1)).quantize(Decimal("0.00001"))
    return numbers.plain(value)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


_READERS: dict[str, Callable[[Element, Element | None, Reading], Answer]] = {
    "multiplechoiceresponse": _single,
    "truefalseresponse": _true_false,
    "choiceresponse": _multiple,
    "optionresponse": _dropdown,
    "numericalresponse": _numeric,
    "stringresponse": _short,
}
_FIELDS = {
    "multiplechoiceresponse": ("choicegroup", "radiogroup"),
    "truefalseresponse": ("choicegroup",),
    "choiceresponse": ("checkboxgroup", "radiogroup", "choicegroup"),
    "optionresponse": ("optioninput",),
    "numericalresponse": ("formulaequationinput", "textline"),
    "stringresponse": ("textline", "formulaequationinput"),
}
RESPONSES = frozenset(_READERS)
# Parts of a response that are read with its field and are no text of their own.
RULES = frozenset(
    {
        "responseparam", "additional_answer", "correcthint", "stringequalhint", "regexphint", "hintgroup", "compoundhint",
        "targetedfeedbackset", "targetedfeedback", "choicehint", "optionhint", "startouttext", "endouttext",
    }
)  # fmt: skip
