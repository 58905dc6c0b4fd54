"""A person is erased: what tells who they were goes, what others count on stays.

It runs in steps, each in a transaction of its own that also notes that it is done. Whatever breaks off goes on with the
next step, and every step may run twice.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.erasing import check_not_last_admin, erase_account, names_of, shut_for_good
from accounts.services.letters import send_letter, site_link
from core.authz import SYSTEM, Actor, authorize
from core.errors import Conflict
from core.events import publish
from core.slots import PERSONAL_STEPS, PERSONAL_TABLES, Erase, PersonalTable
from core.tasks import enqueue
from privacy.enums import ErasureState
from privacy.events import ErasureAsked, ErasureTakenBack
from privacy.models import Erasure, PersonalExport
from privacy.selectors import obstacles_of, open_erasure, rows_of
from privacy.services.exports import checked_reason, remove_exports

logger = logging.getLogger("aumbry.privacy")

_BATCH = 1000
ACCOUNT = "account"


def ask_erasure(*, actor: Actor, user: User, reason: str = "", at_once: bool = False) -> Erasure:
    """Have ``user`` erased after ``ERASURE_DAYS``, or ``at_once`` by an administrator; asking again changes nothing.

    The person is told by mail, also when there is no time to take it back. Raises ``Conflict``: ``hand_over_first`` when others
    would be left without somebody, ``last_admin``, ``person_erased``; ``Invalid`` when an administrator gives no reason.
    """
    authorize(actor, "privacy.erase_person", user)
    by_other = actor.pk != user.pk
    reason = checked_reason(reason, needed=by_other and actor is not SYSTEM)
    waits = timedelta() if at_once and by_other else timedelta(days=settings.ERASURE_DAYS)
    if user.erased_at is not None:
        raise Conflict("person_erased", _("This person is erased already."))
    check_not_last_admin(user)
    _refuse_obstacles(user)
    try:
        with transaction.atomic():
            found = open_erasure(user)
            if found is not None:
                return found
            due = timezone.now() + waits
            erasure = Erasure.objects.create(user=user, asked_by_id=actor.pk, reason=reason, due_at=due)
            # Before the job that erases the address: mails go in the order of their jobs.
            _tell(erasure, user, at_once=not waits)
            enqueue("privacy.tasks.erase", run_after=due if waits else None, erasure_id=erasure.pk)
            publish(
                ErasureAsked(
                    actor_id=actor.pk, user_id=user.pk, erasure_id=erasure.pk, due_at=due.isoformat("T", "seconds")
                )
            )
            return erasure
    except IntegrityError:
        # Asked twice at the same moment.
        return Erasure.objects.filter(user=user).exclude(state=ErasureState.TAKEN_BACK).latest("pk")


def take_back(*, actor: Actor, erasure: Erasure) -> Erasure:
    """Call it off while nothing has been erased. Raises ``Conflict`` ``erasure_began``."""
    authorize(actor, "privacy.take_back_erasure", erasure)
    with transaction.atomic():
        stored = Erasure.objects.select_for_update().get(pk=erasure.pk)
        if stored.state == ErasureState.TAKEN_BACK:
            return stored
        if not stored.can_be_taken_back:
            raise Conflict("erasure_began", _("Erasing has begun, and what is erased cannot come back."))
        stored.state, stored.finished_at = ErasureState.TAKEN_BACK, timezone.now()
        stored.save(update_fields=["state", "finished_at"])
        publish(ErasureTakenBack(actor_id=actor.pk, user_id=stored.user_id, erasure_id=stored.pk))
    return stored


def run_erasure(*, erasure: Erasure) -> Erasure:
    """Carry out what is due, or go on with what broke off; anything else is left as it is."""
    begun = _begin(erasure)
    if begun is None:
        return Erasure.objects.get(pk=erasure.pk)
    for name in step_names():
        if name not in begun.steps:
            _run_step(begun, name)
    return Erasure.objects.get(pk=erasure.pk)


def step_names() -> list[str]:
    """What is done to erase somebody, in order: steps, tables, and the account at the end."""
    steps = [f"step:{key}" for key, _step in PERSONAL_STEPS.items()]
    tables = [f"table:{key}" for key, table in PERSONAL_TABLES.items() if table.erase != Erase.KEEP]
    return ["exports", *steps, *tables, ACCOUNT]


def tend_erasures() -> int:
    """Put in line what should have run by now: jobs that were given up, and what was held back. Returns how many."""
    late = Erasure.objects.filter(due_at__lt=timezone.now() - timedelta(minutes=10))
    waiting = late.filter(state__in=(ErasureState.WAITING, ErasureState.BLOCKED, ErasureState.RUNNING))
    for erasure in waiting.order_by("pk"):
        enqueue("privacy.tasks.erase", erasure_id=erasure.pk)
    return len(waiting)


def _begin(erasure: Erasure) -> Erasure | None:
    with transaction.atomic():
        found = Erasure.objects.select_for_update().get(pk=erasure.pk)
        if found.state in (ErasureState.DONE, ErasureState.TAKEN_BACK) or found.due_at > timezone.now():
            return None
        if found.state == ErasureState.RUNNING:
            return found
        user = User.objects.get(pk=found.user_id)
        try:
            check_not_last_admin(user)
            _refuse_obstacles(user)
        except Conflict as held:
            found.state = ErasureState.BLOCKED
            found.save(update_fields=["state"])
            logger.warning("erasure held back", extra={"erasure": found.pk, "code": held.code})
            return None
        found.state, found.began_at = ErasureState.RUNNING, timezone.now()
        found.save(update_fields=["state", "began_at"])
        shut_for_good(user=user)
        return found


@transaction.atomic
def _run_step(erasure: Erasure, name: str) -> None:
    stored = Erasure.objects.select_for_update().get(pk=erasure.pk)
    if name in stored.steps or stored.state != ErasureState.RUNNING:
        return
    user = User.objects.get(pk=stored.user_id)
    sort, _colon, key = name.partition(":")
    if name == ACCOUNT:
        stored.reason = _without(stored.reason, names_of(user))
        for other in Erasure.objects.filter(user=user).exclude(pk=stored.pk):
            Erasure.objects.filter(pk=other.pk).update(reason=_without(other.reason, names_of(user)))
        erase_account(user=user)
        stored.state, stored.finished_at = ErasureState.DONE, timezone.now()
    elif name == "exports":
        remove_exports(PersonalExport.objects.filter(user=user))
    elif sort == "step":
        PERSONAL_STEPS[key].run(user)
    else:
        _erase_rows(PERSONAL_TABLES[key], user)
    stored.steps.append(name)
    stored.save(update_fields=["steps", "state", "finished_at", "reason"])


def _erase_rows(table: PersonalTable, user: User) -> None:
    for pks in _batches(table, user):
        rows = rows_of(table, user.pk).filter(pk__in=pks)
        if table.erase == Erase.DELETE:
            rows.order_by().delete()
        else:
            rows.order_by().update(**table.cleared)


def _batches(table: PersonalTable, user: User) -> Iterator[list[int]]:
    after: int | None = None
    while True:
        rows = rows_of(table, user.pk)
        pks = list((rows if after is None else rows.filter(pk__gt=after)).values_list("pk", flat=True)[:_BATCH])
        if not pks:
            return
        yield pks
        after = pks[-1]


def _refuse_obstacles(user: User) -> None:
    if found := obstacles_of(user):
        sentences = " ".join(obstacle.sentence for obstacle in found[:5])
        raise Conflict("hand_over_first", _("Something must be handed over first. %(what)s") % {"what": sentences})


def _tell(erasure: Erasure, user: User, *, at_once: bool) -> None:
    local = timezone.localtime(erasure.due_at, user.zone)
    send_letter(
        "privacy/email/erasure_asked",
        to=user.email,
        person=user,
        day=date_format(local, "j F Y"),
        at_once=at_once,
        own=erasure.asked_by_id == user.pk,
        link=site_link(reverse("privacy:own-data")),
    )


def _without(text: str, names: list[str]) -> str:
    """``text`` without any of ``names``, however it is spelt."""
    folded = text.casefold()
    return _("Reason removed: it named the person.") if any(name.casefold() in folded for name in names) else text
