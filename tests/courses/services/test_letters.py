from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from core.authz import SYSTEM
from core.events import deliver
from core.models import EventLog, OutgoingMail
from courses.enums import Role
from courses.services.enrolment import end_membership, enrol
from courses.services.letters import welcome_student
from tests.factories import CourseFactory, UserFactory


@pytest.fixture(autouse=True)
def _mail_as_rows(settings):
    # The test runner puts a backend of its own in place of the site's.
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"


def mails():
    return [(mail.recipients, mail.subject) for mail in OutgoingMail.objects.order_by("pk")]


@pytest.mark.django_db(transaction=True)
def test_a_new_student_is_welcomed_once_however_often_the_event_is_delivered():
    course, user = CourseFactory(title="Cells & “tissue”", slug="cells"), UserFactory(email="sam@example.org")
    enrol(actor=user, course=course, user=user)
    enrol(actor=user, course=course, user=user)
    fact = EventLog.objects.get(name="courses.StudentEnrolled")
    deliver(fact.pk, "courses.receivers.welcome")
    assert mails() == [(["sam@example.org"], "Welcome to Cells & “tissue”")]


@pytest.mark.django_db
@override_settings(SITE_URL="https://learn.example.org")
def test_the_mail_leads_to_the_course():
    course, user = CourseFactory(slug="cells"), UserFactory(name="Sam")
    enrol(actor=user, course=course, user=user)
    assert welcome_student(course_id=course.pk, user_id=user.pk) is True
    mail = OutgoingMail.objects.get()
    assert "https://learn.example.org/courses/cells/" in mail.text
    assert 'href="https://learn.example.org/courses/cells/"' in mail.html
    assert "Hello Sam" in mail.text


@pytest.mark.django_db
def test_history_staff_and_leavers_get_no_mail():
    course = CourseFactory()
    past, left, teacher = UserFactory(), UserFactory(), UserFactory()
    enrol(actor=SYSTEM, course=course, user=past, now=timezone.now() - timedelta(days=2))
    end_membership(actor=SYSTEM, membership=enrol(actor=SYSTEM, course=course, user=left))
    enrol(actor=SYSTEM, course=course, user=teacher, role=Role.TEACHER)
    for user in (past, left, teacher):
        assert welcome_student(course_id=course.pk, user_id=user.pk) is False
    assert mails() == []
