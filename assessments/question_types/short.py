import logging
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import regex
from django.utils.translation import gettext as _

from assessments.enums import QuestionKind
from assessments.question_types.base import (
    MAX_ANSWER,
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

logger = logging.getLogger("aumbry.questions")

MAX_ACCEPTED = 50
MAX_PATTERN = 500
# An answer has at most 200 characters: a pattern that needs longer than this goes round in circles.
MATCH_SECONDS = 0.1


class Short(QuestionType):
    """A word or a few, compared with a list; spaces and, unless it matters, capitals make no difference.

    ``pattern`` is a regular expression that accepts what it matches from beginning to end.
    """

    key = QuestionKind.SHORT.value
    label = QuestionKind.SHORT.label
    settings_keys = frozenset({"accept", "pattern", "case_sensitive", "feedback", "others"})

    def from_settings(self, settings: Mapping[str, Any]) -> Config:
        reader = SettingsReader(settings, self.settings_keys)
        config: Config = {
            "accept": reader.texts("accept", [] if settings.get("pattern") else None),
            "case_sensitive": reader.flag("case_sensitive", False),
        }
        config |= {name: text for name in ("pattern", "feedback") if (text := reader.text(name))}
        others = []
        for number, table in enumerate(reader.tables("others", []), start=1):
            row = SettingsReader(table, ("accept", "credit", "feedback"), _("Other answer %(n)d: ") % {"n": number})
            feedback = row.text("feedback")
            others.append(
                {"accept": row.texts("accept"), "credit": row.text("credit", "0")}
                | ({"feedback": feedback} if feedback else {})
            )
            reader.problems += row.problems
        reader.finish()
        return config | ({"others": others} if others else {})

    def settings(self, config: Config) -> dict[str, Any]:
        settings: dict[str, Any] = {}
        if config["accept"] or "pattern" not in config:
            settings["accept"] = list(config["accept"])
        if "pattern" in config:
            settings["pattern"] = config["pattern"]
        if config["case_sensitive"]:
            settings["case_sensitive"] = True
        if "feedback" in config:
            settings["feedback"] = config["feedback"]
        if others := config.get("others"):
            settings["others"] = [
                {"accept": list(other["accept"])}
                | ({"credit": other["credit"]} if other["credit"] != "0" else {})
                | ({"feedback": other["feedback"]} if "feedback" in other else {})
                for other in others
            ]
        return settings

    def validate(self, config: Config, stem: str) -> list[str]:
        problems = []
        least = 0 if "pattern" in config else 1
        if not least <= len(config["accept"]) <= MAX_ACCEPTED:
            problems.append(_("Give between 1 and %(n)d accepted answers.") % {"n": MAX_ACCEPTED})
        problems += _accept_problems(config["accept"], config["case_sensitive"])
        if "pattern" in config and (problem := _pattern_problem(config["pattern"])):
            problems.append(problem)
        others = config.get("others", ())
        if len(others) > MAX_OTHERS:
            problems.append(_("Give at most %(n)d other answers.") % {"n": MAX_OTHERS})
        for other in others:
            if not 1 <= len(other["accept"]) <= MAX_ACCEPTED:
                problems.append(_("Give between 1 and %(n)d texts for another answer.") % {"n": MAX_ACCEPTED})
            problems += _accept_problems(other["accept"], config["case_sensitive"])
            if share(other["credit"]) is None:
                problems.append(_("The credit of another answer is a number from 0 to 1, such as 0.5."))
        if any(len(each.get("feedback", "")) > MAX_FEEDBACK for each in (config, *others)):
            problems.append(_("A feedback has at most %(n)d characters.") % {"n": MAX_FEEDBACK})
        return list(dict.fromkeys(problems))

    def parse(self, config: Config, given: Mapping[str, Any], seed: bytes) -> Response:
        return {"answer": given_text(given)}

    def score(self, config: Config, response: Response) -> Score:
        case, answer = config["case_sensitive"], response["answer"]
        if _among(answer, config["accept"], case) or (
            "pattern" in config and _matches(config["pattern"], answer, case)
        ):
            return scored(Decimal(1), remark=config.get("feedback", ""))
        for other in config.get("others", ()):
            if _among(answer, other["accept"], case):
                return scored(Decimal(other["credit"]), remark=other.get("feedback", ""))
        return scored(Decimal(0))

    def public(self, config: Config, seed: bytes) -> dict[str, Any]:
        return {}

    def key_of(self, config: Config, seed: bytes) -> dict[str, Any]:
        key: dict[str, Any] = {"accept": list(config["accept"])}
        return key | ({"pattern": config["pattern"]} if "pattern" in config else {})

    def shown(self, response: Response, seed: bytes) -> dict[str, Any]:
        return {"answer": response["answer"]}

    def texts(self, config: Config) -> list[str]:
        return [each["feedback"] for each in (config, *config.get("others", ())) if each.get("feedback")]


def fold(text: str, *, case_sensitive: bool) -> str:
    """The text as it is compared: one form of each letter, single spaces, small letters unless they matter."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if case_sensitive:
        return text
    # Folding can leave letters and marks apart again.
    return unicodedata.normalize("NFC", text.casefold())


def _among(answer: str, accept: list[str], case_sensitive: bool) -> bool:
    folded = fold(answer, case_sensitive=case_sensitive)
    return any(fold(text, case_sensitive=case_sensitive) == folded for text in accept)


def _matches(pattern: str, answer: str, case_sensitive: bool) -> bool:
    """Whether the pattern fits the whole answer; one that cannot say so in time does not."""
    flags = regex.VERSION0 | (0 if case_sensitive else regex.IGNORECASE)
    try:
        found = regex.fullmatch(pattern, fold(answer, case_sensitive=True), flags=flags, timeout=MATCH_SECONDS)
    except TimeoutError:
        logger.warning("pattern took too long", extra={"pattern": pattern})
        return False
    except regex.error:
        logger.warning("pattern cannot be read", extra={"pattern": pattern})
        return False
    return found is not None


def _pattern_problem(pattern: str) -> str:
    if len(pattern) > MAX_PATTERN:
        return _("A pattern has at most %(n)d characters.") % {"n": MAX_PATTERN}
    try:
        regex.compile(pattern, flags=regex.VERSION0)
    except (regex.error, OverflowError, RecursionError, ValueError) as error:
        return _("The pattern is no regular expression: %(why)s.") % {"why": str(error)[:200]}
    return ""


def _accept_problems(accept: list[str], case_sensitive: bool) -> list[str]:
    problems = []
    if any(not text.strip() for text in accept):
        problems.append(_("An accepted answer is empty."))
    if any(len(text) > MAX_ANSWER for text in accept):
        problems.append(_("An accepted answer has at most %(n)d characters.") % {"n": MAX_ANSWER})
    if len({fold(text, case_sensitive=case_sensitive) for text in accept}) < len(accept):
        problems.append(_("Two accepted answers are the same."))
    return problems
