"""Inviting people into a course: by mail, or by a link for a class. Who accepts is enrolled by the inviter's right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Invitation, User
from accounts.services.invitations import close_invitation, issue_invitation, mail_invitation, renew_invitation
from accounts.validators import normalise_email
from core.authz import Actor, authorize
from core.errors import Conflict, Invalid, NotAllowed
from courses.enums import Role
from courses.models import Course, CourseInvitation, Membership
from courses.services.enrolment import enrol

MOST_LINES = 100


@dataclass(frozen=True)
class Verdict:
    """What became of one address. ``state``: "invited", "member", "waiting", "twice" or "broken"."""

    email: str
    state: str
    invitation: CourseInvitation | None = None

    @property
    def sentence(self) -> str:
        return str(_SENTENCES[self.state])


_SENTENCES = {
    "invited": gettext_lazy("Invited; the mail is on its way."),
    "member": gettext_lazy("Is in the course already."),
    "waiting": gettext_lazy("Has an open invitation. Send it again from the list."),
    "twice": gettext_lazy("Stands in the list twice; invited once."),
    "broken": gettext_lazy("Is no whole email address. Check it."),
}


@transaction.atomic
def invite_by_mail(*, actor: Actor, course: Course, emails: Sequence[str], role: str = Role.STUDENT) -> list[Verdict]:
    """Mail an invitation to each address that needs one; a verdict for each, in their order.

    Whether somebody has an account cannot be told from a verdict. Raises ``Invalid`` for no or too many addresses.
    """
    inviter, part_role = _authorize(actor, course, role)
    if not 0 < len(emails) <= MOST_LINES:
        sentence = _("Write between 1 and %(n)d addresses, each on a line of its own.") % {"n": MOST_LINES}
        raise Invalid("invalid", sentence, fields={"emails": [sentence]})
    cleaned = [normalise_email(email) for email in emails]
    members = set(
        Membership.objects.active().filter(course=course, user__email__in=cleaned).values_list("user__email", flat=True)
    )
    waiting = set(
        CourseInvitation.objects.filter(
            course=course,
            invitation__email__in=cleaned,
            invitation__ended_at__isnull=True,
            invitation__expires_at__gt=timezone.now(),
            invitation__taken__isnull=True,
        ).values_list("invitation__email", flat=True)
    )
    verdicts: list[Verdict] = []
    seen: set[str] = set()
    for email in cleaned:
        if email in seen:
            verdicts.append(Verdict(email, "twice"))
        elif not _is_address(email):
            verdicts.append(Verdict(email[:254], "broken"))
        elif email in members:
            verdicts.append(Verdict(email, "member"))
        elif email in waiting:
            verdicts.append(Verdict(email, "waiting"))
        else:
            verdicts.append(Verdict(email, "invited", _mailed(inviter, course, email, part_role)))
        seen.add(email)
    return verdicts


@transaction.atomic
def make_class_link(
    *,
    actor: Actor,
    course: Course,
    places: int = 1,
    expires_at: datetime | None = None,
    note: str = "",
    role: str = Role.STUDENT,
) -> tuple[CourseInvitation, str]:
    """A link that makes whoever has it a student of the course; returns the token, which nobody can read again.

    Other roles are given by mail alone. Raises as ``issue_invitation``.
    """
    inviter, chosen = _authorize(actor, course, role)
    if chosen is not Role.STUDENT:
        sentence = _("A link for anybody makes students. Mail an invitation to give another role.")
        raise Invalid("invalid", sentence, fields={"role": [sentence]})
    invitation, token = issue_invitation(made_by=inviter, note=note, places=places, expires_at=expires_at)
    return CourseInvitation.objects.create(invitation=invitation, course=course, role=chosen), token


def end_course_invitation(*, actor: Actor, part: CourseInvitation) -> None:
    """End an invitation to a course at once. Ending twice changes nothing."""
    authorize(actor, "courses.manage_people", part)
    close_invitation(by=actor, invitation=part.invitation)


def send_course_invitation_again(*, actor: Actor, part: CourseInvitation) -> None:
    """Mail an invitation once more with a new link. Raises as ``renew_invitation``."""
    authorize(actor, "courses.manage_people", part)
    renew_invitation(invitation=part.invitation)


class CoursePlace:
    """The target that invitations to courses have."""

    paths = ("course_part__course",)

    def describe(self, invitation: Invitation) -> str:
        part = _part(invitation)
        if part is None:
            return ""
        return _("%(course)s, as %(role)s") % {"course": part.course.title, "role": part.get_role_display().lower()}

    def address(self, invitation: Invitation) -> str:
        part = _part(invitation)
        return part.course.get_absolute_url() if part else ""

    def problem(self, invitation: Invitation) -> str:
        part = _part(invitation)
        if part is None:
            return ""
        words = {"course": part.course.title}
        if part.course.deleted_at is not None:
            return _("“%(course)s” was removed. Ask who invited you.") % words
        inviter = invitation.made_by
        may = inviter.is_active and inviter.has_perm("courses.manage_people", part.course)
        if not may or (part.role == Role.OWNER and not inviter.has_perm("courses.change_owners", part.course)):
            return (
                _("Who invited you no longer looks after “%(course)s”. Ask its teachers for a new invitation.") % words
            )
        if part.role == Role.STUDENT and not _has_place(part.course):
            return _("“%(course)s” has no places left. Ask its teachers to add one.") % words
        return ""

    def take(self, invitation: Invitation, person: User) -> str:
        part = _part(invitation)
        if part is None:
            return ""
        is_member = Membership.objects.active().filter(course=part.course, user=person).exists()
        if not is_member:
            if problem := self.problem(invitation):
                raise Conflict("invitation_blocked", problem)
            enrol(actor=invitation.made_by, course=part.course, user=person, role=Role(part.role))
        return part.course.get_absolute_url()


def _part(invitation: Invitation) -> CourseInvitation | None:
    return getattr(invitation, "course_part", None)


def _has_place(course: Course) -> bool:
    if course.capacity is None:
        return True
    taken = Membership.objects.active().students().filter(course=course).count()
    return bool(taken < course.capacity)


def _authorize(actor: Actor, course: Course, role: str) -> tuple[User, Role]:
    authorize(actor, "courses.manage_people", course)
    if not isinstance(actor, User):
        raise NotAllowed("courses.manage_people")
    try:
        chosen = Role(role)
    except ValueError:
        sentence = _("Choose one of: %(choices)s.") % {"choices": ", ".join(Role.values)}
        raise Invalid("invalid", sentence, fields={"role": [sentence]}) from None
    if chosen is Role.OWNER:
        authorize(actor, "courses.change_owners", course)
    return actor, chosen


def _mailed(inviter: User, course: Course, email: str, role: Role) -> CourseInvitation:
    invitation, token = issue_invitation(made_by=inviter, email=email, send=False)
    part = CourseInvitation.objects.create(invitation=invitation, course=course, role=role)
    mail_invitation(invitation=invitation, token=token)
    return part


def _is_address(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= 254
