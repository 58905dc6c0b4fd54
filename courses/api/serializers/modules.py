"""Shapes of modules."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.inputs import BIGGEST, Input, VersionedInput
from courses.api.serializers.inputs import POSITION_HELP


class ModuleChanges(VersionedInput):
    title = serializers.CharField(max_length=200, required=False)
    summary = serializers.CharField(max_length=300, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=BIGGEST, required=False, help_text=POSITION_HELP)


class ModuleInput(Input):
    title = serializers.CharField(max_length=200)
    summary = serializers.CharField(max_length=300, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=BIGGEST, required=False, help_text=POSITION_HELP)


class ModuleOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    title = serializers.CharField()
    summary = serializers.CharField()
    position = serializers.IntegerField()
    lessons = serializers.IntegerField(help_text=_("How many of its lessons you may see."))
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()
