"""One thing done to several people: a verdict for each before anything is done, then each by the service that does it to one.

A verdict is found by doing it and taking it back, one after the other in one transaction, so what is told beforehand is
what the services say, also where one person's change is in the way of another's.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import PeopleActionKind, PeopleActionState, RowVerdict, SiteRole
from accounts.models import PeopleAction, PeopleActionRow, User
from accounts.services.people import change_role, restore_user, suspend_user
from accounts.services.reasons import checked_reason
from core.authz import Actor, authorize
from core.errors import Conflict, DomainError, Invalid, NotAllowed
from core.realtime import announce_row
from core.slots import PEOPLE_COLUMNS
from core.tasks import enqueue

MOST = 500
# So many are done while the page waits; more are for a job.
AT_ONCE = 30
BATCH = 50


@transaction.atomic
def start_people_action(*, actor: User, kind: str, people: Iterable[User], **values: str) -> PeopleAction:
    """Look at what ``kind`` would do to each of ``people``, at most ``MOST``; nothing is done to them.

    ``values``: ``reason`` for suspending, ``role`` for a role, ``course`` and ``course_role`` for a course. Raises
    ``Invalid`` for those that make no sense, for nobody, or for too many.
    """
    authorize(actor, "accounts.add_peopleaction")
    chosen = list(people)
    if kind not in PeopleActionKind.values:
        raise _invalid("action", _("Choose what to do."))
    if not chosen:
        raise _invalid("ids", _("Choose at least one person."))
    if len(chosen) > MOST:
        raise _invalid("ids", _("Choose at most %(n)d people.") % {"n": MOST})
    action = PeopleAction.objects.create(user=actor, kind=kind, values=_checked(actor, kind, values))
    PeopleActionRow.objects.bulk_create([PeopleActionRow(action=action, user=user) for user in chosen])
    _go_on(action, len(chosen), "accounts.tasks.judge_people_action", judge_action)
    return action


@transaction.atomic
def apply_people_action(*, actor: Actor, action: PeopleAction) -> PeopleAction:
    """Do it. Raises ``Conflict`` ``action_under_way`` while it is looked at or applied, ``action_done`` afterwards."""
    authorize(actor, "accounts.add_peopleaction")
    stored: PeopleAction = PeopleAction.objects.select_for_update().get(pk=action.pk)
    if stored.is_under_way:
        raise Conflict("action_under_way", _("This is under way. Look again in a moment."))
    if stored.state == PeopleActionState.DONE:
        raise Conflict("action_done", _("This was done already. Choose the people again to do more."))
    stored.state = PeopleActionState.APPLYING
    stored.save(update_fields=["state"])
    _go_on(stored, stored.rows.count(), "accounts.tasks.apply_people_action", apply_action)
    return stored


def judge_action(*, action: PeopleAction) -> None:
    """Find the verdicts; for jobs. Doing it again ends the same."""
    if action.state != PeopleActionState.JUDGING:
        return
    rows = _rows(action)
    with transaction.atomic():
        _do(action, rows)
        # Taken back: sessions, log and queue with it.
        transaction.set_rollback(True)
    with transaction.atomic():
        PeopleActionRow.objects.bulk_update(rows, ["verdict", "reason"])
        action.state = PeopleActionState.READY
        action.save(update_fields=["state"])
        announce_row("people_action", action)


def apply_action(*, action: PeopleAction) -> None:
    """Do it to each, with the rights that who began it has now; for jobs. Who is done is passed over."""
    if action.state != PeopleActionState.APPLYING:
        return
    while rows := _rows(action, applied=False)[:BATCH]:
        with transaction.atomic():
            _do(action, rows)
            for row in rows:
                row.applied = True
            PeopleActionRow.objects.bulk_update(rows, ["verdict", "reason", "applied"])
            announce_row("people_action", action)
    action.state, action.finished_at = PeopleActionState.DONE, timezone.now()
    with transaction.atomic():
        action.save(update_fields=["state", "finished_at"])
        announce_row("people_action", action)


def _go_on(action: PeopleAction, count: int, path: str, step: Any) -> None:
    if count > AT_ONCE:
        enqueue(path, action_id=action.pk)
    else:
        step(action=action)


def _rows(action: PeopleAction, **wanted: Any) -> list[PeopleActionRow]:
    return list(action.rows.filter(**wanted).select_related("user").order_by("pk"))


def _do(action: PeopleAction, rows: list[PeopleActionRow]) -> None:
    actor, known = User.objects.get(pk=action.user_id), dict[Any, Any]()
    for row in rows:
        row.verdict, row.reason = RowVerdict.REFUSED, ""
        try:
            with transaction.atomic():
                authorize(actor, "accounts.add_peopleaction")
                changed = _DOERS[PeopleActionKind(action.kind)](actor, row.user, action.values, known)
        except DomainError as error:
            row.reason = str(error.message)
        except NotAllowed:
            row.reason = _("You may not do this.")
        else:
            row.verdict = RowVerdict.CHANGE if changed else RowVerdict.UNCHANGED


def _suspend(actor: User, user: User, values: dict[str, str], known: dict[Any, Any]) -> bool:
    before = (user.suspended_at, user.suspension_reason)
    stored = suspend_user(actor=actor, user=user, reason=values["reason"])
    return (stored.suspended_at, stored.suspension_reason) != before


def _reinstate(actor: User, user: User, values: dict[str, str], known: dict[Any, Any]) -> bool:
    restore_user(actor=actor, user=user)
    return not user.is_active


def _set_role(actor: User, user: User, values: dict[str, str], known: dict[Any, Any]) -> bool:
    if user.pk == actor.pk and values["role"] != user.role:
        raise Conflict("not_yourself", _("Your own role is not changed together with others."))
    change_role(actor=actor, user=user, role=values["role"])
    return user.role != values["role"]


def _add_to_course(actor: User, user: User, values: dict[str, str], known: dict[Any, Any]) -> bool:
    if not user.is_active:
        raise Conflict("account_ended", _("This account is closed or suspended. Open it again first."))
    changed = False
    for columns in PEOPLE_COLUMNS:
        if columns.changes(user, values, known):
            columns.take(actor, user, values, known)
            changed = True
    return changed


_DOERS = {
    PeopleActionKind.SUSPEND: _suspend,
    PeopleActionKind.REINSTATE: _reinstate,
    PeopleActionKind.ROLE: _set_role,
    PeopleActionKind.COURSE: _add_to_course,
}


def _checked(actor: User, kind: str, values: dict[str, str]) -> dict[str, str]:
    """What of ``values`` this kind takes, as it is stored."""
    if kind == PeopleActionKind.SUSPEND:
        return {"reason": checked_reason(values.get("reason", ""))}
    if kind == PeopleActionKind.ROLE:
        role = values.get("role", "")
        if role not in SiteRole.values:
            raise _invalid("role", _("Choose student, manager or admin."))
        return {"role": role}
    if kind == PeopleActionKind.COURSE:
        taken = {name: values[name] for name in ("course", "course_role") if values.get(name)}
        if "course" not in taken:
            raise _invalid("course", _("Name a course by its code or address."))
        for columns in PEOPLE_COLUMNS:
            if problem := columns.problem(actor, taken, {}):
                raise _invalid(*problem)
        return taken
    return {}


def _invalid(field: str, sentence: str) -> Invalid:
    return Invalid("invalid", sentence, fields={field: [sentence]})
