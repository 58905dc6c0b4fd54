"""What administrators do with accounts. An account is closed and can be opened again; what erases one is in ``erasing``."""

import secrets
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.enums import SiteRole
from accounts.events import UserChanged, UserEnded, UserRegistered, UserRestored, UserRoleChanged, UserSuspended
from accounts.hashers import adopt
from accounts.models import GivenReason, User
from accounts.services.devices import end_all_devices
from accounts.services.keys import end_all_keys
from accounts.services.letters import send_invitation
from accounts.services.profile import PROFILE_FIELDS, change_profile, end_email_changes, set_password
from accounts.services.reasons import checked_reason
from accounts.services.sockets import tell_sockets
from accounts.services.tokens import end_all_tokens
from accounts.validators import normalise_email, normalise_name, validate_address
from core import normal
from core.authz import Actor, authorize
from core.errors import Conflict, DomainError, Invalid
from core.events import publish
from core.mail import forget_bounce

_STATE = ("is_active", "ended_at", "suspended_at", "suspension_reason")


def create_user(
    *,
    actor: Actor,
    name: str,
    email: str,
    role: str = SiteRole.STUDENT,
    password: str | None = None,
    password_hash: str | None = None,
    verified: bool = True,
    invite: bool = False,
    **fields: Any,
) -> User:
    """Make an account for somebody, with any of ``PROFILE_FIELDS``.

    ``password_hash`` is one that another system made (see ``accounts.hashers.adopt``): the person signs in with
    the password they had there. Without either the person cannot sign in until they choose one; ``invite``
    sends them the mail to do so. ``verified``: the actor vouches for the address.
    Raises ``Invalid`` (values) or ``Conflict`` ``email_taken``.
    """
    authorize(actor, "accounts.add_user")
    if unknown := fields.keys() - PROFILE_FIELDS:
        raise Invalid("invalid", _("Some of this cannot be set."), fields={k: [] for k in sorted(unknown)})
    if "phone" in fields:
        fields["phone"] = normal.phone(fields["phone"], region=settings.PHONE_REGION)
    user = User(name=normalise_name(name), email=checked_address(email), role=role, **fields)
    if password_hash is not None:
        user.password = _adopted(password_hash)
    else:
        user.set_password(password)
    try:
        user.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise Invalid(
            "invalid", _("Some values cannot be used. Nothing was stored."), fields=error.message_dict
        ) from error
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
            publish(UserRegistered(actor_id=actor.pk, user_id=user.pk))
            if invite:
                send_invitation(user)
    except IntegrityError as error:
        raise email_taken() from error
    return user


def change_user(*, actor: Actor, user: User, **fields: Any) -> User:
    """Change ``PROFILE_FIELDS``, ``role`` and ``email`` of somebody, all of it or nothing; returns them as stored."""
    authorize(actor, "accounts.change_user", user)
    refuse_erased(user)
    role, email = fields.pop("role", None), fields.pop("email", None)
    with transaction.atomic():
        stored: User = change_profile(actor=actor, user=user, **fields)
        if role is not None:
            stored = change_role(actor=actor, user=stored, role=role)
        if email is not None:
            stored = change_email(actor=actor, user=stored, email=email)
    return stored


def change_role(*, actor: Actor, user: User, role: str) -> User:
    """Give ``user`` another site role; their tokens end, their sessions go on with the new rights.

    Raises ``Conflict`` ``last_admin`` when nobody would be left to run the site.
    """
    authorize(actor, "accounts.change_role", user)
    if role not in SiteRole.values:
        raise Invalid(
            "invalid",
            _("Some values cannot be used. Nothing was stored."),
            fields={"role": [_("Choose student, manager or admin.")]},
        )
    with transaction.atomic():
        admins = lock_admins()
        stored: User = User.objects.select_for_update().get(pk=user.pk)
        refuse_erased(stored)
        if stored.role == role:
            return stored
        keep_an_admin(stored, admins)
        before, stored.role = stored.role, role
        stored.role_since = timezone.now()
        stored.save(update_fields=["role", "role_since", "updated_at"])
        end_all_tokens(user=stored)
        tell_sockets([stored.pk])
        publish(UserRoleChanged(actor_id=actor.pk, user_id=stored.pk, before=before, after=role))
    return stored


def change_email(*, actor: Actor, user: User, email: str) -> User:
    """Give ``user`` another address, which the actor vouches for; links mailed to the old one stop working."""
    authorize(actor, "accounts.add_user")
    email = checked_address(email)
    try:
        with transaction.atomic():
            stored: User = User.objects.select_for_update().get(pk=user.pk)
            if stored.email != email:
                end_email_changes(user=stored)
                store_email(actor=actor, user=stored, email=email)
    except IntegrityError as error:
        raise email_taken() from error
    return stored


def checked_address(email: str) -> str:
    """``email`` as it is stored; raises ``Invalid`` for one that cannot be an address."""
    email = normalise_email(email)
    try:
        validate_address(email)
    except ValidationError as error:
        raise Invalid("invalid", error.messages[0], fields={"email": error.messages}) from error
    return email


def store_email(*, actor: Actor, user: User, email: str) -> None:
    """Write a confirmed address. ``user`` is locked; raises ``IntegrityError`` if it is taken."""
    user.email = email
    user.save(update_fields=["email", "updated_at"])
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    publish(UserChanged(actor_id=actor.pk, user_id=user.pk, fields=["email"]))


def confirm_email(*, actor: Actor, user: User) -> None:
    """Count the person's address as confirmed: the actor vouches for it."""
    authorize(actor, "accounts.add_user")
    with transaction.atomic():
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"primary": True, "verified": True})
        forget_bounce(user.email)


def suspend_user(*, actor: Actor, user: User, reason: str) -> User:
    """Keep somebody out for a time: what they are signed in with ends at once, and they are told ``reason``.

    Suspending again writes the new reason. Raises ``Invalid`` without one; ``Conflict``: ``not_yourself``,
    ``last_admin``, ``account_ended`` for a closed account.
    """
    authorize(actor, "accounts.suspend_user", user)
    reason = checked_reason(reason)
    if actor.pk == user.pk:
        raise Conflict("not_yourself", _("You cannot suspend your own account. Ask another admin."))
    with transaction.atomic():
        admins = lock_admins()
        stored: User = User.objects.select_for_update().get(pk=user.pk)
        if stored.ended_at is not None:
            raise Conflict("account_ended", _("This account is closed. Restore it first."))
        if stored.is_suspended and stored.suspension_reason == reason:
            return stored
        keep_an_admin(stored, admins)
        stored.suspended_at, stored.suspension_reason = stored.suspended_at or timezone.now(), reason
        shut_account(stored)
        given = GivenReason.objects.create(user=stored, text=reason)
        publish(UserSuspended(actor_id=actor.pk, user_id=stored.pk, reason_id=given.pk))
    return stored


def end_user(*, actor: Actor, user: User) -> User:
    """Close an account: sessions and tokens end at once and for good. Closing twice changes nothing.

    Raises ``Conflict`` ``last_admin``.
    """
    authorize(actor, "accounts.end_user", user)
    with transaction.atomic():
        admins = lock_admins()
        stored: User = User.objects.select_for_update().get(pk=user.pk)
        if stored.ended_at is not None:
            return stored
        keep_an_admin(stored, admins)
        stored.ended_at, stored.suspended_at, stored.suspension_reason = timezone.now(), None, ""
        shut_account(stored)
        publish(UserEnded(actor_id=actor.pk, user_id=stored.pk))
    return stored


def restore_user(*, actor: Actor, user: User) -> User:
    """Open a closed or suspended account again; the person signs in anew with the password they had."""
    authorize(actor, "accounts.end_user", user)
    with transaction.atomic():
        stored: User = User.objects.select_for_update().get(pk=user.pk)
        if stored.is_active:
            return stored
        refuse_erased(stored)
        stored.is_active, stored.ended_at, stored.suspended_at, stored.suspension_reason = True, None, None, ""
        stored.save(update_fields=[*_STATE, "updated_at"])
        publish(UserRestored(actor_id=actor.pk, user_id=stored.pk))
    return stored


def invite(*, actor: Actor, user: User) -> None:
    """Mail ``user`` a link to choose a password. Raises ``Conflict`` ``account_ended`` for a closed account."""
    authorize(actor, "accounts.add_user")
    if not user.is_active:
        raise Conflict("account_ended", _("This account is closed or suspended. Open it again first."))
    send_invitation(user)


def set_random_password(*, actor: Actor, user: User) -> str:
    """Give ``user`` a random password and return it, the only time it can be read."""
    authorize(actor, "accounts.add_user")
    password = secrets.token_urlsafe(15)
    set_password(actor=actor, user=user, password=password)
    return password


def refuse_erased(user: User) -> None:
    """Raises ``Conflict`` ``person_erased``: nothing brings back who they were."""
    if user.erased_at is not None:
        raise Conflict("person_erased", _("This person was erased. Their account cannot be changed or opened again."))


def shut_account(user: User) -> None:
    """End whatever ``user``, whose row is locked, is signed in with; each of these ends is looked at by every request."""
    user.is_active = False
    user.sign_in_epoch += 1
    user.save(update_fields=[*_STATE, "sign_in_epoch", "updated_at"])
    end_all_tokens(user=user)
    end_all_devices(user=user)
    end_all_keys(user=user)
    tell_sockets([user.pk])


def _adopted(password_hash: str) -> str:
    known = adopt(password_hash)
    if known is None:
        sentence = _(
            "This password hash cannot be taken over. Send one of Werkzeug (scrypt, pbkdf2) or bcrypt, or leave it "
            "out and let the person choose a password."
        )
        raise Invalid("password_hash_unknown", sentence, fields={"password_hash": [sentence]})
    return known


def lock_admins() -> list[int]:
    # In one order, so that two admins who demote each other at once wait instead of both succeeding.
    admins = User.objects.select_for_update().filter(role=SiteRole.ADMIN, is_active=True).order_by("pk")
    return [admin.pk for admin in admins]


def keep_an_admin(user: User, admins: list[int]) -> None:
    if admins == [user.pk]:
        raise Conflict(
            "last_admin",
            _("This is the only admin, and somebody must run the site. Make another person an admin first."),
        )


class AccountSuspended(DomainError):
    """Said to who has proved that the account is theirs."""

    status = 403

    def __init__(self, user: User) -> None:
        since = date_format(timezone.localtime(user.suspended_at, user.zone), "DATE_FORMAT")
        super().__init__(
            "account_suspended",
            _(
                "This account has been suspended since %(day)s. The reason given: “%(reason)s”. Nothing of yours is lost. "
                "If you think this is a mistake, write to who looks after this site."
            )
            % {"day": since, "reason": user.suspension_reason},
        )


def email_taken() -> Conflict:
    """What to raise when an address has an account already and the actor may know."""
    sentence = _("There is already an account with this email.")
    return Conflict("email_taken", sentence, fields={"email": [sentence]})
