"""Lists of people, and what those who look after them read about one."""

from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Q
from django.utils import timezone

from accounts.enums import SiteRole
from accounts.models import ApiKey, Device, Invitation, User
from accounts.models.user import NEVER
from accounts.querysets import UserQuerySet
from accounts.selectors.own import factor_kinds, own_devices, own_keys
from accounts.selectors.reasons import facts_with_reasons
from core.cursor import CursorPage, cursor_page
from core.models import EventLog
from core.slots import PEOPLE_FILTERS

# What a list may be ordered by, as the API names it. The last field of each tells any two people apart.
ORDERINGS = {
    "name": ("name", "id"),
    "-name": ("-name", "-id"),
    "email": ("email",),
    "-email": ("-email",),
    "joined_at": ("date_joined", "id"),
    "-joined_at": ("-date_joined", "-id"),
    "seen_at": ("last_seen_at", "id"),
    "-seen_at": ("-last_seen_at", "-id"),
}
STATES = ("open", "suspended", "ended", "all")
SEEN = ("week", "month", "quiet", "never")
_QUIET_AFTER = timedelta(days=90)
_TRAIL = 20


def list_people(
    viewer: Any, *, q: str = "", role: str = "", state: str = "", factor: str = "", seen: str = "", **more: str
) -> UserQuerySet:
    """The people ``viewer`` may see, in no order.

    ``q``: every word is part of the name or the email. ``role``: a site role. ``state``: one of ``STATES``, open if
    left out. ``factor``: "yes" or "no". ``seen``: one of ``SEEN``; "quiet" was not here for 90 days. ``more``: filters of
    ``PEOPLE_FILTERS`` by name. What is none of these is passed over.
    """
    people: UserQuerySet = User.objects.visible_to(viewer)
    for word in q.replace("\0", "").split()[:8]:
        people = people.filter(Q(name__icontains=word) | Q(email__icontains=word))
    if role in SiteRole.values:
        people = people.filter(role=role)
    if state in ("suspended", "ended"):
        # Few, with an index of their own.
        people = people.filter(**{f"{state}_at__isnull": False})
    elif state != "all":
        people = people.filter(is_active=True)
    if factor in ("yes", "no"):
        people = people.filter(has_second_factor=factor == "yes")
    now = timezone.now()
    if seen in ("week", "month"):
        people = people.filter(last_seen_at__gte=now - timedelta(days=7 if seen == "week" else 30))
    elif seen == "quiet":
        people = people.filter(last_seen_at__lt=now - _QUIET_AFTER, last_seen_at__gt=NEVER)
    elif seen == "never":
        people = people.filter(last_seen_at=NEVER)
    for name, entry in PEOPLE_FILTERS.items():
        if value := more.get(name, "").replace("\0", "").strip():
            people = people.filter(pk__in=entry.ids(viewer, value))
    return people


def people_page(
    viewer: Any, *, cursor: str = "", size: int = 25, ordering: str = "name", **filters: str
) -> CursorPage[User]:
    """A page of ``list_people`` in an order of ``ORDERINGS``, in one query. Raises ``core.cursor.BadCursor``."""
    by = ORDERINGS.get(ordering, ORDERINGS["name"])
    return cursor_page(list_people(viewer, **filters), by, size=size, cursor=cursor)


@dataclass(frozen=True)
class LoggedEvent:
    """An entry of the event log as a person's page shows it; ``actor`` is None for the site itself."""

    at: Any
    name: str
    actor: User | None
    impersonator: User | None
    facts: dict[str, Any]


@dataclass(frozen=True)
class PersonFile:
    """What an administrator sees of somebody beside their profile."""

    confirmed: bool
    factors: list[str]
    devices: list[Device]
    keys: list[ApiKey]
    invitation: Invitation | None
    trail: list[LoggedEvent]


def person_file(user: User) -> PersonFile:
    """How somebody signs in, with what, and what happened to the account lately."""
    return PersonFile(
        confirmed=has_confirmed_email(user),
        factors=factor_kinds(user) if user.has_second_factor else [],
        devices=list(own_devices(user)[:10]),
        keys=list(own_keys(user)[:10]),
        invitation=Invitation.objects.filter(taken__user=user).select_related("made_by").order_by("-pk").first(),
        trail=events_about(user),
    )


def events_about(user: User, *, most: int = _TRAIL) -> list[LoggedEvent]:
    """The latest of what happened to ``user`` and of what they did, the newest first."""
    entries: dict[int, EventLog] = {}
    for side in ("person_id", "actor_id"):
        entries |= {entry.pk: entry for entry in EventLog.objects.filter(**{side: user.pk}).order_by("-pk")[:most]}
    latest = sorted(entries.values(), key=attrgetter("pk"), reverse=True)[:most]
    acting = {number for entry in latest for number in (entry.actor_id, entry.impersonator_id) if number is not None}
    actors = User.objects.in_bulk(acting)
    told = facts_with_reasons(latest, {user.pk} if user.erased_at else ())
    return [
        LoggedEvent(
            entry.at,
            entry.name,
            actors.get(entry.actor_id or 0),
            actors.get(entry.impersonator_id or 0),
            {key: value for key, value in told[entry.pk].items() if not key.endswith("_id")},
        )
        for entry in latest
    ]


def has_confirmed_email(user: User) -> bool:
    """Whether the person has followed the link sent to their address, or an administrator vouched for it."""
    confirmed: bool = EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()
    return confirmed


def admins_without_address() -> UserQuerySet:
    """Admins who have no address on record, confirmed or not, because a command made them."""
    people: UserQuerySet = User.objects.active().filter(role=SiteRole.ADMIN, emailaddress=None)
    return people
