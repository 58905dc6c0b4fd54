from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from assessments.enums import QuestionKind, Verdict
from assessments.question_types.base import Config, Response, Score, empty, refuse_unknown, token
from assessments.question_types.options import OptionsType
from core.errors import Invalid


class Single(OptionsType):
    """One option is right."""

    key = QuestionKind.SINGLE.value
    label = QuestionKind.SINGLE.label

    def validate(self, config: Config, stem: str) -> list[str]:
        problems = super().validate(config, stem)
        if sum(option["right"] for option in config["options"]) != 1:
            problems.append(_("Mark exactly one option as right."))
        return problems

    def parse(self, config: Config, given: Mapping[str, Any], seed: bytes) -> Response:
        refuse_unknown(given, "option")
        chosen = given.get("option")
        if chosen is None or chosen == "":
            raise empty()
        ids = self._ids_by_token(config, seed)
        if not isinstance(chosen, str) or chosen not in ids:
            sentence = _("Choose one of the options that are shown.")
            raise Invalid("unknown_option", sentence, fields={"option": [sentence]})
        return {"option": ids[chosen]}

    def score(self, config: Config, response: Response) -> Score:
        chosen = response["option"]
        right = any(option["right"] for option in config["options"] if option["id"] == chosen)
        return Score(
            fraction=Decimal(1) if right else Decimal(0),
            verdict=Verdict.RIGHT if right else Verdict.WRONG,
            feedback=self._feedback(config, {chosen}),
        )

    def shown(self, response: Response, seed: bytes) -> dict[str, Any]:
        return {"option": token(seed, response["option"])}
