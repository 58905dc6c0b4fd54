"""A program signs in with its person's email and password: a device of its own, and the tokens that go with it."""

import ipaddress

from django.db import transaction

from accounts.enums import DeviceKind
from accounts.models import Device, User
from accounts.services.devices import open_device
from accounts.services.tokens import TokenPair, issue_tokens


@transaction.atomic
def sign_in_program(*, user: User, name: str = "", address: str = "") -> TokenPair:
    """The first tokens for a program of ``user``, who has just proved who they are. It is listed among their devices."""
    place = _ip_address(address)
    device = open_device(
        user=user,
        kind=DeviceKind.PROGRAM,
        name=" ".join(name.split()),
        address=place,
        # A program keeps no cookie: what the person knows of it is where it runs.
        is_known=place is not None and Device.objects.filter(user=user, address=place).exists(),
    )
    return issue_tokens(user=user, device=device)


def _ip_address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
