"""System checks for settings about files."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from core.slots import UPLOAD_PURPOSES


@register()
def limits_are_of_known_purposes(**kwargs: Any) -> list[Error]:
    known = sorted(key for key, _purpose in UPLOAD_PURPOSES.items())
    hint = f"Purposes are: {', '.join(known)}."
    return [
        Error(f"UPLOAD_LIMITS names “{purpose}”, which nothing is uploaded for.", hint=hint, id="files.E001")
        for purpose in settings.UPLOAD_LIMITS
        if purpose not in known
    ]
