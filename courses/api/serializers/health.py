"""Shapes of a course's findings."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.inputs import Input
from core.findings import Severity


class HealthFilter(Input):
    code = serializers.CharField(max_length=30, required=False, allow_blank=True)


class FindingOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=[(entry.value, entry.value) for entry in Severity])
    sentence = serializers.CharField(help_text=_("What to mend, in your language."))
    lesson = serializers.UUIDField(allow_null=True)
    section = serializers.UUIDField(allow_null=True)
    block = serializers.UUIDField(allow_null=True)
    page = serializers.UUIDField(allow_null=True)
    url = serializers.CharField(help_text=_("Where it is written."))
