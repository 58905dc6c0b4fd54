from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import PublicId, TimeStamped
from courses.enums import Role
from courses.models.course import Course
from courses.querysets import MembershipQuerySet
from courses.roles import CAPABILITIES, Capability


class Membership(PublicId, TimeStamped):
    """What a person is in a course. An enrolment is a membership with the role student.

    It is ended, never erased: coming back finds the same row and all that was done under it.
    """

    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.STUDENT)
    started_at = models.DateTimeField(_("since"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("course", "user"), name="courses_membership_once"),)
        indexes = (models.Index(fields=("user", "ended_at"), name="courses_membership_user"),)

    def __str__(self) -> str:
        return f"{self.user_id} in {self.course_id} as {self.role}"

    @property
    def is_active(self) -> bool:
        return self.ended_at is None

    def can(self, capability: Capability) -> bool:
        return self.is_active and capability in CAPABILITIES[Role(self.role)]
