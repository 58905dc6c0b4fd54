"""Shapes of questions, one per kind."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from assessments.enums import QuestionKind, ShowAnswer
from assessments.question_types.base import MAX_ANSWER, MAX_FEEDBACK, MAX_OPTION_TEXT, MAX_OPTIONS, MAX_OTHERS
from assessments.question_types.dropdown import MAX_CHOICES
from assessments.question_types.multiple import CREDITS
from assessments.question_types.numeric import MAX_DIGITS, MAX_UNIT
from assessments.question_types.parts import MAX_PARTS
from assessments.question_types.short import MAX_PATTERN
from assessments.validators import MAX_HINT, MAX_HINTS, MAX_STEM, MAX_TRIES
from core.api.inputs import Input, VersionedInput

OPTIONS_KINDS = (QuestionKind.SINGLE.value, QuestionKind.DROPDOWN.value)
MULTIPLE_KINDS = (QuestionKind.MULTIPLE.value,)
NUMERIC_KINDS = (QuestionKind.NUMERIC.value,)
SHORT_KINDS = (QuestionKind.SHORT.value,)
PARTS_KINDS = (QuestionKind.PARTS.value,)
_MARKDOWN = _("Markdown.")
_CREDIT = _("A share of the points from 0 to 1; 0 by default.")
_FEEDBACK = _("For who is right; Markdown.")


class WrittenOptionInput(Input):
    id = serializers.SlugField(max_length=64, help_text=_("Yours; students see another name of it."))
    text = serializers.CharField(max_length=MAX_OPTION_TEXT, help_text=_MARKDOWN)
    right = serializers.BooleanField(default=False)
    feedback = serializers.CharField(
        max_length=MAX_FEEDBACK, default="", allow_blank=True, help_text=_("For who chose the option; Markdown.")
    )
    feedback_unchosen = serializers.CharField(
        max_length=MAX_FEEDBACK,
        required=False,
        allow_blank=True,
        help_text=_("For who did not choose it; only with several right answers."),
    )
    credit = serializers.CharField(
        max_length=20,
        required=False,
        allow_blank=True,
        help_text=_("A share of the points, such as 0.5, for an option that is partly right; not with several."),
    )
    fixed = serializers.BooleanField(required=False, help_text=_("Stays in its place when options are shuffled."))


class CombinationInput(Input):
    options = serializers.ListField(child=serializers.CharField(max_length=64), max_length=MAX_OPTIONS)
    feedback = serializers.CharField(max_length=MAX_FEEDBACK, help_text=_("For who chose exactly these; Markdown."))


class OtherNumberInput(Input):
    answer = serializers.CharField(max_length=MAX_DIGITS, required=False)
    range = serializers.CharField(max_length=2 * MAX_DIGITS + 10, required=False)
    credit = serializers.CharField(max_length=20, required=False, help_text=_CREDIT)
    feedback = serializers.CharField(max_length=MAX_FEEDBACK, required=False, allow_blank=True, help_text=_MARKDOWN)


class OtherTextInput(Input):
    accept = serializers.ListField(child=serializers.CharField(max_length=MAX_ANSWER), max_length=50)
    credit = serializers.CharField(max_length=20, required=False, help_text=_CREDIT)
    feedback = serializers.CharField(max_length=MAX_FEEDBACK, required=False, allow_blank=True, help_text=_MARKDOWN)


class NearInput(Input):
    tolerance = serializers.CharField(max_length=MAX_DIGITS + 1)
    credit = serializers.CharField(max_length=20, required=False, help_text=_("A share of the points; 0.5 by default."))


class CommonChanges(Input):
    text = serializers.CharField(max_length=MAX_STEM, required=False, help_text=_MARKDOWN)
    hints = serializers.ListField(
        child=serializers.CharField(max_length=MAX_HINT),
        required=False,
        max_length=MAX_HINTS,
        help_text=_("Markdown, asked for one after another."),
    )
    explanation = serializers.CharField(max_length=MAX_STEM, required=False, allow_blank=True, help_text=_MARKDOWN)
    points = serializers.CharField(
        max_length=20,
        required=False,
        help_text=_("A decimal number from 0 to 10000 with at most five decimals; 0 does not count."),
    )
    attempts = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MAX_TRIES, help_text=_("Tries; null: no limit.")
    )
    show_answer = serializers.ChoiceField(
        choices=ShowAnswer.choices, required=False, help_text=_("When students may see the key and the explanation.")
    )
    block = serializers.UUIDField(required=False, help_text=_("A question block of the course to put it into."))


class VersionedChanges(CommonChanges, VersionedInput):
    """The common ones, from the version somebody started with."""


class OptionsSettings(Input):
    """One right answer, or a choice from a list."""

    options = WrittenOptionInput(many=True, required=False, max_length=MAX_CHOICES)  # type: ignore[call-arg]
    shuffle = serializers.BooleanField(
        required=False, help_text=_("An order of their own for each student; true unless said otherwise.")
    )


class MultipleSettings(OptionsSettings):
    credit = serializers.ChoiceField(
        choices=CREDITS, required=False, help_text=_("What a partly right choice is worth.")
    )
    combinations = CombinationInput(many=True, required=False, max_length=MAX_OTHERS)  # type: ignore[call-arg]


class NumericSettings(Input):
    answer = serializers.CharField(
        max_length=MAX_DIGITS, required=False, allow_blank=True, help_text=_("A decimal number.")
    )
    range = serializers.CharField(
        max_length=2 * MAX_DIGITS + 10,
        required=False,
        allow_blank=True,
        help_text=_("In place of an answer, such as “[10, 20)”: 10 belongs to it, 20 does not."),
    )
    tolerance = serializers.CharField(
        max_length=MAX_DIGITS + 1, required=False, help_text=_("A number or percent, as “5%”; the bounds are included.")
    )
    unit = serializers.CharField(max_length=MAX_UNIT, required=False, allow_blank=True)
    unit_required = serializers.BooleanField(required=False)
    feedback = serializers.CharField(max_length=MAX_FEEDBACK, required=False, allow_blank=True, help_text=_FEEDBACK)
    near = NearInput(required=False, allow_null=True, help_text=_("What is partly right."))
    others = OtherNumberInput(many=True, required=False, max_length=MAX_OTHERS)  # type: ignore[call-arg]


class ShortSettings(Input):
    accept = serializers.ListField(
        child=serializers.CharField(max_length=MAX_ANSWER), required=False, max_length=50, help_text=_("Right answers.")
    )
    pattern = serializers.CharField(
        max_length=MAX_PATTERN,
        required=False,
        allow_blank=True,
        help_text=_("A regular expression; what it matches from beginning to end is right, too."),
    )
    case_sensitive = serializers.BooleanField(required=False)
    feedback = serializers.CharField(max_length=MAX_FEEDBACK, required=False, allow_blank=True, help_text=_FEEDBACK)
    others = OtherTextInput(many=True, required=False, max_length=MAX_OTHERS)  # type: ignore[call-arg]


class PartsSettings(Input):
    parts = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        max_length=MAX_PARTS,
        help_text=_(
            "Each with “id”, “kind”, “text”, “points” (its share; 1 by default) and the settings of its kind, "
            "as for a question of that kind alone."
        ),
    )


SETTINGS: dict[str, type[Input]] = {
    QuestionKind.SINGLE.value: OptionsSettings,
    QuestionKind.DROPDOWN.value: OptionsSettings,
    QuestionKind.MULTIPLE.value: MultipleSettings,
    QuestionKind.NUMERIC.value: NumericSettings,
    QuestionKind.SHORT.value: ShortSettings,
    QuestionKind.PARTS.value: PartsSettings,
}


class KindChanges(Input):
    kind = serializers.ChoiceField(choices=QuestionKind.choices, required=False)


class NewQuestion(CommonChanges):
    course = serializers.SlugField(max_length=64, help_text=_("The course's slug."))
    kind = serializers.ChoiceField(choices=QuestionKind.choices)
    text = serializers.CharField(max_length=MAX_STEM, help_text=_MARKDOWN)


class OptionsQuestionInput(NewQuestion, OptionsSettings):
    kind = serializers.ChoiceField(choices=OPTIONS_KINDS)
    options = WrittenOptionInput(many=True, max_length=MAX_CHOICES)  # type: ignore[call-arg]


class MultipleQuestionInput(NewQuestion, MultipleSettings):
    kind = serializers.ChoiceField(choices=MULTIPLE_KINDS)
    options = WrittenOptionInput(many=True, max_length=MAX_OPTIONS)  # type: ignore[call-arg]


class NumericQuestionInput(NewQuestion, NumericSettings):
    """With an answer or a range."""

    kind = serializers.ChoiceField(choices=NUMERIC_KINDS)


class ShortQuestionInput(NewQuestion, ShortSettings):
    """With accepted answers or a pattern."""

    kind = serializers.ChoiceField(choices=SHORT_KINDS)


class PartsQuestionInput(NewQuestion, PartsSettings):
    kind = serializers.ChoiceField(choices=PARTS_KINDS)
    parts = serializers.ListField(child=serializers.DictField(), max_length=MAX_PARTS)


class OptionsQuestionChanges(VersionedChanges, OptionsSettings, KindChanges):
    pass


class MultipleQuestionChanges(VersionedChanges, MultipleSettings, KindChanges):
    pass


class NumericQuestionChanges(VersionedChanges, NumericSettings, KindChanges):
    pass


class ShortQuestionChanges(VersionedChanges, ShortSettings, KindChanges):
    pass


class PartsQuestionChanges(VersionedChanges, PartsSettings, KindChanges):
    pass


class StandsIn(serializers.Serializer[Any]):
    lesson = serializers.UUIDField()
    title = serializers.CharField()
    block = serializers.UUIDField()


class QuestionOutput(serializers.Serializer[Any]):
    """Settings that say nothing are left out."""

    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    kind = serializers.ChoiceField(choices=QuestionKind.choices)
    text = serializers.CharField(help_text=_MARKDOWN)
    points = serializers.CharField()
    hints = serializers.ListField(child=serializers.CharField())
    explanation = serializers.CharField()
    attempts = serializers.IntegerField(allow_null=True, help_text=_("Tries; null: no limit."))
    show_answer = serializers.ChoiceField(choices=ShowAnswer.choices)
    lessons = StandsIn(many=True, help_text=_("Where the question stands."))
    version = serializers.IntegerField(help_text=_("Counts its revisions; answers keep the one that was seen."))
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WrittenOption(serializers.Serializer[Any]):
    id = serializers.CharField()
    text = serializers.CharField()
    right = serializers.BooleanField()
    feedback = serializers.CharField()
    feedback_unchosen = serializers.CharField(required=False)
    credit = serializers.CharField(required=False)
    fixed = serializers.BooleanField(required=False)


class OptionsQuestionOutput(QuestionOutput):
    kind = serializers.ChoiceField(choices=OPTIONS_KINDS)
    options = WrittenOption(many=True)
    shuffle = serializers.BooleanField()


class MultipleQuestionOutput(OptionsQuestionOutput):
    kind = serializers.ChoiceField(choices=MULTIPLE_KINDS)
    credit = serializers.ChoiceField(choices=CREDITS, required=False)
    combinations = CombinationInput(many=True, required=False)


class NumericQuestionOutput(QuestionOutput):
    kind = serializers.ChoiceField(choices=NUMERIC_KINDS)
    answer = serializers.CharField()
    range = serializers.CharField(required=False)
    tolerance = serializers.CharField()
    unit = serializers.CharField()
    unit_required = serializers.BooleanField()
    feedback = serializers.CharField(required=False)
    near = NearInput(required=False)
    others = OtherNumberInput(many=True, required=False)


class ShortQuestionOutput(QuestionOutput):
    kind = serializers.ChoiceField(choices=SHORT_KINDS)
    accept = serializers.ListField(child=serializers.CharField())
    pattern = serializers.CharField(required=False)
    case_sensitive = serializers.BooleanField()
    feedback = serializers.CharField(required=False)
    others = OtherTextInput(many=True, required=False)


class PartsQuestionOutput(QuestionOutput):
    kind = serializers.ChoiceField(choices=PARTS_KINDS)
    parts = serializers.ListField(child=serializers.DictField())


def _by_kind(name: str, shapes: dict[str, Any], **extra: Any) -> Any:
    """One shape for each kind; ``kind`` says which."""
    return PolymorphicProxySerializer(component_name=name, serializers=shapes, resource_type_field_name="kind", **extra)


QUESTION_INPUT = _by_kind(
    "QuestionInput",
    {
        QuestionKind.SINGLE.value: OptionsQuestionInput,
        QuestionKind.MULTIPLE.value: MultipleQuestionInput,
        QuestionKind.NUMERIC.value: NumericQuestionInput,
        QuestionKind.SHORT.value: ShortQuestionInput,
        QuestionKind.DROPDOWN.value: OptionsQuestionInput,
        QuestionKind.PARTS.value: PartsQuestionInput,
    },
)


QUESTION_CHANGES = PolymorphicProxySerializer(
    component_name="QuestionChanges",
    serializers=[
        OptionsQuestionChanges,
        MultipleQuestionChanges,
        NumericQuestionChanges,
        ShortQuestionChanges,
        PartsQuestionChanges,
    ],
    resource_type_field_name=None,
)


_OUTPUTS = {
    QuestionKind.SINGLE.value: OptionsQuestionOutput,
    QuestionKind.MULTIPLE.value: MultipleQuestionOutput,
    QuestionKind.NUMERIC.value: NumericQuestionOutput,
    QuestionKind.SHORT.value: ShortQuestionOutput,
    QuestionKind.DROPDOWN.value: OptionsQuestionOutput,
    QuestionKind.PARTS.value: PartsQuestionOutput,
}


QUESTION_OUTPUT = _by_kind("Question", _OUTPUTS, many=False)
QUESTION_LIST = _by_kind("Question", _OUTPUTS, many=True)


class QuestionFilter(Input):
    course = serializers.SlugField(max_length=64, required=False, help_text=_("The course's slug."))
    kind = serializers.ChoiceField(choices=QuestionKind.choices, required=False)
    search = serializers.CharField(
        max_length=100, required=False, allow_blank=True, help_text=_("Words of the question.")
    )
