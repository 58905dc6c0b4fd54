"""What people read about their own account."""

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.email_links import LinkRefused, read_link
from accounts.enums import DeviceKind
from accounts.models import ApiKey, Device, EmailChange, LateForm, User
from accounts.selectors.connections import open_connections, own_links
from accounts.selectors.policies import second_factor_due


def own_keys(user: Any) -> QuerySet[ApiKey]:
    """The person's keys that can be used, newest first."""
    rows = ApiKey.objects.filter(user_id=user.pk, ended_at__isnull=True, expires_at__gt=timezone.now())
    return rows.order_by("-pk")


def own_devices(user: Any) -> QuerySet[Device]:
    """Where the person is signed in, the one used last first. A program whose tokens have run out is no longer."""
    rows: QuerySet[Device] = Device.objects.open().filter(user_id=user.pk)
    live = Q(kind=DeviceKind.BROWSER) | Q(token_families__expires_at__gt=timezone.now())
    return rows.filter(live).distinct().order_by("-last_seen_at", "-pk")


def late_form(public_id: UUID, *, visitor: str) -> LateForm | None:
    """The form that waits for this browser, whoever signs in."""
    forms = LateForm.objects.filter(public_id=public_id, visitor=visitor, expires_at__gt=timezone.now())
    return forms.first() if visitor else None


def security_page(user: User) -> dict[str, Any]:
    """What the page “Signing in” shows of one's own account; a part of the page each."""
    links = own_links(user)
    linked = {link.connection.pk for link in links}
    return {
        "email": user.email,
        "factors": own_factors(user),
        "email_change": open_email_change(user),
        "links": links,
        "linkable": [connection for connection in open_connections() if connection.pk not in linked],
    }


def own_factors(user: User) -> dict[str, Any]:
    """The person's second factors, and until when their role lets them go without."""
    rows = list(Authenticator.objects.filter(user_id=user.pk).order_by("pk"))
    by_kind = {row.type: row for row in rows}
    recovery = by_kind.get(Authenticator.Type.RECOVERY_CODES)
    return {
        "totp": by_kind.get(Authenticator.Type.TOTP),
        "passkeys": [row for row in rows if row.type == Authenticator.Type.WEBAUTHN],
        "codes_left": len(recovery.wrap().get_unused_codes()) if recovery else 0,
        "has_some": user.has_second_factor,
        "due": second_factor_due(user),
    }


def factor_kinds(user: User) -> list[str]:
    """The kinds of second factor that the person has; recovery codes among them while some are left."""
    own = own_factors(user)
    kinds = {"totp": own["totp"], "webauthn": own["passkeys"], "recovery_codes": own["codes_left"]}
    return [kind for kind, some in kinds.items() if some]


def open_email_change(user: User) -> EmailChange | None:
    """The change of address that waits for mailboxes to say yes."""
    rows = EmailChange.objects.filter(user_id=user.pk, ended_at__isnull=True, expires_at__gt=timezone.now())
    return rows.first()


def email_change_of_link(token: str) -> tuple[EmailChange, str]:
    """The waiting change that a mailed link is about, and what the link says; raises ``LinkRefused``."""
    link = read_link(token)
    rows = EmailChange.objects.filter(public_id=link.change, ended_at__isnull=True, expires_at__gt=timezone.now())
    change = rows.filter(user__is_active=True).first()
    if change is None:
        raise LinkRefused
    return change, link.what
