"""Who is in a course, and as what."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.authz import Actor, authorize
from core.errors import Conflict, Invalid
from core.events import publish
from courses.enums import Role
from courses.events import MembershipChanged, MembershipEnded, StudentEnrolled
from courses.models import Course, Membership
from courses.rules import forget_roles
from courses.services.rows import locked, locked_course


@transaction.atomic
def enrol(
    *, actor: Actor, course: Course, user: User, role: Role = Role.STUDENT, now: datetime | None = None
) -> Membership:
    """Give ``user`` a role in ``course``.

    Somebody who is already in it stays as they are, whatever ``role`` says (see ``change_role``); somebody
    who had left comes back to the same membership. Raises ``Conflict`` ``course_full`` when no place is
    left, ``person_ended`` for a closed account.
    """
    role = _role(role)
    _authorize_enrolment(actor, course, user, role)
    course = locked(course)
    membership = Membership.objects.select_for_update().filter(course=course, user=user).first()
    if membership is not None and membership.is_active:
        return membership
    if not user.is_active:
        raise Conflict("person_ended", _("This account is closed. Open it again before adding the person."))
    if role is Role.STUDENT:
        _require_place(course)
    moment = now or timezone.now()
    if membership is None:
        membership = Membership.objects.create(course=course, user=user, role=role, started_at=moment)
    else:
        membership.role, membership.started_at, membership.ended_at = role, moment, None
        membership.save(update_fields=["role", "started_at", "ended_at", "updated_at"])
    _forget(actor, user)
    if role is Role.STUDENT:
        publish(StudentEnrolled(actor_id=actor.pk, course_id=course.pk, user_id=user.pk))
    else:
        publish(MembershipChanged(actor_id=actor.pk, course_id=course.pk, user_id=user.pk, before="", after=role.value))
    return membership


@transaction.atomic
def change_role(*, actor: Actor, membership: Membership, role: Role) -> Membership:
    """Give a current member another role. Only who manages the course makes or unmakes an owner.

    Raises ``Conflict``: ``last_owner``, ``membership_ended``, or ``course_full`` for a new student.
    """
    role = _role(role)
    authorize(actor, "courses.manage_people", membership)
    course = locked_course(membership.course_id)
    membership = locked(membership)
    if not membership.is_active:
        raise Conflict("membership_ended", _("This person has left the course. Add them again instead."))
    before = Role(membership.role)
    if before is role:
        return membership
    if Role.OWNER in (before, role):
        authorize(actor, "courses.change_owners", course)
    if before is Role.OWNER:
        _require_another_owner(course, membership)
    if role is Role.STUDENT:
        _require_place(course)
    membership.role = role
    membership.save(update_fields=["role", "updated_at"])
    _forget(actor, membership.user)
    publish(
        MembershipChanged(
            actor_id=actor.pk, course_id=course.pk, user_id=membership.user_id, before=before.value, after=role.value
        )
    )
    return membership


@transaction.atomic
def end_membership(*, actor: Actor, membership: Membership, now: datetime | None = None) -> Membership:
    """Leave a course, or take somebody out; what they did stays. Ending twice is ending once.

    Raises ``Conflict`` ``last_owner``.
    """
    authorize(actor, "courses.end_membership", membership)
    course = locked(Course(pk=membership.course_id), binned=True)
    membership = locked(membership)
    if not membership.is_active:
        return membership
    if membership.role == Role.OWNER:
        authorize(actor, "courses.change_owners", course)
        _require_another_owner(course, membership)
    membership.ended_at = now or timezone.now()
    membership.save(update_fields=["ended_at", "updated_at"])
    _forget(actor, membership.user)
    publish(
        MembershipEnded(actor_id=actor.pk, course_id=course.pk, user_id=membership.user_id, role=str(membership.role))
    )
    return membership


def _role(value: str) -> Role:
    try:
        return Role(value)
    except ValueError:
        choices = ", ".join(Role.values)
        sentence = _("Choose one of: %(choices)s.") % {"choices": choices}
        raise Invalid("invalid", sentence, fields={"role": [sentence]}) from None


def _authorize_enrolment(actor: Actor, course: Course, user: User, role: Role) -> None:
    oneself_as_student = actor.pk is not None and actor.pk == user.pk and role is Role.STUDENT
    if oneself_as_student and not actor.has_perm("courses.manage_people", course):
        authorize(actor, "courses.enrol_oneself", course)
        return
    authorize(actor, "courses.manage_people", course)
    if role is Role.OWNER:
        authorize(actor, "courses.change_owners", course)


def _require_place(course: Course) -> None:
    # The caller holds the lock of the course, so nobody takes the last place in between.
    if course.capacity is None:
        return
    if Membership.objects.active().students().filter(course=course).count() >= course.capacity:
        raise Conflict("course_full", _("This course has no places left. Ask its teachers to add one."))


def _require_another_owner(course: Course, membership: Membership) -> None:
    owners = Membership.objects.filter(course=course, role=Role.OWNER, ended_at__isnull=True)
    if not owners.exclude(pk=membership.pk).exists():
        raise Conflict("last_owner", _("A course needs an owner. Make somebody else an owner first."))


def _forget(actor: Actor, user: User) -> None:
    forget_roles(user)
    if isinstance(actor, User) and actor.pk == user.pk:
        forget_roles(actor)
