"""Second factors: codes from an app, passkeys, and recovery codes for the day when the phone is gone.

allauth's models and mathematics; here is who may change what, what is counted, and that a code opens one door once.
"""

import time
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from accounts.events import SecondFactorChanged
from accounts.models import GivenReason, User
from accounts.services.devices import sign_out_everywhere
from accounts.services.letters import send_letter
from accounts.services.tries import may_try, note_success
from core.authz import SYSTEM, Actor, authorize
from core.errors import Conflict, Invalid
from core.events import publish

Kind = Authenticator.Type
# A phone's clock may be off by so many steps of half a minute.
_STEPS_OFF = 1
NAME_MAX_LENGTH = 60


class WrongCode(Invalid):
    """Not a code of this person, or one that was used before."""

    def __init__(self) -> None:
        sentence = _("This code is wrong or was used before. Wait for the next one, or use a recovery code.")
        super().__init__("code_wrong", sentence, fields={"code": [sentence]})


def add_totp(*, actor: Actor, user: User, secret: str, code: str, request: HttpRequest) -> list[str]:
    """Let an app with ``secret`` make codes for ``user``; ``code`` proves that it does.

    Returns new recovery codes, or none if the person has some. Raises ``WrongCode``, ``TooManyTries``, and
    ``Conflict`` ``totp_exists``.
    """
    authorize(actor, "accounts.change_factors", user)
    may_try("code", user.email, request)
    step = _matching_step(secret, code, after=0)
    if step is None:
        raise WrongCode
    note_success("code", user.email, request)
    with transaction.atomic():
        stored = _lock(user)
        if Authenticator.objects.filter(user=stored, type=Kind.TOTP).exists():
            raise Conflict("totp_exists", _("An app makes codes for you already. Switch that off first."))
        # The code that set it up has been used.
        data = {"secret": encrypt(secret), "last_step": step}
        Authenticator.objects.create(user=stored, type=Kind.TOTP, data=data)
        return _added(actor, stored, user, Kind.TOTP)


def add_passkey(*, actor: Actor, user: User, name: str, credential: dict[str, Any]) -> list[str]:
    """Keep a passkey whose ceremony was completed; returns new recovery codes as ``add_totp`` does."""
    authorize(actor, "accounts.change_factors", user)
    name = _checked_name(name)
    with transaction.atomic():
        stored = _lock(user)
        data = {"name": name, "credential": credential}
        Authenticator.objects.create(user=stored, type=Kind.WEBAUTHN, data=data)
        return _added(actor, stored, user, Kind.WEBAUTHN)


def rename_passkey(*, actor: Actor, factor: Authenticator, name: str) -> None:
    """Call a passkey ``name``. Raises ``Invalid``."""
    authorize(actor, "accounts.change_factors", factor.user)
    name = _checked_name(name)
    with transaction.atomic():
        stored = Authenticator.objects.select_for_update().get(pk=factor.pk, type=Kind.WEBAUTHN)
        stored.data["name"] = name
        stored.save(update_fields=["data"])


def remove_factor(*, actor: Actor, factor: Authenticator) -> None:
    """Take a factor away; recovery codes go with the last one.

    Raises ``Conflict`` ``password_too_short_alone`` when a short password would be all that is left.
    """
    authorize(actor, "accounts.change_factors", factor.user)
    user = factor.user
    with transaction.atomic():
        stored = _lock(user)
        rest = Authenticator.objects.filter(user=stored).exclude(pk=factor.pk).exclude(type=Kind.RECOVERY_CODES)
        if stored.short_password and not rest.exists():
            raise Conflict(
                "password_too_short_alone",
                _("Your password is too short to stand alone. Change it to a longer one, then take this away."),
            )
        if not Authenticator.objects.filter(pk=factor.pk).delete()[0]:
            return
        publish(SecondFactorChanged(actor_id=actor.pk, user_id=stored.pk, kind=factor.type, added=False))
        _settle(stored, user)
        _tell(stored, "removed", factor.type)


def new_recovery_codes(*, actor: Actor, user: User) -> list[str]:
    """Make ten new recovery codes; the old ones stop working. Raises ``Conflict`` ``no_second_factor``."""
    authorize(actor, "accounts.change_factors", user)
    with transaction.atomic():
        stored = _lock(user)
        if not stored.has_second_factor:
            raise Conflict(
                "no_second_factor", _("Recovery codes stand in for an app or a passkey. Set one of these up first.")
            )
        Authenticator.objects.filter(user=stored, type=Kind.RECOVERY_CODES).delete()
        codes = _make_recovery_codes(actor, stored)
        _tell(stored, "added", Kind.RECOVERY_CODES)
        return codes


def reset_factors(*, actor: Actor, user: User, reason: str) -> None:
    """Take all factors of somebody who lost them; they are signed out everywhere and told by mail.

    Raises ``Invalid`` without a reason, ``Conflict`` ``no_second_factor``.
    """
    authorize(actor, "accounts.reset_second_factors", user)
    reason = " ".join(reason.split())[:200]
    if not reason:
        sentence = _("Write why, and how you made sure who asked.")
        raise Invalid("invalid", sentence, fields={"reason": [sentence]})
    with transaction.atomic():
        stored = _lock(user)
        factors = Authenticator.objects.filter(user=stored)
        kinds = sorted(set(factors.values_list("type", flat=True)))
        if not kinds:
            raise Conflict("no_second_factor", _("This person has no second factor."))
        factors.delete()
        given = GivenReason.objects.create(user=stored, text=reason)
        for kind in kinds:
            publish(
                SecondFactorChanged(actor_id=actor.pk, user_id=stored.pk, kind=kind, added=False, reason_id=given.pk)
            )
        _settle(stored, user)
        sign_out_everywhere(actor=SYSTEM, user=stored)
        _tell(stored, "reset", "")


def use_code(*, user: User, code: str, request: HttpRequest) -> Authenticator:
    """The factor that ``code`` is of: an app's, or a recovery code. It cannot be used again.

    Wrong ones are counted, here and at every other door together. Raises ``WrongCode``, ``TooManyTries``.
    """
    may_try("code", user.email, request)
    code = "".join(code.split()).replace("-", "")
    with transaction.atomic():
        factors = Authenticator.objects.select_for_update().filter(user=user, type__in=(Kind.TOTP, Kind.RECOVERY_CODES))
        used = next((factor for factor in factors if _use(factor, code)), None)
        if used is not None:
            used.record_usage()
    if used is None:
        raise WrongCode
    note_success("code", user.email, request)
    return used


def _use(factor: Authenticator, code: str) -> bool:
    if factor.type == Kind.RECOVERY_CODES:
        return bool(RecoveryCodes(factor).validate_code(code))
    step = _matching_step(decrypt(factor.data["secret"]), code, after=factor.data.get("last_step", 0))
    if step is None:
        return False
    factor.data["last_step"] = step
    factor.save(update_fields=["data"])
    return True


def _matching_step(secret: str, code: str, *, after: int) -> int | None:
    """The step of time that ``code`` belongs to; steps up to ``after`` are used up."""
    code = "".join(code.split())
    now = int(time.time()) // app_settings.TOTP_PERIOD
    for step in range(now - _STEPS_OFF, now + _STEPS_OFF + 1):
        if step > after and constant_time_compare(format_hotp_value(hotp_value(secret, step)), code):
            return step
    return None


def _lock(user: User) -> User:
    stored: User = User.objects.select_for_update().get(pk=user.pk)
    return stored


def _added(actor: Actor, stored: User, user: User, kind: str) -> list[str]:
    publish(SecondFactorChanged(actor_id=actor.pk, user_id=stored.pk, kind=kind, added=True))
    _settle(stored, user)
    _tell(stored, "added", kind)
    if Authenticator.objects.filter(user=stored, type=Kind.RECOVERY_CODES).exists():
        return []
    return _make_recovery_codes(actor, stored)


def _make_recovery_codes(actor: Actor, user: User) -> list[str]:
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    publish(SecondFactorChanged(actor_id=actor.pk, user_id=user.pk, kind=Kind.RECOVERY_CODES, added=True))
    return codes


def _settle(stored: User, user: User) -> None:
    """Bring what the account says of itself in line with its factors, also on the object the caller holds."""
    factors = Authenticator.objects.filter(user=stored)
    stored.has_second_factor = factors.exclude(type=Kind.RECOVERY_CODES).exists()
    if not stored.has_second_factor:
        factors.delete()
    stored.save(update_fields=["has_second_factor", "updated_at"])
    user.has_second_factor = stored.has_second_factor


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_MAX_LENGTH:
        sentence = _("Give it a name of at most %(count)d characters.") % {"count": NAME_MAX_LENGTH}
        raise Invalid("invalid", sentence, fields={"name": [sentence]})
    return name


def _tell(user: User, what: str, kind: str) -> None:
    send_letter("account/email/second_factor", to=user.email, person=user, what=what, kind=kind)
