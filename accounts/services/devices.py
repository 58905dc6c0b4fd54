"""Where a person is signed in: opened at each sign-in, ended one by one or all at once.

Ending a device deletes its session and ends its tokens, so whatever it sends next is refused.
"""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.enums import DeviceKind
from accounts.events import DeviceEnded, SignedOutEverywhere
from accounts.models import Device, TokenFamily, User
from accounts.services.keys import end_all_keys
from accounts.services.tokens import end_all_tokens
from core.authz import Actor, authorize
from core.events import publish


def open_device(
    *,
    user: User,
    kind: DeviceKind,
    name: str = "",
    session_key: str = "",
    address: str | None = None,
    zone: str = "",
    remembered: bool = False,
) -> Device:
    """Note that ``user`` has just proved who they are, on this device."""
    return Device.objects.create(
        user=user,
        kind=kind,
        name=name[:120],
        session_key=session_key,
        address=address,
        zone=zone,
        remembered=remembered,
    )


@transaction.atomic
def end_device(*, actor: Actor, device: Device) -> Device:
    """Sign one device out at once. Ending it twice changes nothing."""
    authorize(actor, "accounts.end_device", device)
    stored: Device = Device.objects.select_for_update().get(pk=device.pk)
    if stored.ended_at is None:
        _end([stored])
        publish(DeviceEnded(actor_id=actor.pk, user_id=stored.user_id, device_id=stored.pk))
    return stored


@transaction.atomic
def end_other_devices(*, actor: Actor, user: User, this: Device | None) -> int:
    """Sign ``user`` out everywhere but on ``this`` device; returns how many that were."""
    authorize(actor, "accounts.change_user", user)
    others = list(Device.objects.select_for_update().open().filter(user=user).exclude(pk=this.pk if this else None))
    _end(others)
    for device in others:
        publish(DeviceEnded(actor_id=actor.pk, user_id=user.pk, device_id=device.pk))
    return len(others)


@transaction.atomic
def sign_out_everywhere(*, actor: Actor, user: User, keys: bool = False) -> None:
    """End every session and token of ``user``, this one too, and with ``keys`` their keys for programs."""
    authorize(actor, "accounts.change_user", user)
    stored = User.objects.select_for_update().get(pk=user.pk)
    stored.sign_in_epoch += 1
    stored.save(update_fields=["sign_in_epoch", "updated_at"])
    _end(list(Device.objects.select_for_update().open().filter(user=stored)))
    end_all_tokens(user=stored)
    if keys:
        end_all_keys(user=stored)
    publish(SignedOutEverywhere(actor_id=actor.pk, user_id=stored.pk, keys=keys))


def _end(devices: list[Device]) -> None:
    now = timezone.now()
    numbers = [device.pk for device in devices]
    Device.objects.filter(pk__in=numbers).update(ended_at=now, session_key="")
    TokenFamily.objects.filter(device_id__in=numbers, ended_at__isnull=True).update(ended_at=now)
    for device in devices:
        if device.session_key:
            _session_store()(device.session_key).delete()
        device.ended_at, device.session_key = now, ""


def _session_store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore
