"""Shapes of exports."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from courses.enums import (
    ExportState,
)


class ExportOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    state = serializers.ChoiceField(choices=ExportState.choices)
    message = serializers.CharField(help_text=_("Why it failed; empty otherwise."))
    size = serializers.IntegerField(allow_null=True, help_text=_("Bytes, once it is ready."))
    download = serializers.CharField(allow_null=True, help_text=_("Where to fetch it, once it is ready."))
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    kept_until = serializers.DateTimeField(allow_null=True, help_text=_("When it is removed."))
