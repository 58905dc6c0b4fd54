"""Shapes of lessons."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.inputs import BIGGEST, Input, VersionedInput
from courses.api.serializers.content import FilledSectionOutput
from courses.api.serializers.inputs import POSITION_HELP
from courses.enums import (
    PublishState,
)


class LessonFilter(Input):
    course = serializers.SlugField(required=False, max_length=64)
    module = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=PublishState.choices, required=False)


class LessonChanges(VersionedInput):
    title = serializers.CharField(max_length=200, required=False)
    objective = serializers.CharField(max_length=300, required=False, allow_blank=True)
    minutes = serializers.IntegerField(min_value=0, max_value=32_767, required=False, allow_null=True)
    needs_end = serializers.BooleanField(required=False, help_text=_("Finished when the student marks the end."))
    needs_answers = serializers.BooleanField(required=False, help_text=_("Finished when the questions are answered."))
    is_preview = serializers.BooleanField(required=False, help_text=_("Visitors may read it."))
    is_paged = serializers.BooleanField(required=False, help_text=_("One section a page."))
    position = serializers.IntegerField(min_value=0, max_value=BIGGEST, required=False, help_text=POSITION_HELP)
    module = serializers.UUIDField(required=False, help_text=_("A module of the same course to move it to."))


class LessonInput(LessonChanges):
    version = None  # type: ignore[assignment]
    title = serializers.CharField(max_length=200)
    module = serializers.UUIDField()


class LessonOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    module = serializers.UUIDField()
    title = serializers.CharField()
    objective = serializers.CharField()
    minutes = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=PublishState.choices)
    position = serializers.IntegerField(help_text=_("Its place among the module's lessons that you may see, from 0."))
    needs_end = serializers.BooleanField()
    needs_answers = serializers.BooleanField()
    is_preview = serializers.BooleanField()
    is_paged = serializers.BooleanField()
    published_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class LessonDetailOutput(LessonOutput):
    sections = FilledSectionOutput(many=True)
