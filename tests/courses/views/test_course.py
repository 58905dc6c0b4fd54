import pytest

from courses.enums import CourseState, Role
from courses.models import Membership
from courses.services import enrolment, progress
from tests.courses.views.conftest import page, said
from tests.factories import CourseFactory, ItemFactory, MembershipFactory, ModuleFactory, UserFactory


def test_a_student_sees_the_outline_with_progress(sign_in, people, taught):
    second = ItemFactory(module=taught.module, title="Who was not")
    progress.mark_end(actor=people.student, item=taught.lesson)
    shown = sign_in(people.student).get(page("detail", "statistics")).context["page"]
    lines = [(lesson.number, lesson.title, lesson.state, lesson.current) for lesson in shown.outline]
    assert lines == [("1.1", "Who was asked", "done", False), ("1.2", "Who was not", "", True)]
    assert (shown.outline.done, shown.outline.total, shown.outline.percent) == (1, 2, 50)
    assert [lesson.id for lesson in shown.coming] == [second.pk]


def test_visitors_open_previews_only(sign_in, taught):
    preview = ItemFactory(module=taught.module, title="A taste", is_preview=True)
    shown = sign_in(None).get(page("detail", "statistics")).context["page"]
    urls = [(lesson.title, lesson.url, lesson.tag) for lesson in shown.outline]
    assert urls == [("Who was asked", "", ""), ("A taste", preview.get_absolute_url(), "Preview")]
    assert (shown.may_enrol, shown.may_leave, shown.outline.with_progress) == (True, False, False)


def test_drafts_are_in_nobodys_outline(sign_in, people, taught):
    for who in (people.owner, people.student, None):
        assert "Not ready" not in sign_in(who).get(page("detail", "statistics")).content.decode()


def test_a_draft_course_is_its_authors_alone(sign_in, people, taught):
    taught.course.state = CourseState.DRAFT
    taught.course.save()
    everybody = (people.owner, people.student, people.outsider, None)
    found = [sign_in(who).get(page("detail", "statistics")).status_code for who in everybody]
    assert found == [200, 404, 404, 404]


def test_the_description_is_cleaned_markdown(sign_in, taught):
    taught.course.description = "Learn **it**. <script>alert(1)</script>"
    taught.course.save()
    text = sign_in(None).get(page("detail", "statistics")).content.decode()
    assert "<p>Learn <strong>it</strong>." in text
    assert "<script>alert" not in text


def test_enrol_and_again(sign_in, people, taught):
    client = sign_in(people.outsider)
    answers = [client.post(page("enrol", "statistics")) for _ in range(2)]
    assert [(a.status_code, a["Location"]) for a in answers] == [(302, taught.course.get_absolute_url())] * 2
    assert Membership.objects.filter(user=people.outsider).values_list("role", "ended_at").get() == ("student", None)


def test_a_visitor_signs_in_first_and_comes_back(sign_in, people, taught):
    text = sign_in(None).get(page("detail", "statistics")).content.decode()
    assert f"/accounts/login/?next={page('enrol', 'statistics')}" in text
    assert sign_in(None).post(page("enrol", "statistics"))["Location"].startswith("/accounts/login/")
    assert sign_in(people.outsider).get(page("enrol", "statistics"))["Location"] == taught.course.get_absolute_url()
    assert not Membership.objects.filter(user=people.outsider).exists()


def test_a_full_course_says_why(sign_in, people):
    course = CourseFactory(capacity=1)
    MembershipFactory(course=course, user=UserFactory())
    client = sign_in(people.outsider)
    assert "All 1 places are taken." in client.get(page("detail", course.slug)).content.decode()
    answer = client.post(page("enrol", course.slug))
    assert said(answer) == ["This course has no places left. Ask its teachers to add one."]
    assert not Membership.objects.filter(user=people.outsider).exists()


def test_a_closed_course_says_whom_to_ask(sign_in, people):
    course = CourseFactory(enrolment="closed")
    client = sign_in(people.outsider)
    assert (
        "The teachers add people to this course themselves." in client.get(page("detail", course.slug)).content.decode()
    )
    assert client.post(page("enrol", course.slug)).status_code == 403


def test_leaving_asks_first_and_keeps_progress(sign_in, people, taught):
    progress.mark_end(actor=people.student, item=taught.lesson)
    client = sign_in(people.student)
    assert "Leave Statistics?" in client.get(page("leave", "statistics")).content.decode()
    assert client.post(page("leave", "statistics"))["Location"] == "/"
    membership = Membership.objects.get(user=people.student)
    assert (membership.is_active, people.student.progress.count()) == (False, 1)


def test_the_last_owner_cannot_leave(sign_in, people, taught):
    answer = sign_in(people.owner).post(page("leave", "statistics"))
    assert said(answer) == ["A course needs an owner. Make somebody else an owner first."]


def test_an_outsider_has_nothing_to_leave(sign_in, people, taught):
    assert sign_in(people.outsider).post(page("leave", "statistics"))["Location"] == taught.course.get_absolute_url()


def test_who_left_and_came_back_finds_their_progress(sign_in, people, taught):
    progress.mark_end(actor=people.student, item=taught.lesson)
    client = sign_in(people.student)
    client.post(page("leave", "statistics"))
    client.post(page("enrol", "statistics"))
    assert client.get(page("detail", "statistics")).context["page"].outline.done == 1


@pytest.mark.parametrize("who", ["student", "owner", None])
def test_queries_do_not_grow(queries, people, taught, who):
    user = getattr(people, who) if who else None

    def more(count):
        for _ in range(count):
            module = ModuleFactory(course=taught.course)
            for _ in range(9):
                item = ItemFactory(module=module)
                if who == "student":
                    progress.mark_end(actor=people.student, item=item)
        enrolment.enrol(actor=people.owner, course=taught.course, user=UserFactory(), role=Role.ASSISTANT)

    more(2)
    few = queries(user, page("detail", "statistics"))
    more(20)
    assert (few <= 9, queries(user, page("detail", "statistics"))) == (True, few)


def test_looking_writes_nothing(writes, people, taught):
    assert writes(people.student, page("detail", "statistics")) == []
