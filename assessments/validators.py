"""What a question must be before it can be asked."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from assessments.enums import ShowAnswer
from assessments.question_types import TYPES, Config
from assessments.question_types.base import MAX_ANSWER, storable
from core.errors import Invalid
from courses.validators import validate_markdown

MAX_STEM = 20_000
MAX_HINT = 5_000
MAX_HINTS = 10
MAX_TRIES = 100
MAX_POINTS = Decimal(10_000)
POINT_DECIMALS = 5


def read_points(value: Any) -> Decimal:
    """Points as an exact decimal from 0 to 10 000 with at most five decimals. Raises ``ValidationError``."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal) or len(str(value)) > 40:
        raise ValidationError(_("Write the points as a number, such as 1 or 2.5."), code="points")
    try:
        # The shortest text of a float is what somebody wrote, not what the machine keeps.
        points = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValidationError(_("Write the points as a number, such as 1 or 2.5."), code="points") from None
    if not points.is_finite() or not 0 <= points <= MAX_POINTS:
        raise ValidationError(_("Give between 0 and %(most)d points.") % {"most": MAX_POINTS}, code="points")
    exponent = points.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -POINT_DECIMALS:
        raise ValidationError(_("Points have at most %(n)d decimals.") % {"n": POINT_DECIMALS}, code="points")
    return points


def read_hints(value: Any) -> list[str]:
    """Hints as a list of texts, each trimmed, without empty ones. Raises ``ValidationError``."""
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise ValidationError(_("Give the hints as a list of texts."), code="hints")
    hints = [text.replace("\r\n", "\n").replace("\r", "\n").strip() for text in value]
    hints = [text for text in hints if text]
    if len(hints) > MAX_HINTS:
        raise ValidationError(_("Give at most %(n)d hints.") % {"n": MAX_HINTS}, code="hints")
    return hints


def read_attempts(value: Any) -> int | None:
    """How many tries a student has; None for as many as they like. Raises ``ValidationError``."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) <= MAX_ANSWER:
        value = int(value.strip())
    if type(value) is not int or not 1 <= value <= MAX_TRIES:
        raise ValidationError(
            _("Give a whole number of tries from 1 to %(n)d, or none for as many as one likes.") % {"n": MAX_TRIES},
            code="attempts",
        )
    return value


def read_show_answer(value: Any) -> str:
    """When the key may be seen. Raises ``ValidationError``."""
    if not isinstance(value, str) or value not in ShowAnswer.values:
        words = ", ".join(ShowAnswer.values)
        raise ValidationError(_("Choose one of these: %(words)s.") % {"words": words}, code="show_answer")
    return str(value)


def read_config(kind: str, settings: Mapping[str, Any]) -> Config:
    """The settings of a question of ``kind`` as they are stored. Raises ``Invalid``."""
    question_type = TYPES.get(kind)
    if question_type is None:
        sentence = _("Choose the kind of the question: %(kinds)s.") % {"kinds": ", ".join(TYPES)}
        raise Invalid("question_kind", sentence, fields={"kind": [sentence]})
    return question_type.from_settings(settings)


def question_problems(
    *, kind: str, stem: str, hints: Sequence[str], explanation: str, config: Config
) -> dict[str, list[str]]:
    """What an author must mend, by field; "settings" are those of the kind."""
    problems: dict[str, list[str]] = {}
    if not stem.strip():
        problems["stem"] = [_("Write the question.")]
    for name, text, most in (
        ("stem", stem, MAX_STEM),
        *(("hints", hint, MAX_HINT) for hint in hints),
        ("explanation", explanation, MAX_STEM),
    ):
        problems.setdefault(name, []).extend(_text_problems(text, most))
    texts = TYPES[kind].texts(config)
    problems["settings"] = TYPES[kind].validate(config, stem)
    for text in texts:
        problems["settings"] += _text_problems(text, MAX_STEM)
    return {name: sentences for name, sentences in problems.items() if sentences}


def _text_problems(text: str, most: int) -> list[str]:
    if len(text) > most:
        return [_("Write at most %(n)d characters.") % {"n": most}]
    if not storable(text):
        return [_("Leave out characters that no text can hold.")]
    try:
        validate_markdown(text)
    except ValidationError as error:
        return list(error.messages)
    return []
