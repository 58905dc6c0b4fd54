"""Shapes of requests and answers. The rules are the validators' and services'."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.enums import ReadingFace, SiteRole, Theme
from accounts.models import User
from accounts.selectors import ORDERINGS, SEEN, STATES
from accounts.validators import (
    PASSWORD_MAX_LENGTH,
    normalise_email,
    validate_about,
    validate_address,
    validate_name,
    validate_new_password,
    validate_pronouns,
    validate_time_zone,
)
from core import normal


class AddressField(serializers.CharField):
    """An email address, tidied and checked as on the pages."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        email = normalise_email(super().to_internal_value(data))
        validate_address(email)
        return email


class LineField(serializers.CharField):
    """One line of text as it is stored; the validators see that."""

    def to_internal_value(self, data: Any) -> str:
        return normal.line(super().to_internal_value(data))


class PasswordField(serializers.CharField):
    """A password, not cut and not trimmed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=PASSWORD_MAX_LENGTH, trim_whitespace=False, write_only=True, **kwargs)


def checked_password(password: str, person: User, field: str = "password") -> None:
    """``validate_new_password`` with its sentences at a field of the body."""
    try:
        validate_new_password(password, person)
    except ValidationError as error:
        raise serializers.ValidationError({field: error.messages}) from error


class TokenInput(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=PASSWORD_MAX_LENGTH, trim_whitespace=False, write_only=True)
    device_name = serializers.CharField(
        max_length=120,
        required=False,
        allow_blank=True,
        help_text=_("What the program is called in the person's list of devices; else its User-Agent's first word."),
    )


class SecondFactorInput(serializers.Serializer[Any]):
    ticket = serializers.CharField(max_length=500)
    code = serializers.CharField(max_length=20, help_text=_("From the app, or a recovery code."))
    device_name = serializers.CharField(max_length=120, required=False, allow_blank=True)


class ResetFactorsInput(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, help_text=_("How you made sure who asked; it is kept."))


class RefreshInput(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=4096)


class TokenOutput(serializers.Serializer[Any]):
    access = serializers.CharField(help_text=_("For the Authorization header: Bearer, a space, this."))
    refresh = serializers.CharField(help_text=_("Good for one refresh; keep it secret."))
    expires_in = serializers.IntegerField(help_text=_("Seconds until the access token ends."))


class PersonChanges(serializers.Serializer[Any]):
    """What a person may change about themselves. Other fields are passed over."""

    name = LineField(max_length=150, required=False, validators=[validate_name])
    phone = LineField(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text=_("With the country code; kept as E.164 (+441632960001)."),
    )
    pronouns = LineField(max_length=40, required=False, allow_blank=True, validators=[validate_pronouns])
    bio = serializers.CharField(
        max_length=1000,
        required=False,
        allow_blank=True,
        validators=[validate_about],
        help_text=_("Plain text, with line breaks."),
    )
    time_zone = serializers.CharField(
        max_length=64,
        required=False,
        allow_blank=True,
        validators=[validate_time_zone],
        help_text=_("A name of the IANA database; empty means the site's own."),
    )
    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False, allow_blank=True)
    theme = serializers.ChoiceField(choices=Theme.choices, required=False, allow_blank=True)
    reading_face = serializers.ChoiceField(choices=ReadingFace.choices, required=False, allow_blank=True)


class UserChanges(PersonChanges):
    """As a person's own, and what only administrators change."""

    email = AddressField(required=False)
    role = serializers.ChoiceField(choices=SiteRole.choices, required=False)


class UserInput(UserChanges):
    name = LineField(max_length=150, validators=[validate_name])
    email = AddressField()
    password = serializers.CharField(
        max_length=PASSWORD_MAX_LENGTH,
        trim_whitespace=False,
        required=False,
        write_only=True,
        help_text=_("Left out, the person is sent a mail to choose one."),
    )
    password_hash = serializers.CharField(
        max_length=500,
        required=False,
        write_only=True,
        help_text=_(
            "In place of a password: the hash that another system kept (Werkzeug's scrypt and pbkdf2, bcrypt). "
            "It is replaced at the first sign-in."
        ),
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "password" in attrs and "password_hash" in attrs:
            raise serializers.ValidationError({"password_hash": [_("Send a password or its hash, not both.")]})
        if "password" in attrs:
            checked_password(attrs["password"], User(name=attrs["name"], email=attrs["email"]))
        return attrs


class UserFilter(serializers.Serializer[Any]):
    q = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text=_("Words of the name or email.")
    )
    role = serializers.ChoiceField(choices=SiteRole.choices, required=False)
    state = serializers.ChoiceField(choices=STATES, required=False, help_text=_("Open accounts unless said otherwise."))
    factor = serializers.ChoiceField(choices=["yes", "no"], required=False, help_text=_("With a second factor."))
    seen = serializers.ChoiceField(
        choices=SEEN, required=False, help_text=_("In the last 7 or 30 days; “quiet”: not for 90 days.")
    )
    course = serializers.CharField(required=False, max_length=100, help_text=_("Slug or code of a course they are in."))
    ordering = serializers.ChoiceField(choices=list(ORDERINGS), required=False)


class SuspendInput(serializers.Serializer[Any]):
    reason = LineField(max_length=300, help_text=_("The person reads it when they try to sign in."))


class UserOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=SiteRole.choices)
    is_active = serializers.BooleanField()
    pronouns = serializers.CharField()
    picture = serializers.CharField(help_text=_("The address of the picture; empty if there is none."))
    time_zone = serializers.CharField()
    joined_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    suspended_at = serializers.DateTimeField(allow_null=True)
    phone = serializers.CharField(allow_null=True, help_text=_("For the person and administrators; else null."))
    last_seen_at = serializers.DateTimeField(
        allow_null=True, help_text=_("For the person and administrators; null also for who was never here.")
    )
    has_second_factor = serializers.BooleanField(allow_null=True, help_text=_("For the person and administrators."))


class MeOutput(UserOutput):
    bio = serializers.CharField()
    language = serializers.CharField()
    theme = serializers.CharField()
    reading_face = serializers.CharField()


def present_users(users: list[User], viewer: Any) -> list[dict[str, Any]]:
    """People as plain data, in ``UserOutput``'s shape, as ``viewer`` may know them."""
    return [
        {
            "id": str(user.public_id),
            "name": user.name,
            "email": user.email,
            "role": user.role,
            "is_active": user.is_active,
            "pronouns": user.pronouns,
            "picture": user.picture,
            "time_zone": user.time_zone,
            "joined_at": user.date_joined,
            "ended_at": user.ended_at,
            "suspended_at": user.suspended_at,
            **_private_fields(user, viewer.has_perm("accounts.view_whole_user", user)),
        }
        for user in users
    ]


def _private_fields(user: User, may_know: bool) -> dict[str, Any]:
    own = {"phone": user.phone, "last_seen_at": user.seen_at, "has_second_factor": user.has_second_factor}
    return own if may_know else dict.fromkeys(own)


def present_me(user: User) -> dict[str, Any]:
    looks = {"bio": user.bio, "language": user.language, "theme": user.theme, "reading_face": user.reading_face}
    return present_users([user], user)[0] | looks
