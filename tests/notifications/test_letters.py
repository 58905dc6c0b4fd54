"""The mails: their words, where they lead, how they end."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from core.authz import SYSTEM
from core.events import deliver
from core.models import EventLog, OutgoingMail
from courses.enums import Role
from courses.services.enrolment import end_membership, enrol
from courses.services.publishing import publish_item
from tests.factories import CourseFactory, UserFactory
from tests.notifications.conftest import Later, mails

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_new_student_is_welcomed_once_however_often_the_event_is_delivered(later: Later):
    course, user = CourseFactory(title="Cells & “tissue”", slug="cells"), UserFactory(email="sam@example.org")
    enrol(actor=user, course=course, user=user)
    enrol(actor=user, course=course, user=user)
    fact = EventLog.objects.get(name="courses.StudentEnrolled")
    deliver(fact.pk, "notifications.receivers.tell_people")
    later(minutes=3)
    later(minutes=3)
    assert mails(user) == ["Welcome to Cells & “tissue”"]


@override_settings(SITE_URL="https://learn.example.org")
def test_the_mail_leads_to_the_course_and_can_be_ended(later: Later):
    course, user = CourseFactory(slug="cells"), UserFactory(name="Sam")
    enrol(actor=user, course=course, user=user)
    later(minutes=3)
    mail = OutgoingMail.objects.get()
    assert "https://learn.example.org/courses/cells/" in mail.text
    assert 'href="https://learn.example.org/courses/cells/"' in mail.html
    assert "Hello Sam" in mail.text
    ending = mail.headers["List-Unsubscribe"].strip("<>")
    assert ending.startswith("https://learn.example.org/notifications/unsubscribe/")
    assert (ending in mail.text, ending in mail.html) == (True, True)
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.headers["List-Id"].endswith("<notifications.127.0.0.1>")


def test_history_staff_and_leavers_get_no_welcome(later: Later):
    course = CourseFactory()
    past, left, teacher = UserFactory(), UserFactory(), UserFactory()
    enrol(actor=SYSTEM, course=course, user=past, now=timezone.now() - timedelta(days=2))
    end_membership(actor=left, membership=enrol(actor=SYSTEM, course=course, user=left))
    enrol(actor=SYSTEM, course=course, user=teacher, role=Role.TEACHER)
    later(minutes=3)
    assert (mails(past), mails(left)) == ([], [])
    assert not any(subject.startswith("Welcome") for subject in mails(teacher))


def test_what_has_gathered_is_one_mail_with_all_of_it(later: Later, taught, people):
    publish_item(actor=people.owner, item=taught.draft_lesson)
    enrol(actor=people.other_owner, course=taught.other_course, user=people.student)
    later(days=1)
    mail = OutgoingMail.objects.get(recipients=[people.student.email])
    assert mail.subject == "2 new notifications"
    assert "New lesson: Not ready" in mail.text
    assert "You are now a student of Field ecology" in mail.text
    assert mail.text.index("Your places") > mail.text.index("New in your courses")
