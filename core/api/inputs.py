"""What the shape of every request begins with."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

BIGGEST = 2_147_483_647
VERSION_HELP = _("The version you started from. If somebody saved since, nothing is changed and the answer is 409.")


class Input(serializers.Serializer[Any]):
    """Names that are not fields are passed over."""


class VersionedInput(Input):
    version = serializers.IntegerField(required=False, min_value=1, max_value=BIGGEST, help_text=VERSION_HELP)
