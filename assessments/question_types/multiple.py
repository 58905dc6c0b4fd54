from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from assessments.enums import QuestionKind
from assessments.question_types.base import (
    MAX_FEEDBACK,
    MAX_OTHERS,
    Config,
    Response,
    Score,
    SettingsReader,
    empty,
    refuse_unknown,
    scored,
    token,
)
from assessments.question_types.options import OptionsType
from core.errors import Invalid

BALANCED = "balanced"
CREDITS = (BALANCED, "none", "each", "halves")
# With fewer options, half of the points would reward a guess.
_HALVES_FROM, _QUARTERS_FROM = 3, 5


class Multiple(OptionsType):
    """One or more options are right; right is only who names exactly these.

    ``credit`` says what else is worth something; ``combinations`` have feedback of their own.
    """

    key = QuestionKind.MULTIPLE.value
    label = QuestionKind.MULTIPLE.label
    settings_keys = OptionsType.settings_keys | {"credit", "combinations"}
    extra_keys = ("feedback_unchosen",)

    def read(self, reader: SettingsReader) -> Config:
        config = super().read(reader)
        credit = reader.choice("credit", CREDITS, BALANCED)
        if credit != BALANCED:
            config["credit"] = credit
        combinations = []
        for number, table in enumerate(reader.tables("combinations", []), start=1):
            row = SettingsReader(table, ("options", "feedback"), _("Combination %(n)d: ") % {"n": number})
            combinations.append({"options": row.texts("options"), "feedback": row.text("feedback", None)})
            reader.problems += row.problems
        return config | ({"combinations": combinations} if combinations else {})

    def settings(self, config: Config) -> dict[str, Any]:
        settings = {"credit": config["credit"]} if "credit" in config else {}
        settings |= super().settings(config)
        if combinations := config.get("combinations"):
            settings["combinations"] = [{**row, "options": list(row["options"])} for row in combinations]
        return settings

    def validate(self, config: Config, stem: str) -> list[str]:
        problems = super().validate(config, stem)
        if not any(option["right"] for option in config["options"]):
            problems.append(_("Mark at least one option as right."))
        known = {option["id"] for option in config["options"]}
        combinations = config.get("combinations", ())
        if len(combinations) > MAX_OTHERS:
            problems.append(_("Give at most %(n)d combinations.") % {"n": MAX_OTHERS})
        for row in combinations:
            if unknown := [name for name in row["options"] if name not in known]:
                problems.append(
                    _("A combination names the option “%(id)s”, which is not there.") % {"id": unknown[0][:64]}
                )
            if not row["options"] or not row["feedback"].strip():
                problems.append(_("A combination needs options and a feedback."))
            if len(row["feedback"]) > MAX_FEEDBACK:
                problems.append(_("The feedback to a combination has at most %(n)d characters.") % {"n": MAX_FEEDBACK})
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
        chosen = set(response["options"])
        right = {option["id"] for option in config["options"] if option["right"]}
        offered = {option["id"] for option in config["options"]}
        remark = next((c["feedback"] for c in config.get("combinations", ()) if set(c["options"]) == chosen), "")
        if right and chosen == right:
            fraction = Decimal(1)
        elif right:
            fraction = _credit(config.get("credit", BALANCED), chosen & offered, right, len(offered))
        else:
            fraction = Decimal(0)
        return scored(fraction, feedback=self._feedback(config, chosen), remark=remark)

    def texts(self, config: Config) -> list[str]:
        return super().texts(config) + [row["feedback"] for row in config.get("combinations", ())]

    def shown(self, response: Response, seed: bytes) -> dict[str, Any]:
        return {"options": sorted(token(seed, option_id) for option_id in response["options"])}


def _credit(credit: str, chosen: set[str], right: set[str], offered: int) -> Decimal:
    """What a choice that is not the right one is worth; always less than all of it."""
    mistakes = len(chosen ^ right)
    if not mistakes:
        # An option that has gone since was chosen, too.
        return Decimal(0)
    if credit == BALANCED:
        # A wrong choice costs as much as a right one gains, so that ticking everything gains nothing.
        return max(Decimal(0), Decimal(len(chosen & right) - len(chosen - right)) / Decimal(len(right)))
    if credit == "each":
        return Decimal(offered - mistakes) / Decimal(offered)
    if credit == "halves":
        if mistakes == 1 and offered >= _HALVES_FROM:
            return Decimal("0.5")
        if mistakes == 2 and offered >= _QUARTERS_FROM:
            return Decimal("0.25")
    return Decimal(0)
