"""Invitations into a course: the inviter's right holds when they are made and when they are taken."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services.invitations import InvitationGone, accept_invitation, invitation_of, sign_up_invited
from core.authz import SYSTEM
from core.errors import Conflict, Invalid, NotAllowed
from core.models import OutgoingMail
from courses.enums import Role
from courses.models import CourseInvitation, Membership
from courses.services.enrolment import change_role
from courses.services.invitations import end_course_invitation, invite_by_mail, make_class_link
from tests.accounts.services.test_at_once import at_once
from tests.accounts.services.test_invitations import mailed_token
from tests.factories import CourseFactory, MembershipFactory, UserFactory


@pytest.fixture(autouse=True)
def _mail_as_rows(settings):
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"


def class_link(actor, course, places=3):
    return make_class_link(actor=actor, course=course, places=places, expires_at=timezone.now() + timedelta(days=9))


def role_of(course, user):
    return Membership.objects.active().filter(course=course, user=user).values_list("role", flat=True).first()


def test_a_class_link_makes_students(people, taught):
    part, token = class_link(people.teacher, taught.course)
    taken = accept_invitation(actor=people.outsider, token=token)
    user, _taken = sign_up_invited(token=token, name="New", email="new@example.org", password="x" * 20)
    assert (taken.address, role_of(taught.course, people.outsider)) == ("/courses/statistics/", Role.STUDENT)
    assert (role_of(taught.course, user), part.invitation.taken.count()) == (Role.STUDENT, 2)


def test_each_address_gets_a_verdict(people, taught):
    emails = ["new@example.org", "NEW@example.org ", "student@example.org", "broken", "outsider@example.org"]
    verdicts = invite_by_mail(actor=people.teacher, course=taught.course, emails=emails, role="assistant")
    assert [v.state for v in verdicts] == ["invited", "twice", "member", "broken", "invited"]
    assert sorted(m.recipients[0] for m in OutgoingMail.objects.all()) == ["new@example.org", "outsider@example.org"]
    assert "Statistics, as assistant" in OutgoingMail.objects.all()[0].text
    again = invite_by_mail(actor=people.teacher, course=taught.course, emails=["new@example.org"])
    assert [v.state for v in again] == ["waiting"]


def test_a_mailed_role_is_given(people, taught):
    invite_by_mail(actor=people.teacher, course=taught.course, emails=["new@example.org"], role="assistant")
    user, _taken = sign_up_invited(token=mailed_token(), name="New", email="", password="x" * 20)
    assert role_of(taught.course, user) == Role.ASSISTANT


def test_who_may_not_add_people_may_not_invite_them(people, taught):
    for person in (people.assistant, people.student, people.other_owner):
        with pytest.raises(NotAllowed):
            class_link(person, taught.course)
    with pytest.raises(NotAllowed):
        invite_by_mail(actor=people.teacher, course=taught.course, emails=["new@example.org"], role="owner")
    for emails, role in (([], "student"), (["a@example.org"] * 101, "student"), (["a@example.org"], "dean")):
        with pytest.raises(Invalid):
            invite_by_mail(actor=people.teacher, course=taught.course, emails=emails, role=role)
    with pytest.raises(Invalid):
        make_class_link(actor=people.teacher, course=taught.course, role="teacher")
    part, _token = class_link(people.teacher, taught.course)
    with pytest.raises(NotAllowed):
        end_course_invitation(actor=people.assistant, part=part)
    assert CourseInvitation.objects.count() == 1


def test_an_inviter_who_lost_the_right_lets_nobody_in(people, taught):
    _part, token = class_link(people.teacher, taught.course)
    member = Membership.objects.get(course=taught.course, user=people.teacher)
    change_role(actor=SYSTEM, membership=member, role=Role.OBSERVER)
    with pytest.raises(InvitationGone) as shown:
        invitation_of(token)
    with pytest.raises(Conflict) as taken:
        accept_invitation(actor=people.outsider, token=token)
    assert (shown.value.status, shown.value.code, taken.value.code) == (409, "invitation_blocked", "invitation_blocked")
    assert role_of(taught.course, people.outsider) is None


def test_a_full_course_says_so_and_keeps_the_place_of_the_link(people, taught):
    taught.course.capacity = 2
    taught.course.save()
    part, token = class_link(people.teacher, taught.course)
    with pytest.raises(Conflict) as refused:
        accept_invitation(actor=people.outsider, token=token)
    assert str(refused.value.message) == "“Statistics” has no places left. Ask its teachers to add one."
    assert part.invitation.taken.count() == 0


def test_who_is_in_the_course_stays_what_they_are(people, taught):
    _part, token = class_link(people.teacher, taught.course)
    accept_invitation(actor=people.assistant, token=token)
    assert role_of(taught.course, people.assistant) == Role.ASSISTANT


@pytest.mark.django_db(transaction=True)
def test_fifteen_at_once_into_the_last_places():
    course, teacher = CourseFactory(capacity=4), UserFactory()
    MembershipFactory(course=course, user=teacher, role=Role.TEACHER)
    _part, token = class_link(teacher, course, places=15)
    guests = [UserFactory() for _ in range(15)]
    calls = [lambda guest=guest: accept_invitation(actor=guest, token=token) for guest in guests]
    assert at_once(*calls) == ["invitation_blocked"] * 11 + ["ok"] * 4
    assert Membership.objects.students().filter(course=course).count() == 4
