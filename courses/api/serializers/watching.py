"""Shapes of what was watched of a video."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api.inputs import Input


def _seconds(words: Any) -> serializers.FloatField:
    return serializers.FloatField(min_value=0, max_value=86400, help_text=words)


class WatchingInput(Input):
    position = _seconds(_("The second at which the film stopped."))
    duration = _seconds(_("The length of the film, in seconds."))
    ranges = serializers.ListField(
        child=serializers.ListField(child=_seconds(_("A second.")), min_length=2, max_length=2),
        max_length=500,
        help_text=_("What was played: pairs of seconds from the start to the end."),
    )


class WatchingOutput(serializers.Serializer[Any]):
    block = serializers.UUIDField()
    position = serializers.FloatField()
    duration = serializers.FloatField(help_text=_("0 before anything was played."))
    ranges = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    percent = serializers.IntegerField(help_text=_("How much was seen, rounded down."))
