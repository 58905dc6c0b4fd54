"""People from a table: sent, read by a job that says what each row would do, applied by another that does it.

A row is found again by its address, so the same table applied twice changes nothing the second time. Rows are judged
anew when they are applied. A job whose worker was killed goes on where it was.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.columns import guess_columns, known_fields
from accounts.enums import PeopleImportState, RowVerdict, SiteRole
from accounts.events import PeopleImported, RefusedRowsDownloaded, UserRegistered
from accounts.models import PeopleImport, PeopleImportRow, User
from accounts.selectors.imports import import_counts
from accounts.services.letters import send_invitation
from accounts.services.people import change_user
from accounts.tables import FORMULA, MOST_BYTES, TableUnreadable, rows_of
from accounts.validators import validate_address, validate_name, validate_phone, validate_time_zone
from core import normal
from core.authz import Actor, authorize
from core.errors import Conflict, DomainError, NotAllowed
from core.events import publish, publish_many
from core.realtime import announce_row
from core.slots import PEOPLE_COLUMNS
from core.tasks import enqueue

logger = logging.getLogger("aumbry.imports")

T = TypeVar("T")

BATCH = 250
_OWN_FIELDS = ("name", "role", "phone", "time_zone", "language")


@dataclass
class Judged:
    """A row with what it means. ``values`` are normal and checked; only those that the table says something of."""

    number: int
    cells: list[str]
    email: str = ""
    name: str = ""
    values: dict[str, str] = field(default_factory=dict)
    extras: dict[str, str] = field(default_factory=dict)
    verdict: RowVerdict = RowVerdict.REFUSED
    field: str = ""
    reason: str = ""

    def refuse(self, name: str, reason: object) -> None:
        self.verdict, self.field, self.reason = RowVerdict.REFUSED, name, str(reason)


@transaction.atomic
def start_people_import(
    *, actor: User, name: str, content: bytes, invite: bool = False, extras: bool = False
) -> PeopleImport:
    """Queue the reading of a table. Nothing is stored but the table, until it is applied.

    ``invite``: new people are mailed a link to choose a password. ``extras``: columns such as a course count, too.
    Raises ``TableUnreadable`` for a file that is too large or empty.
    """
    authorize(actor, "accounts.add_peopleimport")
    if not content:
        raise TableUnreadable(_("The file is empty."))
    if len(content) > MOST_BYTES:
        raise TableUnreadable(_("The file is larger than 5 MB. Split it, and import the parts one by one."))
    run = PeopleImport.objects.create(
        user=actor, name=normal.line(name)[:255] or "people", content=content, invite=invite, extras=extras
    )
    enqueue("accounts.tasks.read_people_import", run_id=run.pk)
    return run


@transaction.atomic
def map_columns(*, actor: Actor, run: PeopleImport, columns: dict[int, str]) -> PeopleImport:
    """Say which field each column is, by its place from 0, and have the table read again. A field stands once."""
    authorize(actor, "accounts.add_peopleimport")
    run = _locked(run)
    if run.is_under_way:
        raise _under_way()
    known = known_fields()
    chosen = {place: name for place, name in columns.items() if name in known and 0 <= place < len(run.headings)}
    if len(set(chosen.values())) != len(chosen):
        raise Conflict("column_twice", _("Two columns cannot be the same field. Leave one of them out."))
    run.columns = {str(place): name for place, name in sorted(chosen.items())}
    run.state, run.message, run.done, run.total = PeopleImportState.READING, "", 0, 0
    run.save(update_fields=["columns", "state", "message", "done", "total"])
    enqueue("accounts.tasks.read_people_import", run_id=run.pk)
    return run


@transaction.atomic
def apply_people_import(*, actor: Actor, run: PeopleImport) -> PeopleImport:
    """Queue the applying of a table that was read. Applying again judges every row again, and mostly changes nothing."""
    authorize(actor, "accounts.add_peopleimport")
    run = _locked(run)
    if run.state not in (PeopleImportState.READY, PeopleImportState.DONE):
        raise _under_way()
    run.rows.update(applied=False)
    run.state, run.done, run.finished_at = PeopleImportState.APPLYING, 0, None
    run.save(update_fields=["state", "done", "finished_at"])
    enqueue("accounts.tasks.apply_people_import", run_id=run.pk)
    return run


def note_refused_download(*, actor: Actor, run: PeopleImport) -> None:
    """Write down that ``actor`` fetches the refused rows of a table."""
    authorize(actor, "accounts.view_peopleimport", run)
    rows = run.rows.filter(verdict=RowVerdict.REFUSED).count()
    publish(RefusedRowsDownloaded(actor_id=actor.pk, import_id=run.pk, rows=rows))


def read_run(*, run: PeopleImport) -> None:
    """Read the table and store a verdict for each row; for jobs. Doing it again ends the same."""
    if run.state != PeopleImportState.READING:
        return
    try:
        rows = rows_of(bytes(run.content))
        _number, headings = next(rows, (0, []))
        run.headings = headings
        columns = {int(place): name for place, name in run.columns.items()} or guess_columns(headings)
        _require_columns(headings, columns)
        run.columns = {str(place): name for place, name in columns.items()}
        judged = _judge_all(run, rows)
        with transaction.atomic():
            run.rows.all().delete()
            for part in _batches(judged):
                PeopleImportRow.objects.bulk_create([_row(run, row) for row in part])
                run.total += len(part)
            run.state, run.message = PeopleImportState.READY, ""
            run.save(update_fields=["state", "headings", "columns", "total", "message"])
            announce_row("people_table", run)
    except TableUnreadable as error:
        _fail(run, str(error.message))


def apply_run(*, run: PeopleImport, now: datetime | None = None) -> None:
    """Do what the rows say, with the rights that their person has now; for jobs. What was done already is passed over."""
    if run.state != PeopleImportState.APPLYING:
        return
    actor = User.objects.get(pk=run.user_id)
    try:
        authorize(actor, "accounts.add_peopleimport")
    except NotAllowed:
        _fail(run, _("You may not add people any more. Nothing more of this table was applied."))
        return
    known: dict[Any, Any] = {}
    while rows := list(run.rows.filter(applied=False).order_by("number")[:BATCH]):
        with transaction.atomic():
            _apply_rows(actor, run, rows, known)
            run.done = run.rows.filter(applied=True).count()
            run.save(update_fields=["done"])
            announce_row("people_table", run)
    with transaction.atomic():
        counts = import_counts(run)
        run.state, run.finished_at = PeopleImportState.DONE, now or timezone.now()
        run.save(update_fields=["state", "finished_at"])
        announce_row("people_table", run)
        publish(
            PeopleImported(
                actor_id=actor.pk,
                import_id=run.pk,
                created=counts["create"],
                changed=counts["change"],
                unchanged=counts["unchanged"],
                refused=counts["refused"],
            )
        )


def mail_newcomers(*, user_ids: list[int]) -> None:
    """Mail people a link to choose a password, unless they have one by now; for jobs."""
    for user in User.objects.active().filter(pk__in=user_ids).order_by("pk"):
        if not user.has_usable_password():
            send_invitation(user)


def _judge_all(run: PeopleImport, rows: Iterator[tuple[int, list[str]]]) -> Iterator[Judged]:
    first_in: dict[str, int] = {}
    known: dict[Any, Any] = {}
    for part in _batches(rows):
        judged = [_parse(run, number, cells) for number, cells in part]
        for row in judged:
            if row.email and not row.reason and (before := first_in.setdefault(row.email, row.number)) != row.number:
                row.refuse("email", _("The same address is in row %(n)d.") % {"n": before})
        _judge(run.user, judged, known)
        yield from judged


def _batches(rows: Iterator[T]) -> Iterator[list[T]]:
    while part := list(islice(rows, BATCH)):
        yield part


def _parse(run: PeopleImport, number: int, cells: list[str]) -> Judged:
    """A row by itself: its values made normal and checked."""
    raw = {name: cells[int(place)] if int(place) < len(cells) else "" for place, name in run.columns.items()}
    row = Judged(number, cells)
    whole, first, last = (raw.get(part, "") for part in ("name", "first", "last"))
    # "Vorname" beside "Name": that is the last name.
    name = whole if whole and not (first and not last) else " ".join(filter(None, (first, last or whole)))
    row.name, row.email = normal.line(name), normal.email(raw.get("email", ""))
    values = {
        "name": row.name,
        "role": normal.line(raw.get("role", "")).lower(),
        "phone": normal.phone(raw.get("phone", ""), region=settings.PHONE_REGION),
        "time_zone": normal.line(raw.get("time_zone", "")),
        "language": normal.line(raw.get("language", "")).lower().replace("_", "-"),
    }
    row.values = {key: value for key, value in values.items() if value}
    if run.extras:
        own = {label for entry in PEOPLE_COLUMNS for label in entry.labels}
        row.extras = {key: normal.line(value) for key, value in raw.items() if key in own and value}
    for place, check in _CHECKS.items():
        try:
            check(row)
        except ValidationError as error:
            row.refuse(place, error.messages[0])
            break
    return row


def _check_email(row: Judged) -> None:
    if not row.email:
        raise ValidationError(_("There is no address in this row."))
    validate_address(row.email)


def _check_name(row: Judged) -> None:
    if not row.name:
        return
    if row.name.startswith(FORMULA):
        raise ValidationError(_("This looks like a formula of a spreadsheet, not like a name."))
    if len(row.name) > 150:
        raise ValidationError(_("Use a shorter form of the name, at most %(n)d characters.") % {"n": 150})
    validate_name(row.name)


def _check_role(row: Judged) -> None:
    if "role" in row.values and row.values["role"] not in SiteRole.values:
        raise ValidationError(_("Choose one of: %(choices)s.") % {"choices": ", ".join(SiteRole.values)})


def _check_language(row: Judged) -> None:
    # A table of another system may have languages that this site does not: that is no reason to refuse anybody.
    if row.values.get("language", "") not in dict(settings.LANGUAGES):
        row.values.pop("language", None)


def _check_signs(row: Judged) -> None:
    if any("\ufffd" in cell or "\0" in cell for cell in row.cells):
        raise ValidationError(_("Some signs of this row cannot be read. Save the table as CSV in UTF-8."))


_CHECKS = {
    "": _check_signs,
    "email": _check_email,
    "name": _check_name,
    "role": _check_role,
    "phone": lambda row: validate_phone(row.values.get("phone", "")),
    "time_zone": lambda row: validate_time_zone(row.values.get("time_zone", "")),
    "language": _check_language,
}


def _judge(actor: Any, rows: list[Judged], known: dict[Any, Any]) -> dict[str, User]:
    """Give rows that nothing is wrong with their verdict; returns who has an account already, by address."""
    sound = [row for row in rows if not row.reason]
    people = {user.email: user for user in User.objects.filter(email__in=[row.email for row in sound])}
    for row in sound:
        user = people.get(row.email)
        if user is None and not row.name:
            row.refuse("name", _("There is no name in this row, and nobody with this address."))
        elif user is not None and not user.is_active:
            row.refuse("email", _("This account is closed or suspended. Open it on the person’s page first."))
        elif "admin" in (row.values.get("role"), user.role if user and "role" in row.values else None) and (
            user is None or user.role != row.values["role"]
        ):
            row.refuse("role", _("Admins are made and unmade one by one, on the person’s page."))
        else:
            row.verdict = _verdict(row, user)
            for entry in PEOPLE_COLUMNS if row.extras else ():
                if problem := entry.problem(actor, row.extras, known):
                    row.refuse(*problem)
                    break
                if row.verdict == RowVerdict.UNCHANGED and entry.changes(user, row.extras, known):
                    row.verdict = RowVerdict.CHANGE
    return people


def _verdict(row: Judged, user: User | None) -> RowVerdict:
    if user is None:
        return RowVerdict.CREATE
    return RowVerdict.CHANGE if _changes(row, user) else RowVerdict.UNCHANGED


def _changes(row: Judged, user: User) -> dict[str, str]:
    return {key: value for key, value in row.values.items() if getattr(user, key) != value}


def _apply_rows(actor: User, run: PeopleImport, rows: list[PeopleImportRow], known: dict[Any, Any]) -> None:
    judged = [_parse(run, row.number, row.cells) for row in rows]
    earlier = set(
        run.rows.filter(email__in=[row.email for row in judged if row.email])
        .exclude(verdict=RowVerdict.REFUSED)
        .values_list("email", "number")
    )
    first: dict[str, int] = {}
    for email, number in sorted(earlier, key=lambda pair: pair[1]):
        first.setdefault(email, number)
    for row in judged:
        if not row.reason and first.get(row.email, row.number) < row.number:
            row.refuse("email", _("The same address is in row %(n)d.") % {"n": first[row.email]})
    people = _judge(actor, judged, known)
    _create(actor, run, [row for row in judged if row.verdict == RowVerdict.CREATE], people)
    for row in judged:
        if row.verdict in (RowVerdict.CREATE, RowVerdict.CHANGE):
            _change(actor, row, people[row.email], known)
    for stored, row in zip(rows, judged, strict=True):
        stored.verdict, stored.field, stored.reason, stored.applied = row.verdict, row.field, row.reason, True
        stored.name, stored.email = row.name[:150], row.email[:254]
    PeopleImportRow.objects.bulk_update(rows, ["verdict", "field", "reason", "applied", "name", "email"])


def _create(actor: User, run: PeopleImport, rows: list[Judged], people: dict[str, User]) -> None:
    """Accounts without a password: no hash is worked out, and nobody signs in until they have chosen one."""
    try:
        with transaction.atomic():
            made = User.objects.bulk_create(
                User(email=row.email, password=make_password(None), **row.values) for row in rows
            )
    except IntegrityError:
        # Somebody made one of them in this moment: judge the batch again.
        raise Conflict("email_taken", _("Some of these people have just been added by somebody else.")) from None
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in made
    )
    publish_many([UserRegistered(actor_id=actor.pk, user_id=user.pk) for user in made])
    people |= {user.email: user for user in made}
    if run.invite and made:
        enqueue("accounts.tasks.mail_newcomers", user_ids=[user.pk for user in made])


def _change(actor: User, row: Judged, user: User, known: dict[Any, Any]) -> None:
    try:
        with transaction.atomic():
            if changes := _changes(row, user):
                change_user(actor=actor, user=user, **changes)
            for entry in PEOPLE_COLUMNS if row.extras else ():
                entry.take(actor, user, row.extras, known)
    except DomainError as error:
        place, sentences = next(iter(error.fields.items()), ("", [error.message]))
        row.refuse(place, sentences[0] if sentences else error.message)


def _row(run: PeopleImport, row: Judged) -> PeopleImportRow:
    return PeopleImportRow(
        run=run,
        number=row.number,
        # No database but SQLite keeps a null sign.
        cells=[cell.replace("\0", "\ufffd") for cell in row.cells],
        name=row.name[:150].replace("\0", "\ufffd"),
        email=row.email[:254].replace("\0", "\ufffd"),
        verdict=row.verdict,
        field=row.field,
        reason=row.reason,
    )


def _require_columns(headings: list[str], columns: dict[int, str]) -> None:
    found = set(columns.values())
    if "email" in found and found & {"name", "first", "last"}:
        return
    if not headings:
        raise TableUnreadable(_("The table is empty."))
    raise TableUnreadable(
        _("The first row must name the columns, among them one for the email and one for the name. It has: %(given)s.")
        % {"given": ", ".join(heading[:40] for heading in headings if heading)[:400]}
    )


def _locked(run: PeopleImport) -> PeopleImport:
    stored: PeopleImport = PeopleImport.objects.select_for_update(of=("self",)).get(pk=run.pk)
    return stored


def _fail(run: PeopleImport, message: str) -> None:
    run.state, run.message, run.finished_at = PeopleImportState.FAILED, message, timezone.now()
    with transaction.atomic():
        run.save(update_fields=["state", "message", "finished_at", "headings"])
        announce_row("people_table", run)


def _under_way() -> Conflict:
    return Conflict(
        "import_under_way", _("This table is being read or applied, or could not be read. Reload the page.")
    )
