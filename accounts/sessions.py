"""The device of a browser's session: opened when somebody has signed in, found again, ended when they sign out."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.enums import DeviceKind
from accounts.known_devices import known_to
from accounts.models import Device, User
from accounts.services.devices import adopt_session, end_device, note_session, open_device
from accounts.services.profile import change_profile
from accounts.session_limits import remember_beginning
from accounts.user_agents import device_name
from accounts.validators import known_time_zones
from core.addresses import client_address, plain_address
from core.authz import SYSTEM

# Names in the session. The wishes wait there while a second factor or a mail is asked for.
DEVICE = "device"
WISHES = "sign_in_wishes"
VOUCHED = "second_factor_elsewhere"
FAREWELL = "signed_out_because"
ROLE = "role"


def note_wishes(request: HttpRequest, *, zone: str = "", remembered: bool) -> None:
    """Keep what the sign-in page said until the person is in."""
    request.session[WISHES] = {"zone": zone if zone in known_time_zones() else "", "remembered": remembered}


def device_number(request: HttpRequest) -> int | None:
    """The number of the device that this session belongs to; None for visitors."""
    number = request.session.get(DEVICE)
    return number if isinstance(number, int) else None


def sign_in_mark(request: Any) -> str:
    """Tells a browser's sign-in from the one before it, and nothing else: for scripts that keep something for the person.

    Empty for visitors and while one looks at the site as somebody else, when nothing may be kept.
    """
    number = None if getattr(request, "impersonation", None) else device_number(request)
    return salted_hmac("accounts.sign-in-mark", str(number)).hexdigest()[:16] if number else ""


def family_of(request: Any) -> str:
    """The public id of the token family by which a program is signed in; empty for pages and keys."""
    token: Any = getattr(request, "auth", None)
    return str(token.get("fam") or "") if hasattr(token, "get") else ""


def this_device(request: Any) -> Device | None:
    """The open device that a request of a page or of the API comes from."""
    if family := family_of(request):
        return Device.objects.open().filter(token_families__public_id=family).first()
    number = device_number(request)
    return Device.objects.open().filter(pk=number).first() if number else None


def arrive(request: HttpRequest, user: User, *, before: int | None, address: str) -> Device:
    """Open a device for the session in which ``user`` has just signed in.

    ``before``: the device of the session that this one takes the place of; it ends.
    """
    wishes = request.session.pop(WISHES, {})
    request.session.pop(FAREWELL, None)
    # Who did not ask to be kept signed in is gone when the browser is closed, whichever way they came.
    request.session.set_expiry(None if wishes.get("remembered") else 0)
    if before is not None:
        end_by_number(before)
    if not request.session.session_key:
        # Somebody else was signed in here: the session is a new one that has no key until it is saved.
        request.session.save()
    methods = [record.get("method", "") for record in get_authentication_records(request, user)]
    device = open_device(
        user=user,
        kind=DeviceKind.BROWSER,
        name=device_name(request.headers.get("User-Agent", "")),
        session_key=request.session.session_key or "",
        address=plain_address(address),
        zone=wishes.get("zone", "") or user.time_zone,
        remembered=bool(wishes.get("remembered", False)),
        method="+".join(dict.fromkeys(filter(None, methods))) or "mail",
        vouched=getattr(request, "is_vouched", False),
        is_known=known_to(request, user.email),
    )
    request.session[DEVICE] = device.pk
    request.session[VOUCHED] = device.vouched
    request.session[ROLE] = str(user.role)
    remember_beginning(device.pk, kept=device.remembered)
    if wishes.get("zone") and not user.time_zone:
        user.time_zone = change_profile(actor=user, user=user, time_zone=wishes["zone"]).time_zone
    return device


def adopt(request: HttpRequest, user: User) -> int:
    """Have a session that is signed in without a device get one, so that it is listed and ends as others do."""
    if not request.session.session_key:
        request.session.save()
    device = adopt_session(
        user=user,
        name=device_name(request.headers.get("User-Agent", "")),
        session_key=request.session.session_key or "",
        address=plain_address(client_address(request)),
    )
    request.session[DEVICE] = device.pk
    request.session[VOUCHED] = False
    request.session[ROLE] = str(user.role)
    remember_beginning(device.pk, kept=False)
    return device.pk


def renew_session(request: HttpRequest) -> None:
    """Give the session another key, as when its rights grow: one that somebody saw before is then of no use."""
    request.session.cycle_key()
    number = device_number(request)
    if number is not None:
        note_session(number=number, session_key=request.session.session_key or "")


def end_by_number(number: int) -> None:
    """End a device whose session says it is over; whose it is has been shown by the session."""
    device = Device.objects.filter(pk=number).first()
    if device is not None:
        end_device(actor=SYSTEM, device=device)
