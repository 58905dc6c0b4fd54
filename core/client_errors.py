"""Errors in people's browsers: kept once for all that are alike, counted, forgotten after some time."""

import hashlib
import logging
import re
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.authz import Actor, authorize
from core.errors import Conflict
from core.events import Event, event, publish
from core.models import ClientError
from core.scrub import REMOVED, scrub_text

logger = logging.getLogger("aumbry.client_errors")

# More different ones than anybody reads; what comes beyond is only counted in the log.
MOST_KINDS = 1000

_QUERY = re.compile(r"[?#][^\s\"')\]]*")
_ORIGIN = re.compile(r"\b(?:https?|wss?|blob|file)://[^\s/\"')]*", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_LONG = re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])(?![0-9a-f]{8}-[0-9a-f]{4}-)[\w-]{24,}")
_DIGITS = re.compile(r"\d+")


@event
@dataclass(frozen=True, kw_only=True)
class ClientErrorResolved(Event):
    """An administrator marked an error in browsers as resolved, or took that back. Audience: administrators."""

    audience = "administrators"

    error_id: int
    resolved: bool


@dataclass(frozen=True)
class ClientReport:
    """What a browser tells of one error; the texts are not trusted."""

    kind: str
    message: str
    source: str = ""
    line: int = 0
    column: int = 0
    stack: str = ""
    page: str = ""
    browser: str = ""


def note_client_error(report: ClientReport) -> None:
    """Keep a report, or count it to those that are alike; a resolved one that comes again is open again."""
    now = timezone.now()
    message, source = _clean(report.message)[:500], _clean(report.source)[:300]
    fingerprint = _fingerprint(report.kind, message, source)
    if _count(fingerprint, now):
        return
    if ClientError.objects.count() >= MOST_KINDS:
        logger.warning("more errors in browsers than are kept", extra={"fingerprint": fingerprint})
        return
    try:
        with transaction.atomic():
            ClientError.objects.create(
                fingerprint=fingerprint,
                kind=report.kind,
                message=message,
                source=source,
                line=report.line,
                column=report.column,
                stack=_clean(report.stack)[:4000],
                page=_clean(report.page)[:300],
                browser=scrub_text(report.browser)[:200],
                first_seen=now,
                last_seen=now,
            )
    except IntegrityError:
        # Somebody else's browser told it at the same moment.
        _count(fingerprint, now)


def client_errors(*, search: str = "", resolved: bool | None = False) -> "QuerySet[ClientError]":
    """Errors in browsers, the latest first: open ones, resolved ones, or (None) all."""
    rows: QuerySet[ClientError] = ClientError.objects.order_by("-last_seen", "-pk")
    if resolved is not None:
        rows = rows.filter(resolved_at__isnull=not resolved)
    if search:
        rows = rows.filter(Q(message__icontains=search) | Q(source__icontains=search) | Q(page__icontains=search))
    return rows


@transaction.atomic
def resolve_client_error(*, actor: Actor, public_id: UUID, resolved: bool = True) -> ClientError:
    """Mark an error as resolved, or as open again. Raises ``Conflict`` ``client_error_gone``."""
    authorize(actor, "core.view_operations")
    row = ClientError.objects.select_for_update().filter(public_id=public_id).first()
    if row is None:
        raise Conflict("client_error_gone", _("This error is no longer kept. Reload the page to see which are."))
    if (row.resolved_at is not None) != resolved:
        row.resolved_at = timezone.now() if resolved else None
        row.save(update_fields=["resolved_at"])
        publish(ClientErrorResolved(actor_id=actor.pk, error_id=row.pk, resolved=resolved))
    return row


def _count(fingerprint: str, now: object) -> bool:
    rows = ClientError.objects.filter(fingerprint=fingerprint)
    return bool(rows.update(count=F("count") + 1, last_seen=now, resolved_at=None))


def _clean(text: str) -> str:
    """Without secrets, hosts, the values in addresses, people's addresses, and what looks like a token."""
    text = scrub_text(_QUERY.sub("", _ORIGIN.sub("", text)))
    return _LONG.sub(REMOVED, _EMAIL.sub(REMOVED, text))


def _fingerprint(kind: str, message: str, source: str) -> str:
    """The same for errors that differ in numbers only, and whatever hash the script's name carries."""
    plain = _DIGITS.sub("0", message)
    script = re.sub(r"\.[0-9a-f]{8,}(?=\.m?js)", "", source)
    return hashlib.sha256("\n".join((kind, plain, script)).encode()).hexdigest()
