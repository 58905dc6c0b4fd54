from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from core.authz import SYSTEM
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog
from courses.enums import CourseState, EnrolmentPolicy, Role
from courses.models import Course, Membership
from courses.services.enrolment import change_role, end_membership, enrol
from tests.factories import CourseFactory, MembershipFactory, UserFactory


def membership_of(course, user):
    return Membership.objects.get(course=course, user=user)


def events(name):
    return list(EventLog.objects.filter(name=f"courses.{name}").values_list("actor_id", "body"))


def test_a_person_enrols_and_the_fact_is_told(people, taught):
    membership = enrol(actor=people.outsider, course=taught.course, user=people.outsider)
    assert (membership.role, membership.ended_at) == (Role.STUDENT, None)
    assert events("StudentEnrolled") == [
        (people.outsider.pk, {"course_id": taught.course.pk, "user_id": people.outsider.pk})
    ]


def test_enrolling_twice_gives_the_same_membership_and_one_event(people, taught):
    first = enrol(actor=people.outsider, course=taught.course, user=people.outsider)
    again = enrol(actor=people.outsider, course=taught.course, user=people.outsider)
    assert again == first
    assert len(events("StudentEnrolled")) == 1


def test_enrolling_does_not_take_a_role_away(people, taught):
    membership = enrol(actor=people.teacher, course=taught.course, user=people.teacher)
    assert membership.role == Role.TEACHER
    assert events("StudentEnrolled") == []


def test_coming_back_revives_the_membership_as_a_student(people, taught):
    old = MembershipFactory(course=taught.course, user=people.outsider, role=Role.TEACHER, ended_at=timezone.now())
    membership = enrol(actor=people.outsider, course=taught.course, user=people.outsider)
    assert (membership.pk, membership.role, membership.ended_at) == (old.pk, Role.STUDENT, None)


def test_roles_are_known_at_once(people, taught):
    assert not people.outsider.has_perm("courses.learn", taught.course)
    membership = enrol(actor=people.outsider, course=taught.course, user=people.outsider)
    assert people.outsider.has_perm("courses.learn", taught.course)
    end_membership(actor=people.outsider, membership=membership)
    assert not people.outsider.has_perm("courses.learn", taught.course)


@pytest.mark.parametrize(
    "settings",
    [{"enrolment": EnrolmentPolicy.CLOSED}, {"state": CourseState.DRAFT}, {"state": CourseState.ARCHIVED}],
)
def test_nobody_enrols_oneself_in_a_course_that_is_not_open(people, settings):
    course = CourseFactory(**settings)
    with pytest.raises(NotAllowed):
        enrol(actor=people.outsider, course=course, user=people.outsider)
    assert not Membership.objects.filter(course=course).exists()


@pytest.mark.parametrize("name", ["student", "assistant", "observer", "outsider", "other_owner"])
def test_only_staff_enrol_others(people, taught, name):
    with pytest.raises(NotAllowed):
        enrol(actor=getattr(people, name), course=taught.course, user=UserFactory())


def test_staff_enrol_others_also_in_a_closed_course(people, taught):
    Course.objects.filter(pk=taught.course.pk).update(enrolment=EnrolmentPolicy.CLOSED)
    membership = enrol(actor=people.teacher, course=taught.course, user=people.outsider, role=Role.ASSISTANT)
    assert membership.role == Role.ASSISTANT
    assert events("MembershipChanged") == [
        (
            people.teacher.pk,
            {"course_id": taught.course.pk, "user_id": people.outsider.pk, "before": "", "after": "assistant"},
        )
    ]


def test_a_student_cannot_make_themselves_staff(people, taught):
    with pytest.raises(NotAllowed):
        enrol(actor=people.outsider, course=taught.course, user=people.outsider, role=Role.TEACHER)


def test_a_teacher_cannot_make_an_owner(people, taught):
    with pytest.raises(NotAllowed):
        enrol(actor=people.teacher, course=taught.course, user=people.outsider, role=Role.OWNER)
    with pytest.raises(NotAllowed):
        change_role(actor=people.teacher, membership=membership_of(taught.course, people.teacher), role=Role.OWNER)


def test_a_full_course_takes_no_student_but_takes_staff(people):
    course = CourseFactory(capacity=1)
    enrol(actor=people.student, course=course, user=people.student)
    with pytest.raises(Conflict) as refused:
        enrol(actor=people.outsider, course=course, user=people.outsider)
    assert refused.value.code == "course_full"
    assert enrol(actor=SYSTEM, course=course, user=people.teacher, role=Role.TEACHER).role == Role.TEACHER


def test_a_place_that_was_left_is_free_again(people):
    course = CourseFactory(capacity=1)
    end_membership(actor=people.student, membership=enrol(actor=SYSTEM, course=course, user=people.student))
    assert enrol(actor=people.outsider, course=course, user=people.outsider).is_active


def test_a_closed_account_is_not_enrolled(people, taught):
    people.outsider.is_active = False
    people.outsider.save()
    with pytest.raises(Conflict) as refused:
        enrol(actor=people.owner, course=taught.course, user=people.outsider)
    assert refused.value.code == "person_ended"


def test_an_unknown_role_is_refused(people, taught):
    with pytest.raises(Invalid) as refused:
        enrol(actor=people.owner, course=taught.course, user=people.outsider, role="king")
    assert list(refused.value.fields) == ["role"]


def test_the_last_owner_stays(people, taught):
    own = membership_of(taught.course, people.owner)
    for attempt in (
        lambda: end_membership(actor=people.owner, membership=own),
        lambda: change_role(actor=people.owner, membership=own, role=Role.TEACHER),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "last_owner"


def test_an_owner_may_go_when_there_is_another(people, taught):
    change_role(actor=people.owner, membership=membership_of(taught.course, people.teacher), role=Role.OWNER)
    ended = end_membership(actor=people.owner, membership=membership_of(taught.course, people.owner))
    assert ended.ended_at is not None


def test_a_former_owner_does_not_count_as_one(people, taught):
    MembershipFactory(course=taught.course, role=Role.OWNER, ended_at=timezone.now())
    with pytest.raises(Conflict):
        end_membership(actor=people.owner, membership=membership_of(taught.course, people.owner))


def test_a_teacher_cannot_put_an_owner_out(people, taught):
    MembershipFactory(course=taught.course, role=Role.OWNER)
    with pytest.raises(NotAllowed):
        end_membership(actor=people.teacher, membership=membership_of(taught.course, people.owner))


def test_a_student_leaves_and_leaving_twice_is_leaving_once(people, taught):
    own = membership_of(taught.course, people.student)
    moment = timezone.now() - timedelta(hours=1)
    end_membership(actor=people.student, membership=own, now=moment)
    again = end_membership(actor=people.student, membership=own)
    assert again.ended_at == moment
    assert len(events("MembershipEnded")) == 1


@pytest.mark.parametrize("name", ["other_student", "assistant", "outsider", "other_owner"])
def test_others_do_not_end_a_membership(people, taught, name):
    with pytest.raises(NotAllowed):
        end_membership(actor=getattr(people, name), membership=membership_of(taught.course, people.student))


def test_the_role_of_somebody_who_left_cannot_change(people, taught):
    own = membership_of(taught.course, people.student)
    end_membership(actor=people.owner, membership=own)
    with pytest.raises(Conflict) as refused:
        change_role(actor=people.owner, membership=own, role=Role.ASSISTANT)
    assert refused.value.code == "membership_ended"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("capacity", [1, 5])
def test_fifteen_at_once_never_exceed_the_places(capacity):
    course = CourseFactory(capacity=capacity)
    users = [UserFactory() for _ in range(15)]
    start, outcomes = Barrier(15), []

    def come(user: User) -> None:
        start.wait()
        try:
            enrol(actor=user, course=course, user=user)
            outcomes.append("in")
        except Conflict as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [Thread(target=come, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["course_full"] * (15 - capacity) + ["in"] * capacity
    assert Membership.objects.filter(course=course).count() == capacity


@pytest.mark.django_db(transaction=True)
def test_fifteen_clicks_of_one_person_enrol_once():
    course, user = CourseFactory(), UserFactory()
    start, found = Barrier(15), []

    def click() -> None:
        start.wait()
        try:
            found.append(enrol(actor=User.objects.get(pk=user.pk), course=course, user=user).pk)
        finally:
            connection.close()

    threads = [Thread(target=click) for _ in range(15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 15
    assert len(set(found)) == 1
    assert EventLog.objects.filter(name="courses.StudentEnrolled").count() == 1
