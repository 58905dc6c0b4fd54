"""Shapes of requests and answers. The rules are the question types' and the services'."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from assessments.enums import AttemptState, QuestionKind, Verdict
from assessments.question_types.base import MAX_ANSWER, MAX_FEEDBACK, MAX_OPTION_TEXT, MAX_OPTIONS
from assessments.question_types.numeric import MAX_DIGITS, MAX_UNIT
from assessments.validators import MAX_HINT, MAX_STEM

_BIGGEST = 2_147_483_647
_MARKDOWN = _("Markdown.")
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


class CommonChanges(Input):
    text = serializers.CharField(max_length=MAX_STEM, required=False, help_text=_MARKDOWN)
    hint = serializers.CharField(max_length=MAX_HINT, required=False, allow_blank=True, help_text=_MARKDOWN)
    explanation = serializers.CharField(max_length=MAX_STEM, required=False, allow_blank=True, help_text=_MARKDOWN)
    points = serializers.CharField(
        max_length=20, required=False, help_text=_("A decimal number from 0 to 10000 with at most five decimals.")
    )
    block = serializers.UUIDField(required=False, help_text=_("A question block of the course to put it into."))


class VersionedChanges(CommonChanges):
    version = serializers.IntegerField(required=False, min_value=1, max_value=_BIGGEST, help_text=_VERSION)


class OptionsSettings(Input):
    options = WrittenOptionInput(many=True, required=False, max_length=MAX_OPTIONS)  # type: ignore[call-arg]
    shuffle = serializers.BooleanField(
        required=False, help_text=_("An order of their own for each student; true unless said otherwise.")
    )


class NumericSettings(Input):
    answer = serializers.CharField(max_length=MAX_DIGITS, required=False, help_text=_("A decimal number."))
    tolerance = serializers.CharField(max_length=MAX_DIGITS, required=False, help_text=_("The bounds are included."))
    unit = serializers.CharField(max_length=MAX_UNIT, required=False, allow_blank=True)
    unit_required = serializers.BooleanField(required=False)


class ShortSettings(Input):
    accept = serializers.ListField(
        child=serializers.CharField(max_length=MAX_ANSWER), required=False, max_length=50, help_text=_("Right answers.")
    )
    case_sensitive = serializers.BooleanField(required=False)


SETTINGS: dict[str, type[Input]] = {
    QuestionKind.SINGLE.value: OptionsSettings,
    QuestionKind.MULTIPLE.value: OptionsSettings,
    QuestionKind.NUMERIC.value: NumericSettings,
    QuestionKind.SHORT.value: ShortSettings,
}


class KindChanges(Input):
    kind = serializers.ChoiceField(choices=QuestionKind.choices, required=False)


class NewQuestion(CommonChanges):
    course = serializers.SlugField(max_length=64, help_text=_("The course's slug."))
    kind = serializers.ChoiceField(choices=QuestionKind.choices)
    text = serializers.CharField(max_length=MAX_STEM, help_text=_MARKDOWN)


class OptionsQuestionInput(NewQuestion):
    options = WrittenOptionInput(many=True, max_length=MAX_OPTIONS)  # type: ignore[call-arg]
    shuffle = serializers.BooleanField(required=False)


class NumericQuestionInput(NewQuestion):
    answer = serializers.CharField(max_length=MAX_DIGITS)
    tolerance = serializers.CharField(max_length=MAX_DIGITS, required=False)
    unit = serializers.CharField(max_length=MAX_UNIT, required=False, allow_blank=True)
    unit_required = serializers.BooleanField(required=False)


class ShortQuestionInput(NewQuestion):
    accept = serializers.ListField(child=serializers.CharField(max_length=MAX_ANSWER), max_length=50)
    case_sensitive = serializers.BooleanField(required=False)


class OptionsQuestionChanges(VersionedChanges, OptionsSettings):
    kind = serializers.ChoiceField(choices=QuestionKind.choices, required=False)


class NumericQuestionChanges(VersionedChanges, NumericSettings):
    kind = serializers.ChoiceField(choices=QuestionKind.choices, required=False)


class ShortQuestionChanges(VersionedChanges, ShortSettings):
    kind = serializers.ChoiceField(choices=QuestionKind.choices, required=False)


class StandsIn(serializers.Serializer[Any]):
    lesson = serializers.UUIDField()
    title = serializers.CharField()
    block = serializers.UUIDField()


class QuestionOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    kind = serializers.ChoiceField(choices=QuestionKind.choices)
    text = serializers.CharField(help_text=_MARKDOWN)
    points = serializers.CharField()
    hint = serializers.CharField()
    explanation = serializers.CharField()
    lessons = StandsIn(many=True, help_text=_("Where the question stands."))
    version = serializers.IntegerField(help_text=_("Counts its revisions; answers keep the one that was seen."))
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WrittenOption(serializers.Serializer[Any]):
    id = serializers.CharField()
    text = serializers.CharField()
    right = serializers.BooleanField()
    feedback = serializers.CharField()


class OptionsQuestionOutput(QuestionOutput):
    options = WrittenOption(many=True)
    shuffle = serializers.BooleanField()


class NumericQuestionOutput(QuestionOutput):
    answer = serializers.CharField()
    tolerance = serializers.CharField()
    unit = serializers.CharField()
    unit_required = serializers.BooleanField()


class ShortQuestionOutput(QuestionOutput):
    accept = serializers.ListField(child=serializers.CharField())
    case_sensitive = serializers.BooleanField()


def _by_kind(name: str, options: Any, numeric: Any, short: Any, **extra: Any) -> Any:
    """One shape for each kind; ``kind`` says which."""
    return PolymorphicProxySerializer(
        component_name=name,
        serializers={
            QuestionKind.SINGLE.value: options,
            QuestionKind.MULTIPLE.value: options,
            QuestionKind.NUMERIC.value: numeric,
            QuestionKind.SHORT.value: short,
        },
        resource_type_field_name="kind",
        **extra,
    )


QUESTION_INPUT = _by_kind("QuestionInput", OptionsQuestionInput, NumericQuestionInput, ShortQuestionInput)
QUESTION_CHANGES = PolymorphicProxySerializer(
    component_name="QuestionChanges",
    serializers=[OptionsQuestionChanges, NumericQuestionChanges, ShortQuestionChanges],
    resource_type_field_name=None,
)
QUESTION_OUTPUT = _by_kind("Question", OptionsQuestionOutput, NumericQuestionOutput, ShortQuestionOutput, many=False)
QUESTION_LIST = _by_kind("Question", OptionsQuestionOutput, NumericQuestionOutput, ShortQuestionOutput, many=True)


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


RESPONSE = PolymorphicProxySerializer(
    component_name="QuestionResponse",
    serializers=[SingleResponse, MultipleResponse, WrittenResponse],
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
    accept = serializers.ListField(child=serializers.CharField(), required=False)


class AnswerOutput(serializers.Serializer[Any]):
    question = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=QuestionKind.choices)
    text = serializers.CharField(help_text=_MARKDOWN)
    html = serializers.CharField()
    options = AskedOption(many=True)
    unit = serializers.CharField()
    unit_required = serializers.BooleanField()
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
    hint = serializers.CharField(allow_null=True, help_text=_("After an answer that is not right yet."))
    key = KeyOutput(allow_null=True, help_text=_("Once the question is answered rightly, and for authors."))
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
