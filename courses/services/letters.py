"""Mail about courses."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone, translation

from accounts.services.letters import send_letter, site_link
from courses.enums import Role
from courses.models import Membership

NEWS_FOR = timedelta(days=1)


def welcome_student(*, course_id: int, user_id: int) -> bool:
    """Mail a new student the course's address; says whether a mail was written.

    Nothing is sent to somebody who has left already, or whose enrolment was written down later than a day
    after it happened (history that was brought in is no news to them).
    """
    membership = (
        Membership.objects.active()
        .select_related("course", "user")
        .filter(course_id=course_id, user_id=user_id, role=Role.STUDENT, user__is_active=True)
        .first()
    )
    if membership is None or membership.started_at < timezone.now() - NEWS_FOR:
        return False
    person, course = membership.user, membership.course
    with translation.override(person.language or settings.LANGUAGE_CODE):
        link = site_link(course.get_absolute_url())
        send_letter("courses/email/enrolled", to=person.email, person=person, course=course, link=link)
    return True
