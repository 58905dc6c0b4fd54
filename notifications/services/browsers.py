"""Browsers that show notifications: asked for, taken over, removed."""

import hashlib
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Device, User
from core.context import current_impersonator
from core.errors import Conflict, Invalid, LooksOnly
from core.outbound import NotReached, check_address, why_not_reached
from notifications.channels import webpush
from notifications.models import PushSubscription
from notifications.services.push import open_subscriptions, send_push

MOST = 20
_LONGEST = 1000


@transaction.atomic
def add_browser(
    *, user: User, endpoint: str, p256dh: str, auth: str, device: Device | None = None, label: str = ""
) -> PushSubscription:
    """Have the browser behind ``endpoint`` show what ``user`` is told; asked for again, it is renewed.

    Whoever is signed in on a browser has it: on a computer that is shared nobody sees another's news.
    Raises ``Invalid``, ``Conflict`` ``too_many_browsers``, ``LooksOnly`` while somebody acts as the person.
    """
    if current_impersonator() is not None:
        # It would go on to show another's news when the look is over.
        raise LooksOnly
    _check(endpoint, p256dh, auth)
    digest = hashlib.sha256(endpoint.encode()).hexdigest()
    # Locked, so that two requests at once count the same.
    User.objects.select_for_update().get(pk=user.pk)
    PushSubscription.objects.filter(endpoint_digest=digest).exclude(user=user).delete()
    others = open_subscriptions(user.pk).exclude(endpoint_digest=digest)
    if others.count() >= MOST:
        raise Conflict(
            "too_many_browsers",
            _("You get push messages in %(n)d browsers already. Remove one of them first.") % {"n": MOST},
        )
    row, _created = PushSubscription.objects.update_or_create(
        endpoint_digest=digest,
        defaults={
            "user": user,
            "device": device,
            "endpoint": endpoint,
            "p256dh": p256dh,
            "auth": auth,
            "label": label[:120],
        },
    )
    return row


def remove_browser(*, user: User, browser: PushSubscription) -> None:
    """The browser shows nothing more."""
    PushSubscription.objects.filter(pk=browser.pk, user=user).delete()


def try_push(*, user: User) -> None:
    """Send a message to all browsers of the person, to see whether it comes. Raises ``Conflict`` ``no_browser``."""
    title, body = _("It works"), _("Push messages of this site come here.")
    if send_push(user_id=user.pk, title=title, body=body, url="/notifications/", tag="trial") is None:
        raise Conflict("no_browser", _("No browser of yours shows push messages yet. Turn them on first."))


def forget_browsers(**of: Any) -> None:
    """Who signed out, or was kept out, gets no push there any more."""
    PushSubscription.objects.filter(**of).delete()


def forget_ended_browsers(*, user_id: int) -> None:
    """As ``forget_browsers``, of one person, but for those that they have signed in to again since."""
    rows = PushSubscription.objects.filter(user_id=user_id)
    rows.filter(Q(device=None) | Q(device__ended_at__isnull=False)).delete()


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    try:
        if len(endpoint) > _LONGEST:
            raise NotReached("not a web address")
        check_address(endpoint)
    except NotReached as error:
        sentence = why_not_reached(error)
        raise Invalid("invalid", sentence, fields={"endpoint": [sentence]}) from error
    try:
        webpush.check_keys(webpush.Target(endpoint, p256dh, auth))
    except ValueError as error:
        sentence = _("These are no keys of a browser’s push subscription. Send what the browser gave.")
        raise Invalid("invalid", sentence, fields={"keys": [sentence]}) from error
