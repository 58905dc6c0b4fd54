"""Shapes of requests and answers. The rules are the question types' and the services'."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from assessments.enums import AttemptState, QuestionKind, ShowAnswer, Verdict
from assessments.question_types.base import MAX_ANSWER, MAX_FEEDBACK, MAX_OPTION_TEXT, MAX_OPTIONS, MAX_OTHERS
from assessments.question_types.dropdown import MAX_CHOICES
from assessments.question_types.multiple import CREDITS
from assessments.question_types.numeric import MAX_DIGITS, MAX_UNIT
from assessments.question_types.parts import MAX_PARTS
from assessments.question_types.short import MAX_PATTERN
from assessments.validators import MAX_HINT, MAX_HINTS, MAX_STEM, MAX_TRIES

_BIGGEST = 2_147_483_647
OPTIONS_KINDS = (QuestionKind.SINGLE.value, QuestionKind.DROPDOWN.value)
MULTIPLE_KINDS = (QuestionKind.MULTIPLE.value,)
_MARKDOWN = _("Markdown.")
_CREDIT = _("A share of the points from 0 to 1; 0 by default.")
_FEEDBACK = _("For who is right; Markdown.")
_VERSION = _("The version you started from. If somebody saved since, nothing is changed and the answer is 409.")


class Input(serializers.Serializer[Any]):
    """Names that are not fields are passed over."""


# Questions, as their authors write them


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


class VersionedChanges(CommonChanges):
    version = serializers.IntegerField(required=False, min_value=1, max_value=_BIGGEST, help_text=_VERSION)


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
    options = WrittenOptionInput(many=True, max_length=MAX_CHOICES)  # type: ignore[call-arg]


class MultipleQuestionInput(NewQuestion, MultipleSettings):
    options = WrittenOptionInput(many=True, max_length=MAX_OPTIONS)  # type: ignore[call-arg]


class NumericQuestionInput(NewQuestion, NumericSettings):
    """With an answer or a range."""


class ShortQuestionInput(NewQuestion, ShortSettings):
    """With accepted answers or a pattern."""


class PartsQuestionInput(NewQuestion, PartsSettings):
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


# Each shape names its own kinds, so that an answer has one shape and no other.


class OptionsQuestionOutput(QuestionOutput):
    kind = serializers.ChoiceField(choices=OPTIONS_KINDS)
    options = WrittenOption(many=True)
    shuffle = serializers.BooleanField()


class MultipleQuestionOutput(OptionsQuestionOutput):
    kind = serializers.ChoiceField(choices=MULTIPLE_KINDS)
    credit = serializers.ChoiceField(choices=CREDITS, required=False)
    combinations = CombinationInput(many=True, required=False)


class NumericQuestionOutput(QuestionOutput):
    answer = serializers.CharField()
    range = serializers.CharField(required=False)
    tolerance = serializers.CharField()
    unit = serializers.CharField()
    unit_required = serializers.BooleanField()
    feedback = serializers.CharField(required=False)
    near = NearInput(required=False)
    others = OtherNumberInput(many=True, required=False)


class ShortQuestionOutput(QuestionOutput):
    accept = serializers.ListField(child=serializers.CharField())
    pattern = serializers.CharField(required=False)
    case_sensitive = serializers.BooleanField()
    feedback = serializers.CharField(required=False)
    others = OtherTextInput(many=True, required=False)


class PartsQuestionOutput(QuestionOutput):
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


# Attempts


class AttemptFilter(Input):
    course = serializers.SlugField(max_length=64, required=False, help_text=_("The course's slug."))
    lesson = serializers.UUIDField(required=False)
    user = serializers.UUIDField(required=False, help_text=_("Of the people whom you grade."))
    state = serializers.ChoiceField(choices=AttemptState.choices, required=False)


class AttemptInput(Input):
    lesson = serializers.UUIDField(required=False, help_text=_("All questions of this lesson."))
    block = serializers.UUIDField(required=False, help_text=_("The one question of this block."))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Name a lesson or a block, one of the two."))
        return attrs


class SingleResponse(serializers.Serializer[Any]):
    option = serializers.CharField(help_text=_("The id of an option as the attempt names it."))


class MultipleResponse(serializers.Serializer[Any]):
    options = serializers.ListField(child=serializers.CharField())


class WrittenResponse(serializers.Serializer[Any]):
    answer = serializers.CharField(
        max_length=MAX_ANSWER, help_text=_("A number with its unit, such as “12.5 min”, or words; always text.")
    )


class PartsResponse(serializers.Serializer[Any]):
    parts = serializers.DictField(
        child=serializers.DictField(), help_text=_("An answer to every part, by its id, each as its kind has it.")
    )


RESPONSE = PolymorphicProxySerializer(
    component_name="QuestionResponse",
    serializers=[SingleResponse, MultipleResponse, WrittenResponse, PartsResponse],
    resource_type_field_name=None,
    many=False,
)


@extend_schema_field(RESPONSE)
class ResponseField(serializers.DictField):
    """What it must hold depends on the question; the question's kind reads it."""


class AnswerInput(Input):
    response = ResponseField()
    version = serializers.IntegerField(required=False, min_value=0, max_value=_BIGGEST, help_text=_VERSION)


class AskedOption(serializers.Serializer[Any]):
    id = serializers.CharField(help_text=_("A name of the option for this person."))
    text = serializers.CharField(help_text=_MARKDOWN)
    html = serializers.CharField()


class KeyOutput(serializers.Serializer[Any]):
    options = serializers.ListField(child=serializers.CharField(), required=False, help_text=_("The right ones."))
    answer = serializers.CharField(required=False)
    tolerance = serializers.CharField(required=False)
    unit = serializers.CharField(required=False)
    range = serializers.CharField(required=False)
    accept = serializers.ListField(child=serializers.CharField(), required=False)
    pattern = serializers.CharField(required=False)
    parts = serializers.DictField(child=serializers.DictField(), required=False, help_text=_("The keys of the parts."))


class AskedPart(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=QuestionKind.choices)
    text = serializers.CharField(help_text=_MARKDOWN)
    html = serializers.CharField()
    points = serializers.CharField(help_text=_("Its share of the question's points, beside those of the other parts."))
    options = AskedOption(many=True)
    unit = serializers.CharField()
    unit_required = serializers.BooleanField()
    verdict = serializers.ChoiceField(choices=Verdict.choices, allow_null=True)
    feedback = serializers.DictField(child=serializers.CharField())
    remark = serializers.CharField()


class AnswerOutput(serializers.Serializer[Any]):
    question = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=QuestionKind.choices)
    text = serializers.CharField(help_text=_MARKDOWN)
    html = serializers.CharField()
    options = AskedOption(many=True)
    unit = serializers.CharField()
    unit_required = serializers.BooleanField()
    parts = AskedPart(many=True)
    tries = serializers.IntegerField(
        allow_null=True, help_text=_("How often the question may be tried; null: no limit.")
    )
    tries_left = serializers.IntegerField(allow_null=True)
    max_points = serializers.CharField()
    response = ResponseField(allow_null=True)
    version = serializers.IntegerField()
    saved_at = serializers.DateTimeField(allow_null=True)
    verdict = serializers.ChoiceField(
        choices=Verdict.choices, allow_null=True, help_text=_("Once submitted; null for what was left out.")
    )
    points = serializers.CharField(allow_null=True)
    feedback = serializers.DictField(
        child=serializers.CharField(), help_text=_("By option: of the chosen ones, of all once the key may be seen.")
    )
    remark = serializers.CharField(help_text=_("About the answer as a whole; Markdown."))
    hints = serializers.ListField(
        child=serializers.CharField(), help_text=_("Show them one after another, when asked.")
    )
    key = KeyOutput(allow_null=True, help_text=_("When the question's rule lets it be seen, and for authors."))
    explanation = serializers.CharField(allow_null=True, help_text=_("With the key."))


class AttemptOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    lesson = serializers.UUIDField()
    block = serializers.UUIDField(allow_null=True)
    user = serializers.UUIDField()
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=AttemptState.choices)
    started_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    points = serializers.CharField(allow_null=True)
    max_points = serializers.CharField(allow_null=True)


class AttemptDetailOutput(AttemptOutput):
    answers = AnswerOutput(many=True)
