"""What people change about themselves."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.events import UserChanged
from accounts.models import Device, EmailChange, User
from accounts.services.devices import end_all_devices
from accounts.services.tokens import end_all_tokens
from accounts.validators import normalise_about, normalise_name, normalise_password, validate_about, validate_pronouns
from core import normal
from core.authz import Actor, authorize
from core.errors import Invalid
from core.events import publish

PROFILE_FIELDS = frozenset({"name", "phone", "pronouns", "bio", "time_zone", "language", "theme", "reading_face"})


def change_profile(*, actor: Actor, user: User, **fields: Any) -> User:
    """Change some of ``PROFILE_FIELDS``; what is as it was writes nothing.

    Returns the person as stored. Raises ``Invalid`` with a sentence by field.
    """
    authorize(actor, "accounts.change_user", user)
    if unknown := fields.keys() - PROFILE_FIELDS:
        raise Invalid("invalid", _("Some of this cannot be changed here."), fields={k: [] for k in sorted(unknown)})
    if "name" in fields:
        fields["name"] = normalise_name(fields["name"])
    if "phone" in fields:
        fields["phone"] = normal.phone(fields["phone"], region=settings.PHONE_REGION)
    if "pronouns" in fields:
        fields["pronouns"] = normalise_name(fields["pronouns"])
    if "bio" in fields:
        fields["bio"] = normalise_about(fields["bio"])
    with transaction.atomic():
        stored: User = User.objects.select_for_update().get(pk=user.pk)
        changed = sorted(name for name, value in fields.items() if getattr(stored, name) != value)
        if not changed:
            return stored
        for name in changed:
            setattr(stored, name, fields[name])
        _check(stored, changed)
        stored.save(update_fields=[*changed, "updated_at"])
        publish(UserChanged(actor_id=actor.pk, user_id=stored.pk, fields=changed))
    return stored


@transaction.atomic
def set_avatar(*, actor: Actor, user: User, file_id: str) -> User:
    """Name the stored picture that stands for ``user``, or none; who keeps the file says who may see it."""
    authorize(actor, "accounts.change_user", user)
    stored: User = User.objects.select_for_update().get(pk=user.pk)
    if stored.avatar != file_id:
        stored.avatar = file_id
        stored.save(update_fields=["avatar", "updated_at"])
        publish(UserChanged(actor_id=actor.pk, user_id=stored.pk, fields=["avatar"]))
    return stored


def set_password(*, actor: Actor, user: User, password: str, keep: Device | None = None) -> None:
    """Give ``user`` a new password; every session and token from before it ends.

    ``keep``: the device at which it was changed; whether that one stays is for the page to say.

    The password was checked by the form or serializer. ``user`` is changed in place, as allauth expects.
    """
    authorize(actor, "accounts.change_user", user)
    with transaction.atomic():
        user.set_password(password)
        user.short_password = len(normalise_password(password)) < settings.PASSWORD_MIN_LENGTH
        user.save(update_fields=["password", "short_password", "updated_at"])
        end_all_tokens(user=user)
        end_all_devices(user=user, keep=keep)
        # Asked perhaps by whoever made the new password necessary.
        end_email_changes(user=user)
        publish(UserChanged(actor_id=actor.pk, user_id=user.pk, fields=["password"]))


def end_email_changes(*, user: User) -> None:
    """Let no change of the address of ``user`` wait any longer."""
    EmailChange.objects.filter(user=user, ended_at__isnull=True).update(ended_at=timezone.now())


def _check(user: User, fields: list[str]) -> None:
    if "language" in fields and user.language and user.language not in dict(settings.LANGUAGES):
        raise Invalid(
            "invalid", _("Choose a language from the list."), fields={"language": [_("Choose one of the list.")]}
        )
    try:
        if "pronouns" in fields:
            _at("pronouns", validate_pronouns, user.pronouns)
        if "bio" in fields:
            _at("bio", validate_about, user.bio)
        user.clean_fields(exclude={field.name for field in user._meta.fields} - set(fields))
    except ValidationError as error:
        raise Invalid(
            "invalid", _("Some values cannot be used. Nothing was stored."), fields=error.message_dict
        ) from error


def _at(name: str, check: Callable[[str], None], value: str) -> None:
    try:
        check(value)
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from error
