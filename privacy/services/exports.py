"""All that is kept of a person as an archive: asked for, made by a job, fetched by the person or by who asked."""

import logging
import zipfile
from datetime import timedelta
from io import RawIOBase
from typing import BinaryIO

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.letters import send_letter, site_link
from core import normal
from core.authz import authorize
from core.errors import Conflict, Invalid, NotAllowed
from core.events import publish
from core.slots import PERSONAL_FILES, PersonalFile
from core.tasks import enqueue
from files.sealing.stream import Tampered
from privacy import storage
from privacy.enums import PersonalExportState
from privacy.events import PersonalExportAsked, PersonalExportFetched, PersonalExportFinished
from privacy.models import PersonalExport
from privacy.selectors import days_of, encode, exported_tables, json_rows, true_state

logger = logging.getLogger("aumbry.privacy")

FORMAT = 1
# The rule of retention that says how long.
KIND = "personal_exports"
MOST_REASON = 300
MOST_STARTS = 4
_COPY = 256 * 1024
_UNDER_WAY = (PersonalExportState.QUEUED, PersonalExportState.RUNNING)


def ask_export(*, actor: User, user: User, reason: str = "") -> PersonalExport:
    """Have a job collect all that is kept of ``user``; while one is being made for ``actor``, this is that one.

    Who asks for somebody else's gives a reason, which the person can read. Raises ``Invalid`` without one, ``Conflict``
    ``person_erased``.
    """
    authorize(actor, "privacy.export_person", user)
    reason = checked_reason(reason, needed=actor.pk != user.pk)
    if user.erased_at is not None:
        raise Conflict("person_erased", _("This person was erased: there is nothing left to collect."))
    try:
        with transaction.atomic():
            rows = PersonalExport.objects.select_for_update().filter(user=user, asked_by=actor, state__in=_UNDER_WAY)
            under_way = rows.first()
            if under_way is not None:
                if true_state(under_way) != PersonalExportState.FAILED:
                    return under_way
                # Its job is gone: nobody will ever finish it.
                fail_export(export=under_way)
            made = PersonalExport.objects.create(user=user, asked_by=actor, reason=reason)
            made.job_id = enqueue("privacy.tasks.collect", export_id=made.pk)
            made.save(update_fields=["job_id"])
            publish(PersonalExportAsked(actor_id=actor.pk, user_id=user.pk, export_id=made.pk))
            return made
    except IntegrityError:
        # The same person asked twice at the same moment.
        return PersonalExport.objects.filter(user=user, asked_by=actor).latest("pk")


def run_export(*, export: PersonalExport) -> PersonalExport:
    """Collect it with the rights that who asked has now; one that is over is left as it is."""
    begun = _begin(export)
    if begun is None:
        return export
    if begun.starts > MOST_STARTS:
        return fail_export(export=begun)
    asker = begun.asked_by
    if not asker.is_active or not asker.has_perm("privacy.export_person", begun.user):
        return fail_export(export=begun, message=_("Who asked for it may not have it any more."))
    try:
        with storage.writing(begun) as target:
            write_archive(begun.user, target)
        storage.keep(begun)
        return _finish(begun, target.size)
    except (OperationalError, InterfaceError):
        # Locked or away for a moment; the job tries again, and the row counts how often it began.
        raise
    except OSError as error:
        logger.warning("archive of personal data not written", extra={"export": begun.pk, "error": str(error)})
        sentence = _("There was no room for the archive. Tell the site’s administrator, then ask again.")
        return fail_export(export=begun, message=sentence)
    except Exception:
        logger.exception("archive of personal data broke off", extra={"export": begun.pk})
        return fail_export(export=begun)


def write_archive(person: User, stream: RawIOBase) -> None:
    """Write all that is kept of ``person`` as a ZIP to ``stream``: a JSON file for each area, then the person's files.

    Nothing is held whole in memory: rows go from the database into the archive, files in pieces.
    """
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        areas = []
        for table in exported_tables():
            rows = 0
            with archive.open(f"data/{table.area}.json", "w", force_zip64=True) as target:
                for number, text in enumerate(json_rows(table, person.pk)):
                    target.write(text.encode())
                    rows = max(0, number - 1)
            areas.append({"file": f"data/{table.area}.json", "rows": rows, "fields": list(table.fields)})
        files = [_add_file(archive, file) for source in PERSONAL_FILES for file in source(person)]
        about = {
            "format": FORMAT,
            "site": settings.SITE_NAME,
            "address": settings.SITE_URL,
            "person": str(person.public_id),
            "made_at": timezone.now(),
            "areas": areas,
            "files": files,
        }
        archive.writestr("index.json", encode(about))


def open_export(*, actor: User, export: PersonalExport) -> BinaryIO:
    """The archive's bytes for the person themselves or for who asked for it; each time is noted.

    Raises ``Conflict``: ``export_not_ready``, ``export_gone`` when it was kept long enough.
    """
    if actor.pk not in (export.user_id, export.asked_by_id):
        raise NotAllowed("privacy.export_person")
    authorize(actor, "privacy.export_person", export.user)
    if export.state != PersonalExportState.DONE:
        raise Conflict("export_not_ready", _("This archive is not ready. Look at the list again in a moment."))
    if not export.is_ready:
        raise _gone()
    try:
        handle = storage.open_archive(export)
    except FileNotFoundError:
        raise _gone() from None
    except Tampered:
        logger.exception("archive of personal data was changed in storage", extra={"export": export.pk})
        raise _gone() from None
    publish(PersonalExportFetched(actor_id=actor.pk, user_id=export.user_id, export_id=export.pk))
    return handle


@transaction.atomic
def fail_export(*, export: PersonalExport, message: str = "") -> PersonalExport:
    """End one that is under way without an archive."""
    found = PersonalExport.objects.select_for_update().get(pk=export.pk)
    if found.is_over:
        return found
    sentence = message or _("Something went wrong here. Ask once more; if it happens again, tell the administrator.")
    storage.remove(found)
    return _close(found, PersonalExportState.FAILED, message=sentence)


def remove_exports(exports: "QuerySet[PersonalExport]") -> None:
    """Delete archives with their bytes: bytes first, so that none are left without a row that knows of them."""
    rows = list(exports)
    for row in rows:
        storage.remove(row)
    PersonalExport.objects.filter(pk__in=[row.pk for row in rows]).delete()


def checked_reason(reason: str, *, needed: bool) -> str:
    """The reason as it is stored. Raises ``Invalid`` for one that is missing or too long."""
    reason = normal.line(reason)
    if len(reason) > MOST_REASON or (needed and not reason):
        sentence = _("Give a reason of at most %(n)d characters.") % {"n": MOST_REASON}
        raise Invalid("invalid", sentence, fields={"reason": [sentence]})
    return reason


def _add_file(archive: zipfile.ZipFile, file: PersonalFile) -> dict[str, object]:
    name = f"files/{file.name}"
    # Pictures and films are packed already.
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_STORED
    size = 0
    try:
        with file.opened() as source, archive.open(entry, "w", force_zip64=True) as target:
            while piece := source.read(_COPY):
                target.write(piece)
                size += len(piece)
    except FileNotFoundError:
        return {"file": name, "missing": True}
    except Tampered:
        logger.exception("a file of a personal archive is not what was stored", extra={"file": name})
        return {"file": name, "size": size, "broken": True}
    return {"file": name, "size": size}


@transaction.atomic
def _begin(export: PersonalExport) -> PersonalExport | None:
    rows = PersonalExport.objects.select_for_update(of=("self",)).select_related("user", "asked_by")
    found: PersonalExport | None = rows.filter(pk=export.pk).first()
    if found is None or found.is_over:
        return None
    found.state, found.starts = PersonalExportState.RUNNING, found.starts + 1
    found.save(update_fields=["state", "starts"])
    return found


@transaction.atomic
def _finish(export: PersonalExport, size: int) -> PersonalExport:
    found = PersonalExport.objects.select_for_update().filter(pk=export.pk).first()
    if found is None or found.is_over:
        # The person was erased in the meantime.
        storage.remove(export)
        return export
    days = days_of(KIND) or 1
    found.key_name, found.wrapped_key = export.key_name, export.wrapped_key
    found.size, found.expires_at = size, timezone.now() + timedelta(days=days)
    closed = _close(found, PersonalExportState.DONE)
    if closed.user_id == closed.asked_by_id:
        send_letter(
            "privacy/email/export_ready",
            to=export.user.email,
            days=days,
            link=site_link(reverse("privacy:own-data")),
        )
    return closed


def _close(export: PersonalExport, state: PersonalExportState, *, message: str = "") -> PersonalExport:
    export.state, export.finished_at, export.message = state, timezone.now(), Truncator(message).chars(500)
    export.save(update_fields=["state", "finished_at", "message", "size", "expires_at", "key_name", "wrapped_key"])
    fact = PersonalExportFinished(actor_id=export.asked_by_id, user_id=export.user_id, export_id=export.pk, state=state)
    publish(fact)
    return export


def _gone() -> Conflict:
    return Conflict("export_gone", _("This archive was kept long enough and is gone. Ask for a new one."))
