"""Single sign-on: the connections, who is linked by them, and what would happen to somebody who comes."""

import uuid
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.enums import ConnectionKind
from accounts.identity import Identity
from accounts.models import Connection, User
from accounts.validators import normalise_email

KINDS = [kind.value for kind in ConnectionKind]


BUTTONS_KEY = "accounts.sign-in-buttons"
# So long the page of another process may show a connection that was changed.
_KEPT_SECONDS = 60


@dataclass(frozen=True)
class Outcome:
    """``step``: known, link, new, ask (sign in once with the password, or be made here), refused."""

    step: str
    sentence: str
    user: User | None = None
    may_be_made: bool = False


@dataclass(frozen=True)
class Link:
    """A way in of somebody's by a connection."""

    connection: Connection
    email: str
    last_used: Any


def all_connections() -> QuerySet[Connection]:
    rows: QuerySet[Connection] = Connection.objects.filter(provider__in=KINDS).order_by("name", "pk")
    return rows


def open_connections() -> list[Connection]:
    """Those that people sign in by, in the order of the buttons. One query."""
    return [connection for connection in all_connections() if connection.enabled]


@dataclass(frozen=True)
class Button:
    """What the sign-in page says of a connection."""

    public_id: str
    name: str


def sign_in_buttons() -> list[Button]:
    """The buttons of the sign-in page, in their order; kept for a minute, since strangers open that page all day."""
    kept: list[Button] | None = cache.get(BUTTONS_KEY)
    if kept is None:
        kept = [Button(str(connection.public_id), connection.name) for connection in open_connections()]
        cache.set(BUTTONS_KEY, kept, _KEPT_SECONDS)
    return kept


def connection_of(public_id: uuid.UUID) -> Connection:
    """The connection, or 404."""
    return get_object_or_404(all_connections(), provider_id=str(public_id))


def own_links(user: Any) -> list[Link]:
    """The person's ways in by connections, one each. Two queries at most."""
    rows = {row.provider: row for row in SocialAccount.objects.filter(user_id=user.pk).order_by("pk")}
    if not rows:
        return []
    by_id = {connection.provider_id: connection for connection in all_connections().filter(provider_id__in=rows)}
    return [
        Link(by_id[name], str(row.extra_data.get("email", "")), row.last_login)
        for name, row in rows.items()
        if name in by_id
    ]


def outcome(connection: Connection, identity: Identity) -> Outcome:
    """What happens to somebody who comes by ``connection``. Writes nothing."""
    linked = SocialAccount.objects.select_related("user").filter(provider=connection.provider_id, uid=identity.uid)
    if account := linked.first():
        if not account.user.is_active:
            return Outcome("refused", _("The account that belongs to this sign-in is closed."), account.user)
        return Outcome("known", _("Signs in as %(who)s.") % {"who": account.user.email}, account.user)
    email = _usable(identity.email)
    if connection.domains and email.rpartition("@")[2] not in connection.domains:
        return Outcome("refused", _("Only addresses of certain domains may use this way to sign in."))
    proven = bool(email) and identity.email_verified and connection.trusts_addresses
    if not proven:
        return Outcome(
            "ask",
            _("Nobody is linked yet. The person signs in once with a password, and is linked then."),
            may_be_made=connection.makes_people and bool(email),
        )
    user = User.objects.filter(email=email).first()
    if user is not None:
        if not user.is_active:
            return Outcome("refused", _("The account that belongs to this sign-in is closed."), user)
        return Outcome("link", _("Is linked to the account of %(who)s.") % {"who": user.email}, user)
    if not connection.makes_people:
        return Outcome("refused", _("There is no account with this address here, and this way to sign in makes none."))
    return Outcome("new", _("Gets a new account as a student, with the address %(who)s.") % {"who": email})


def has_another_way_in(user: User, connection: Connection) -> bool:
    """Whether the person can still sign in without ``connection``: a password, a passkey, or another connection."""
    if user.has_usable_password() or Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists():
        return True
    others = SocialAccount.objects.filter(user=user).exclude(provider=connection.provider_id)
    usable = {other.provider_id for other in open_connections()}
    return any(other.provider in usable for other in others)


def _usable(email: str) -> str:
    try:
        cleaned = normalise_email(email)
        validate_email(cleaned)
    except ValidationError:
        return ""
    return cleaned
