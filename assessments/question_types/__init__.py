"""The kinds of questions: one file each."""

from assessments.question_types.base import Config, QuestionType, Response, Score, seed_for
from assessments.question_types.dropdown import Dropdown
from assessments.question_types.multiple import Multiple
from assessments.question_types.numeric import Numeric
from assessments.question_types.parts import Parts
from assessments.question_types.short import Short
from assessments.question_types.single import Single

_ALONE: dict[str, QuestionType] = {kind.key: kind for kind in (Single(), Multiple(), Numeric(), Short(), Dropdown())}
TYPES: dict[str, QuestionType] = _ALONE | {Parts.key: Parts(_ALONE)}

__all__ = ["TYPES", "Config", "QuestionType", "Response", "Score", "seed_for"]
