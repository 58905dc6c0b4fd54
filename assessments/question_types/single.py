from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from assessments.enums import QuestionKind
from assessments.question_types.base import Config, Response, Score, empty, refuse_unknown, scored, share, token
from assessments.question_types.options import OptionsType
from core.errors import Invalid


class Single(OptionsType):
    """One option is right; others may be worth a share of the points, their ``credit``."""

    key = QuestionKind.SINGLE.value
    label = QuestionKind.SINGLE.label
    extra_keys = ("credit",)

    def validate(self, config: Config, stem: str) -> list[str]:
        problems = super().validate(config, stem)
        if sum(option["right"] for option in config["options"]) != 1:
            problems.append(_("Mark exactly one option as right."))
        for option in config["options"]:
            if "credit" in option and (option["right"] or not share(option["credit"])):
                problems.append(
                    _("The credit of an option that is not the right one is a number above 0, at most 1, such as 0.5.")
                )
                break
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
        worth = next((self._worth(option) for option in config["options"] if option["id"] == chosen), Decimal(0))
        return scored(worth, feedback=self._feedback(config, {chosen}))

    def shown(self, response: Response, seed: bytes) -> dict[str, Any]:
        return {"option": token(seed, response["option"])}

    def is_right(self, option: Mapping[str, Any]) -> bool:
        return self._worth(option) == 1

    def _worth(self, option: Mapping[str, Any]) -> Decimal:
        return Decimal(1) if option["right"] else Decimal(option.get("credit", 0))
