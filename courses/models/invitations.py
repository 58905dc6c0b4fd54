from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation
from courses.enums import Role
from courses.models.course import Course
from courses.querysets import CourseInvitationQuerySet


class CourseInvitation(models.Model):
    """The place in a course that comes with an invitation."""

    invitation = models.OneToOneField(
        Invitation, verbose_name=_("invitation"), on_delete=models.PROTECT, related_name="course_part"
    )
    course = models.ForeignKey(Course, verbose_name=_("course"), on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.STUDENT)

    objects = CourseInvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation to a course")
        verbose_name_plural = _("invitations to courses")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.invitation_id}: {self.course_id} as {self.role}"
