"""Lists of people, and what is known of their addresses."""

from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Q

from accounts.enums import SiteRole
from accounts.models import User
from accounts.querysets import UserQuerySet

# What a list may be ordered by, as the API names it.
ORDERINGS = {
    "name": ("name", "id"),
    "-name": ("-name", "-id"),
    "email": ("email",),
    "-email": ("-email",),
    "joined_at": ("date_joined", "id"),
    "-joined_at": ("-date_joined", "-id"),
}


def list_people(viewer: Any, *, q: str = "", role: str = "", state: str = "", ordering: str = "name") -> UserQuerySet:
    """The people ``viewer`` may see.

    ``q``: every word is part of the name or the email. ``role``: a site role. ``state``: "" open
    accounts, "ended" closed ones, "all" both. What is none of these is passed over.
    """
    people: UserQuerySet = User.objects.visible_to(viewer)
    for word in q.replace("\0", "").split()[:8]:
        people = people.filter(Q(name__icontains=word) | Q(email__icontains=word))
    if role in SiteRole.values:
        people = people.filter(role=role)
    if state != "all":
        people = people.filter(is_active=state != "ended")
    return people.order_by(*ORDERINGS.get(ordering, ORDERINGS["name"]))


def has_confirmed_email(user: User) -> bool:
    """Whether the person has followed the link sent to their address, or an administrator vouched for it."""
    confirmed: bool = EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()
    return confirmed


def admins_without_address() -> UserQuerySet:
    """Admins who have no address on record, confirmed or not, because a command made them."""
    people: UserQuerySet = User.objects.active().filter(role=SiteRole.ADMIN, emailaddress=None)
    return people
