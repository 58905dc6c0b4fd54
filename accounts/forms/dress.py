"""allauth's fields in this site's words."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.validators import (
    PASSWORD_MAX_LENGTH,
    least_password_length,
    password_length_sentence,
    validate_address,
)

EMAIL_MAX_LENGTH = 254


def _password_hint(least: int) -> str:
    return ngettext(
        "At least %(count)d character; a few words are fine.",
        "At least %(count)d characters; a few words are fine.",
        least,
    ) % {"count": least}


def dress_email(field: forms.Field, *, autocomplete: str) -> None:
    field.label = _("Email")
    field.error_messages |= {
        "required": _("Enter your email."),
        "invalid": _("Enter a whole email address, for example imani@northmoor.example."),
    }
    field.max_length = EMAIL_MAX_LENGTH  # type: ignore[attr-defined]
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= {"autocomplete": autocomplete, "dir": "ltr", "maxlength": str(EMAIL_MAX_LENGTH)}
    field.validators = [validate_address]


def dress_password(field: forms.Field, *, label: Any, required: Any, new: bool, person: Any = None) -> None:
    """``person``: whose password is chosen, if that is known; a second factor allows a shorter one."""
    least = least_password_length(person)
    field.label = label
    field.help_text = _password_hint(least) if new else ""
    field.error_messages["required"] = required
    field.widget.attrs.pop("placeholder", None)
    field.max_length = PASSWORD_MAX_LENGTH  # type: ignore[attr-defined]
    field.widget.attrs["maxlength"] = str(PASSWORD_MAX_LENGTH)
    field.validators.append(
        MaxLengthValidator(PASSWORD_MAX_LENGTH, _("Use a shorter password, at most %(limit_value)d characters."))
    )
    if new:
        field.widget.attrs |= {
            "minlength": str(least),
            "data-msg-minlength": password_length_sentence(least),
        }
