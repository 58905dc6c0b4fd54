"""Where a person is signed in: opened at each sign-in, ended one by one or all at once.

Ending a device deletes its session and ends its tokens, so whatever it sends next is refused.
"""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.enums import DeviceKind, SiteRole
from accounts.events import DeviceEnded, SignedIn, SignedOutEverywhere
from accounts.models import Device, TokenFamily, User
from accounts.selectors.policies import policy_for
from accounts.services.impersonation import end_of_devices
from accounts.services.keys import end_all_keys
from accounts.services.letters import send_new_sign_in
from accounts.services.sockets import tell_sockets
from accounts.services.tokens import end_all_tokens
from core.authz import Actor, authorize
from core.events import publish, publish_many

_NOTED_LATE = timedelta(minutes=10)
_AT_ONCE = 200
# Who has just made an account needs no mail that says so.
_NEWCOMER = timedelta(days=1)


@transaction.atomic
def open_device(
    *,
    user: User,
    kind: DeviceKind,
    name: str = "",
    session_key: str = "",
    address: str | None = None,
    zone: str = "",
    remembered: bool = False,
    vouched: bool = False,
    method: str = "password",
    is_known: bool = True,
) -> Device:
    """Note that ``user`` has just proved who they are, on this device.

    ``vouched``: another service asked for the second factor. ``is_known``: they did so there before. Otherwise they are sent a mail, unless the account is brand new.
    """
    is_newcomer = timezone.now() - user.date_joined < _NEWCOMER and not Device.objects.filter(user=user).exists()
    device = Device.objects.create(
        user=user,
        kind=kind,
        name=name[:120],
        session_key=session_key,
        address=address,
        zone=zone[:64],
        remembered=remembered,
        vouched=vouched,
        proved_at=timezone.now(),
    )
    User.objects.filter(pk=user.pk).update(last_seen_at=device.last_seen_at)
    publish(SignedIn(actor_id=user.pk, user_id=user.pk, device_id=device.pk, method=method))
    if not is_known and not is_newcomer:
        send_new_sign_in(device)
    return device


def adopt_session(*, user: User, name: str, session_key: str, address: str | None) -> Device:
    """The device of a session of ``user`` that was opened without one. Nobody has proved anything, so nothing is told."""
    device, _made = Device.objects.get_or_create(
        session_key=session_key,
        defaults={"user": user, "kind": DeviceKind.BROWSER, "name": name[:120], "address": address},
    )
    return device


@transaction.atomic
def end_device(*, actor: Actor, device: Device) -> Device:
    """Sign one device out at once. Ending it twice changes nothing."""
    authorize(actor, "accounts.end_device", device)
    stored: Device = Device.objects.select_for_update().get(pk=device.pk)
    if stored.ended_at is None:
        _end([stored])
        publish(DeviceEnded(actor_id=actor.pk, user_id=stored.user_id, device_id=stored.pk))
    return stored


def end_all_devices(*, user: User, keep: Device | None = None) -> None:
    """End every device of ``user`` but ``keep``. For services of this app, which have authorised their own change."""
    with transaction.atomic():
        _end(list(Device.objects.select_for_update().open().filter(user=user).exclude(pk=keep.pk if keep else None)))


def note_device_use(*, number: int, address: str | None, at: datetime) -> None:
    """Write down that a device was used, and its person with it. A small write of its own, after the page is done."""
    open_one = Device.objects.filter(pk=number, ended_at__isnull=True)
    with transaction.atomic():
        if open_one.update(last_seen_at=at, address=address):
            User.objects.filter(devices=number, last_seen_at__lt=at).update(last_seen_at=at)


def note_proof_at(*, number: int) -> None:
    """Write down that the person has just proved, on this device, who they are; the caller has seen the proof."""
    Device.objects.filter(pk=number, ended_at__isnull=True).update(proved_at=timezone.now())


def note_session(*, number: int, session_key: str) -> None:
    """The device's session has another key from now on; whose it is has been shown by the session."""
    Device.objects.open().filter(pk=number).update(session_key=session_key)


def end_overdue_devices() -> int:
    """End what its own limits have ended: browsers by their role's rule, programs whose tokens have all run out.

    A session that nobody comes back to is never asked, so nothing else would notice. Returns how many.
    """
    ended = 0
    for role in SiteRole.values:
        for kept in (False, True):
            ended += _end_overdue(_overdue_browsers(role, kept=kept))
    programs = Device.objects.open().filter(kind=DeviceKind.PROGRAM)
    going = TokenFamily.objects.filter(device=OuterRef("pk"), ended_at__isnull=True, expires_at__gt=timezone.now())
    return ended + _end_overdue(programs.filter(~Exists(going)))


def _overdue_browsers(role: str, *, kept: bool) -> "QuerySet[Device]":
    rule, now = policy_for(role), timezone.now()
    idle = timedelta(minutes=max(rule.idle_minutes, rule.kept_idle_minutes) if kept else rule.idle_minutes)
    # The last use is written down only every few minutes.
    idle += _NOTED_LATE
    rows: QuerySet[Device] = Device.objects.open().filter(kind=DeviceKind.BROWSER, remembered=kept, user__role=role)
    return rows.filter(Q(last_seen_at__lt=now - idle) | Q(created_at__lt=now - timedelta(hours=rule.most_hours)))


def _end_overdue(overdue: "QuerySet[Device]") -> int:
    ended = 0
    while True:
        with transaction.atomic():
            devices = list(overdue.select_for_update(of=("self",)).order_by("pk")[:_AT_ONCE])
            if not devices:
                return ended
            _end(devices)
            publish_many([DeviceEnded(actor_id=None, user_id=row.user_id, device_id=row.pk) for row in devices])
        ended += len(devices)


@transaction.atomic
def end_other_devices(*, actor: Actor, user: User, this: Device | None, keys: bool = False) -> int:
    """Sign ``user`` out everywhere but on ``this`` device, with ``keys`` their programs, too; returns how many that were."""
    authorize(actor, "accounts.change_user", user)
    others = list(Device.objects.select_for_update().open().filter(user=user).exclude(pk=this.pk if this else None))
    _end(others)
    for device in others:
        publish(DeviceEnded(actor_id=actor.pk, user_id=user.pk, device_id=device.pk))
    if keys:
        end_all_keys(user=user)
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
    tell_sockets([stored.pk])
    publish(SignedOutEverywhere(actor_id=actor.pk, user_id=stored.pk, keys=keys))


def _end(devices: list[Device]) -> None:
    now = timezone.now()
    numbers = [device.pk for device in devices]
    Device.objects.filter(pk__in=numbers).update(ended_at=now, session_key="")
    TokenFamily.objects.filter(device_id__in=numbers, ended_at__isnull=True).update(ended_at=now)
    end_of_devices(numbers)
    for device in devices:
        if device.session_key:
            _session_store()(device.session_key).delete()
        device.ended_at, device.session_key = now, ""
    tell_sockets(device.user_id for device in devices)


def _session_store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore
