from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from assessments.enums import QuestionKind, Verdict
from assessments.question_types.base import Config, Response, Score, empty, refuse_unknown, token
from assessments.question_types.options import OptionsType
from core.errors import Invalid


class Multiple(OptionsType):
    """One or more options are right; right is only who names exactly these."""

    key = QuestionKind.MULTIPLE.value
    label = QuestionKind.MULTIPLE.label

    def validate(self, config: Config, stem: str) -> list[str]:
        problems = super().validate(config, stem)
        if not any(option["right"] for option in config["options"]):
            problems.append(_("Mark at least one option as right."))
        return problems

    def parse(self, config: Config, given: Mapping[str, Any], seed: bytes) -> Response:
        refuse_unknown(given, "options")
        # Boxes of one name on a page, a list in JSON.
        chosen = given.getlist("option") if isinstance(given, QueryDict) else given.get("options")
        if chosen is None or chosen == []:
            raise empty()
        ids = self._ids_by_token(config, seed)
        if not isinstance(chosen, list) or not all(isinstance(one, str) and one in ids for one in chosen):
            sentence = _("Choose among the options that are shown.")
            raise Invalid("unknown_option", sentence, fields={"options": [sentence]})
        return {"options": sorted({ids[one] for one in chosen})}

    def score(self, config: Config, response: Response) -> Score:
        """A wrong choice costs as much as a right one gains, so that ticking everything gains nothing."""
        chosen = set(response["options"])
        offered = {option["id"] for option in config["options"]}
        right = {option["id"] for option in config["options"] if option["right"]}
        gained = len(chosen & right) - len((chosen & offered) - right)
        fraction = max(Decimal(0), Decimal(gained) / Decimal(len(right))) if right else Decimal(0)
        if right and chosen == right:
            return Score(Decimal(1), Verdict.RIGHT, self._feedback(config, chosen))
        return Score(fraction, Verdict.PARTLY if fraction else Verdict.WRONG, self._feedback(config, chosen))

    def shown(self, response: Response, seed: bytes) -> dict[str, Any]:
        return {"options": sorted(token(seed, option_id) for option_id in response["options"])}
