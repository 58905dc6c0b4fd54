import time_machine
from django.urls import reverse

from courses.enums import Role
from courses.models import ItemProgress
from courses.services import progress
from tests.factories import CourseFactory, ItemFactory, MembershipFactory, ModuleFactory, SectionFactory, UserFactory


def home(client):
    return client.get(reverse("home"))


def test_visitors_get_the_courses_and_the_doors(sign_in, taught):
    response = home(sign_in(None))
    assert [card["title"] for card in response.context["cards"]] == ["Field ecology", "Statistics"]
    text = response.content.decode()
    assert reverse("account_signup") in text
    assert reverse("account_login") in text


def test_a_newcomer_is_shown_first_steps(sign_in, people):
    response = home(sign_in(people.outsider))
    assert response.context["page"].is_empty
    assert "First steps" in response.content.decode()


@time_machine.travel("2026-11-16T18:30:00Z", tick=False)
def test_greets_by_the_readers_own_clock(sign_in, people):
    people.student.time_zone = "Pacific/Auckland"
    people.student.save()
    greetings = [home(sign_in(who)).context["greeting"] for who in (people.student, people.outsider)]
    assert greetings == ["Good morning, Sam", "Good evening, Oda"]


def test_go_on_where_one_stopped(sign_in, people, taught):
    taught.lesson.minutes = 20
    taught.lesson.save()
    section = SectionFactory(item=taught.lesson, title="Four people")
    progress.save_place(actor=people.student, item=taught.lesson, place=f"s-{section.public_id}", share=60)
    response = home(sign_in(people.student))
    hero = response.context["hero"]
    assert (hero["title"], hero["progress"], hero["left"]) == ("Who was asked", 60, "about 8 min left")
    assert (hero["stopped_at"], hero["when"]) == ("Four people", "just now")
    assert response.context["fact"] == "You are about 8 minutes from finishing lesson 1.1 of STAT 1."


def test_a_finished_lesson_leads_to_the_next(sign_in, people, taught):
    ItemFactory(module=taught.module, title="Who was not")
    progress.mark_end(actor=people.student, item=taught.lesson)
    response = home(sign_in(people.student))
    assert response.context["hero"]["title"] == "Who was not"
    card = response.context["studied"][0]
    assert (card["next"], card["progress_label"], card["progress"]) == ("Who was not", "1 of 2 lessons", 50)


def test_all_done_is_said(sign_in, people, taught):
    progress.mark_end(actor=people.student, item=taught.lesson)
    response = home(sign_in(people.student))
    assert response.context["hero"] is None
    assert response.context["fact"] == "You have finished every lesson that is published in your courses."


def test_teachers_see_students_and_what_they_finished_this_week(sign_in, people, taught):
    progress.mark_end(actor=people.student, item=taught.lesson)
    progress.mark_end(actor=people.other_student, item=taught.lesson)
    long_ago = "2020-01-01T00:00:00Z"
    ItemProgress.objects.filter(user=people.other_student).update(done_at=long_ago)
    counts = [(c.course.code, c.students, c.finished) for c in home(sign_in(people.teacher)).context["page"].taught]
    assert counts == [("STAT 1", 2, 1)]


def test_a_course_that_was_left_or_binned_is_gone(sign_in, people, taught):
    from courses.services import course, enrolment  # noqa: PLC0415 -- only here

    other = CourseFactory()
    MembershipFactory(course=other, user=people.owner, role=Role.OWNER)
    membership = MembershipFactory(course=other, user=people.student)
    enrolment.end_membership(actor=people.student, membership=membership)
    course.bin_course(actor=people.owner, course=taught.course)
    assert home(sign_in(people.student)).context["page"].is_empty


def test_queries_do_not_grow(queries, people):
    def more_courses(count):
        for _ in range(count):
            course = CourseFactory()
            MembershipFactory(course=course, user=people.student)
            MembershipFactory(course=course, user=UserFactory(), role=Role.OWNER)
            module = ModuleFactory(course=course)
            for _ in range(3):
                ItemFactory(module=module)
            taught = CourseFactory()
            MembershipFactory(course=taught, user=people.student, role=Role.TEACHER)

    more_courses(1)
    one = queries(people.student, reverse("home"))
    more_courses(6)
    assert (one <= 9, queries(people.student, reverse("home"))) == (True, one)


def test_looking_writes_nothing(writes, people, taught):
    assert writes(people.student, reverse("home")) == []
