"""Several questions under one: each part is of another kind, and all are answered together."""

import hmac
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, ClassVar

from django.http import QueryDict
from django.utils.translation import gettext as _

from assessments.enums import QuestionKind, Verdict
from assessments.question_types.base import (
    OPTION_ID,
    Config,
    QuestionType,
    Response,
    Score,
    SettingsReader,
    empty,
    refuse_unknown,
)
from core.errors import Invalid

MAX_PARTS = 20
MAX_PART_TEXT = 10_000
MAX_PART_POINTS = Decimal(1_000)
_OWN = frozenset({"id", "kind", "text", "points"})


class Parts(QuestionType):
    """``kinds`` are those that a part may have; the points are shared out in proportion to the parts' own."""

    key = QuestionKind.PARTS.value
    label = QuestionKind.PARTS.label
    settings_keys: ClassVar[frozenset[str]] = frozenset({"parts"})

    def __init__(self, kinds: Mapping[str, QuestionType]) -> None:
        self.kinds = dict(kinds)

    def from_settings(self, settings: Mapping[str, Any]) -> Config:
        reader = SettingsReader(settings, self.settings_keys)
        parts = []
        for number, table in enumerate(reader.tables("parts"), start=1):
            where = _("Part %(n)d: ") % {"n": number}
            own = {name: value for name, value in table.items() if name in _OWN}
            row = SettingsReader(own, _OWN, where)
            part: dict[str, Any] = {
                "id": row.text("id", None),
                "text": row.text("text").strip(),
                "points": _points_text(own.get("points", 1)),
                "kind": row.choice("kind", tuple(self.kinds), ""),
            }
            if part["points"] is None:
                row.problems.append(
                    where + _("“points” must be a number above 0, at most %(n)d.") % {"n": MAX_PART_POINTS}
                )
            reader.problems += row.problems
            if part["kind"]:
                rest = {name: value for name, value in table.items() if name not in _OWN}
                try:
                    part["config"] = self.kinds[part["kind"]].from_settings(rest)
                except Invalid as error:
                    reader.problems += [where + str(sentence) for sentence in error.fields.get("", ())]
            parts.append(part)
        reader.finish()
        return {"parts": parts}

    def settings(self, config: Config) -> dict[str, Any]:
        return {
            "parts": [
                {"id": part["id"], "kind": part["kind"]}
                | ({"points": _number(part["points"])} if part["points"] != "1" else {})
                | ({"text": part["text"]} if part["text"] else {})
                | self.kinds[part["kind"]].settings(part["config"])
                for part in config["parts"]
            ]
        }

    def validate(self, config: Config, stem: str) -> list[str]:
        parts, problems = config["parts"], []
        if not 1 <= len(parts) <= MAX_PARTS:
            problems.append(_("Give between 1 and %(n)d parts.") % {"n": MAX_PARTS})
        for part_id, times in Counter(part["id"] for part in parts).items():
            if not OPTION_ID.match(part_id):
                problems.append(
                    _("The part id “%(id)s” must be 1 to 64 characters from a-z, 0-9 and -.") % {"id": part_id[:64]}
                )
            elif times > 1:
                problems.append(_("The part id “%(id)s” is used twice.") % {"id": part_id})
        for number, part in enumerate(parts, start=1):
            where = _("Part %(n)d: ") % {"n": number}
            if len(part["text"]) > MAX_PART_TEXT:
                problems.append(where + _("Write at most %(n)d characters.") % {"n": MAX_PART_TEXT})
            found = self.kinds[part["kind"]].validate(part["config"], part["text"] or stem)
            problems += [where + sentence for sentence in found]
        return problems

    def parse(self, config: Config, given: Mapping[str, Any], seed: bytes) -> Response:
        """JSON has ``{"parts": {id: answer}}``; a page's fields are called ``parts.<id>.option`` and the like."""
        refuse_unknown(given, "parts")
        answers = _of_form(given) if isinstance(given, QueryDict) else given.get("parts")
        if answers is None or answers == {}:
            raise empty()
        if not isinstance(answers, Mapping):
            sentence = _("Send the answers by the ids of the parts.")
            raise Invalid("parts_not_given", sentence, fields={"parts": [sentence]})
        if not isinstance(given, QueryDict):
            refuse_unknown(answers, *(part["id"] for part in config["parts"]))
        found: dict[str, Response] = {}
        problems: dict[str, list[str]] = {}
        first: Invalid | None = None
        for number, part in enumerate(config["parts"], start=1):
            answer: Any = answers.get(part["id"], {})
            try:
                if not isinstance(answer, Mapping):
                    raise empty()
                kind = self.kinds[part["kind"]]
                found[part["id"]] = kind.parse(part["config"], answer, part_seed(seed, part["id"]))
            except Invalid as error:
                sentence = _("Part %(n)d: ") % {"n": number} + str(error.message)
                problems[f"parts.{part['id']}"] = [sentence]
                first = first or Invalid(error.code, sentence)
        if first is not None:
            # A part left out by mistake should not cost a try.
            raise Invalid(first.code, first.message, fields=problems)
        return {"parts": found}

    def score(self, config: Config, response: Response) -> Score:
        given = response.get("parts", {})
        scores = {part["id"]: self._part_score(part, given.get(part["id"])) for part in config["parts"]}
        if all(score.verdict == Verdict.RIGHT for score in scores.values()):
            return Score(Decimal(1), Verdict.RIGHT, parts=scores)
        whole = sum((Decimal(part["points"]) for part in config["parts"]), Decimal(0))
        gained = sum((scores[part["id"]].fraction * Decimal(part["points"]) for part in config["parts"]), Decimal(0))
        fraction = gained / whole if whole else Decimal(0)
        return Score(fraction, Verdict.PARTLY if fraction else Verdict.WRONG, parts=scores)

    def _part_score(self, part: Mapping[str, Any], response: Response | None) -> Score:
        try:
            if response is not None:
                return self.kinds[part["kind"]].score(part["config"], response)
        except KeyError:
            # Given to an older wording, when this part was of another kind.
            pass
        return Score(Decimal(0), Verdict.WRONG)

    def public(self, config: Config, seed: bytes) -> dict[str, Any]:
        return {
            "parts": [
                {"id": part["id"], "kind": part["kind"], "text": part["text"], "points": _number(part["points"])}
                | self.kinds[part["kind"]].public(part["config"], part_seed(seed, part["id"]))
                for part in config["parts"]
            ]
        }

    def key_of(self, config: Config, seed: bytes) -> dict[str, Any]:
        return {
            "parts": {
                part["id"]: self.kinds[part["kind"]].key_of(part["config"], part_seed(seed, part["id"]))
                for part in config["parts"]
            }
        }

    def shown(self, response: Response, seed: bytes) -> dict[str, Any]:
        return {"parts": {name: self._shown_part(name, one, seed) for name, one in response["parts"].items()}}

    def _shown_part(self, name: str, response: Response, seed: bytes) -> dict[str, Any]:
        kind = QuestionKind.SINGLE if "option" in response else QuestionKind.MULTIPLE
        kind = QuestionKind.SHORT if "answer" in response else kind
        return self.kinds[kind].shown(response, part_seed(seed, name))

    def searchable(self, config: Config) -> list[str]:
        return [
            text
            for part in config["parts"]
            for text in (part["text"], *self.kinds[part["kind"]].searchable(part["config"]))
        ]

    def texts(self, config: Config) -> list[str]:
        return [
            text for part in config["parts"] for text in (part["text"], *self.kinds[part["kind"]].texts(part["config"]))
        ]


def part_seed(seed: bytes, part_id: str) -> bytes:
    """A seed of its own for each part, so that equal options of two parts have different names."""
    return hmac.digest(seed, f"part:{part_id}".encode(), sha256)


def _of_form(given: QueryDict) -> dict[str, QueryDict]:
    """The fields ``parts.<id>.<name>`` of a page's form, as a form for each part."""
    found: dict[str, QueryDict] = {}
    for field, values in given.lists():
        start, _dot, rest = field.partition(".")
        part_id, dot, name = rest.rpartition(".")
        if start == "parts" and dot:
            found.setdefault(part_id, QueryDict(mutable=True)).setlist(name, values)
    return found


def _points_text(value: Any) -> str | None:
    """The points of a part as they are stored; None for what is no number of points."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal) or len(str(value)) > 20:
        return None
    try:
        points = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not points.is_finite() or not 0 < points <= MAX_PART_POINTS:
        return None
    text = f"{points.normalize():f}"
    return text if len(text.partition(".")[2]) <= 5 else None


def _number(text: str) -> int | Decimal:
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else value
