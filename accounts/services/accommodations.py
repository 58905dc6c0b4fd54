"""What students are given to make up for a disadvantage. Quizzes, dates and tries ask ``accounts.selectors.accommodations``."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.events import AccommodationChanged
from accounts.models import Accommodation, User
from accounts.validators import validate_about
from core import normal
from core.authz import Actor, authorize
from core.errors import Conflict, Invalid, Stale
from core.events import publish

FIELDS = frozenset({"time_factor", "extra_attempts", "extra_days", "break_minutes", "note", "starts_on", "ends_on"})


@transaction.atomic
def give_accommodation(*, actor: Actor, user: User, course_id: int | None = None, **values: Any) -> Accommodation:
    """Give ``user`` what ``values`` (of ``FIELDS``) say, in one course or in all.

    Raises ``Invalid`` for values that make no sense or give nothing.
    """
    row = Accommodation(user=user, course_id=course_id, given_by=actor if isinstance(actor, User) else None)
    authorize(actor, "accounts.change_accommodation", row)
    _set(row, values)
    row.save(force_insert=True)
    _tell(actor, row, before=None, note_changed=bool(row.note))
    return row


@transaction.atomic
def change_accommodation(
    *, actor: Actor, accommodation: Accommodation, version: int | None = None, **values: Any
) -> Accommodation:
    """Change ``values``; for whom and where stays. Raises ``Stale``, ``Invalid``, ``Conflict`` ``accommodation_ended``."""
    authorize(actor, "accounts.change_accommodation", accommodation)
    stored = _locked(accommodation)
    if stored.ended_at is not None:
        raise Conflict("accommodation_ended", _("This accommodation has ended. Give a new one."))
    if version is not None and version != stored.version:
        raise Stale(current_version=stored.version)
    before, note = stored.summary, stored.note
    _set(stored, values)
    if (stored.summary, stored.note) != (before, note):
        stored.version += 1
        stored.save()
        _tell(actor, stored, before=before, note_changed=stored.note != note)
    return stored


@transaction.atomic
def end_accommodation(*, actor: Actor, accommodation: Accommodation) -> Accommodation:
    """It counts no more from now on. Ending it twice changes nothing."""
    authorize(actor, "accounts.change_accommodation", accommodation)
    stored = _locked(accommodation)
    if stored.ended_at is None:
        stored.ended_at = timezone.now()
        stored.version += 1
        stored.save(update_fields=["ended_at", "version", "updated_at"])
        _tell(actor, stored, before=stored.summary, after=None, note_changed=False)
    return stored


def _locked(accommodation: Accommodation) -> Accommodation:
    rows = Accommodation.objects.select_for_update(of=("self",)).select_related("user")
    stored: Accommodation = rows.get(pk=accommodation.pk)
    return stored


def _set(row: Accommodation, values: dict[str, Any]) -> None:
    if unknown := values.keys() - FIELDS:
        raise Invalid("invalid", _("Some of this cannot be set."), fields={k: [] for k in sorted(unknown)})
    for name, value in values.items():
        setattr(row, name, normal.paragraphs(value) if name == "note" else value)
    try:
        validate_about(row.note)
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        fields = error.message_dict if hasattr(error, "error_dict") else {"note": error.messages}
        raise Invalid("invalid", _("Some values cannot be used. Nothing was stored."), fields=fields) from error
    if row.ends_on is not None and row.ends_on < row.starts_on:
        sentence = _("The last day cannot be before the first.")
        raise Invalid("invalid", sentence, fields={"ends_on": [sentence]})
    if row.time_factor == Decimal(1) and not (row.extra_attempts or row.extra_days or row.break_minutes):
        sentence = _("Give at least one of these: more time, more tries, more days or breaks.")
        raise Invalid("nothing_given", sentence, fields={"time_factor": [sentence]})


_SAME: Any = object()


def _tell(actor: Actor, row: Accommodation, *, before: str | None, after: Any = _SAME, note_changed: bool) -> None:
    publish(
        AccommodationChanged(
            actor_id=actor.pk,
            user_id=row.user_id,
            accommodation_id=row.pk,
            course_id=row.course_id,
            before=before,
            after=row.summary if after is _SAME else after,
            note_changed=note_changed,
        )
    )
