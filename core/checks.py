"""System checks for settings that would make an installation unsafe."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security, deploy=True)
def production_settings_are_safe(**kwargs: Any) -> list[Error]:
    errors = []
    if settings.DEBUG:
        errors.append(Error("DEBUG is on.", hint="Unset DEBUG.", id="core.E001"))
    if "*" in settings.ALLOWED_HOSTS:
        errors.append(Error("ALLOWED_HOSTS has '*'.", hint="Name the hosts of this site.", id="core.E002"))
    return errors
