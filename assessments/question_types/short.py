import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from assessments.enums import QuestionKind, Verdict
from assessments.question_types.base import (
    MAX_ANSWER,
    Config,
    QuestionType,
    Response,
    Score,
    SettingsReader,
    given_text,
)

MAX_ACCEPTED = 50


class Short(QuestionType):
    """A word or a few, compared with a list; spaces and, unless it matters, capitals make no difference."""

    key = QuestionKind.SHORT.value
    label = QuestionKind.SHORT.label
    settings_keys = frozenset({"accept", "case_sensitive"})

    def from_settings(self, settings: Mapping[str, Any]) -> Config:
        reader = SettingsReader(settings, self.settings_keys)
        config = {"accept": reader.texts("accept"), "case_sensitive": reader.flag("case_sensitive", False)}
        reader.finish()
        return config

    def settings(self, config: Config) -> dict[str, Any]:
        settings: dict[str, Any] = {"accept": list(config["accept"])}
        if config["case_sensitive"]:
            settings["case_sensitive"] = True
        return settings

    def validate(self, config: Config, stem: str) -> list[str]:
        accept, problems = config["accept"], []
        if not 1 <= len(accept) <= MAX_ACCEPTED:
            problems.append(_("Give between 1 and %(n)d accepted answers.") % {"n": MAX_ACCEPTED})
        if any(not text.strip() for text in accept):
            problems.append(_("An accepted answer is empty."))
        if any(len(text) > MAX_ANSWER for text in accept):
            problems.append(_("An accepted answer has at most %(n)d characters.") % {"n": MAX_ANSWER})
        folded = [fold(text, case_sensitive=config["case_sensitive"]) for text in accept]
        if len(set(folded)) < len(folded):
            problems.append(_("Two accepted answers are the same."))
        return problems

    def parse(self, config: Config, given: Mapping[str, Any], seed: bytes) -> Response:
        return {"answer": given_text(given)}

    def score(self, config: Config, response: Response) -> Score:
        case = config["case_sensitive"]
        accepted = {fold(text, case_sensitive=case) for text in config["accept"]}
        right = fold(response["answer"], case_sensitive=case) in accepted
        return Score(fraction=Decimal(1) if right else Decimal(0), verdict=Verdict.RIGHT if right else Verdict.WRONG)

    def public(self, config: Config, seed: bytes) -> dict[str, Any]:
        return {}

    def key_of(self, config: Config, seed: bytes) -> dict[str, Any]:
        return {"accept": list(config["accept"])}

    def shown(self, response: Response, seed: bytes) -> dict[str, Any]:
        return {"answer": response["answer"]}


def fold(text: str, *, case_sensitive: bool) -> str:
    """The text as it is compared: one form of each letter, single spaces, small letters unless they matter."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if case_sensitive:
        return text
    # Folding can leave letters and marks apart again.
    return unicodedata.normalize("NFC", text.casefold())
