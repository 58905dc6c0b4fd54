"""Shapes of attempts and answers."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from assessments.api.serializers.questions import _MARKDOWN
from assessments.enums import AttemptState, QuestionKind, Verdict
from assessments.question_types.base import MAX_ANSWER
from core.api.inputs import BIGGEST, VERSION_HELP, Input


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
    version = serializers.IntegerField(required=False, min_value=0, max_value=BIGGEST, help_text=VERSION_HELP)


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
