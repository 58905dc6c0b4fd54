"""Shapes of a course's pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.inputs import BIGGEST, VersionedInput
from courses.api.serializers.inputs import POSITION_HELP
from courses.enums import (
    Markup,
)
from courses.validators import MAX_TEXT


class PageChanges(VersionedInput):
    title = serializers.CharField(max_length=200, required=False)
    text = serializers.CharField(
        max_length=MAX_TEXT, required=False, allow_blank=True, trim_whitespace=False, help_text=_("As “markup” says.")
    )
    markup = serializers.ChoiceField(choices=Markup.choices, required=False)
    is_published = serializers.BooleanField(required=False, help_text=_("Whether students see it."))
    position = serializers.IntegerField(min_value=0, max_value=BIGGEST, required=False, help_text=POSITION_HELP)


class PageInput(PageChanges):
    version = None  # type: ignore[assignment]
    title = serializers.CharField(max_length=200)


class PageOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    title = serializers.CharField()
    markup = serializers.ChoiceField(choices=Markup.choices)
    is_published = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class PageDetailOutput(PageOutput):
    html = serializers.CharField(help_text=_("Safe to show."))
    text = serializers.CharField(allow_null=True, help_text=_("As it was written, for authors; null for the others."))
