import pytest

from courses.enums import CourseState, Role
from courses.models import Course, Membership
from courses.services import course as courses
from tests.courses.views.conftest import page, said
from tests.factories import CourseFactory, ItemFactory, MembershipFactory, ModuleFactory


def settings_of(course, **changes):
    names = (
        "title",
        "code",
        "summary",
        "description",
        "plate",
        "ground",
        "enrolment",
        "time_zone",
        "licence",
        "version",
    )
    return {name: getattr(course, name) for name in names} | {"capacity": ""} | changes


def test_the_courses_that_one_teaches(sign_in, people, taught):
    CourseFactory(title="Not mine")
    found = {
        name: [
            (card["title"], card["url"])
            for card in sign_in(getattr(people, name)).get(page("teaching")).context["cards"]
        ]
        for name in ("owner", "assistant", "student")
    }
    assert found == {
        "owner": [("Statistics", page("builder", "statistics"))],
        "assistant": [("Statistics", taught.course.get_absolute_url())],
        "student": [],
    }


def test_queries_of_the_list_do_not_grow(queries, people):
    def more(count):
        for _ in range(count):
            course = CourseFactory()
            MembershipFactory(course=course, user=people.owner, role=Role.OWNER)
            ItemFactory(module=ModuleFactory(course=course))

    more(1)
    one = queries(people.owner, page("teaching"))
    more(8)
    assert (one <= 5, queries(people.owner, page("teaching"))) == (True, one)


def test_a_title_is_enough_for_a_course(sign_in, people):
    answer = sign_in(people.owner).post(page("course-new"), {"title": "Reading a graph", "form_key": "k"})
    course = Course.objects.get()
    assert answer["Location"] == page("builder", "reading-a-graph")
    assert (course.title, course.code, course.state) == ("Reading a graph", "READ 1", CourseState.DRAFT)
    assert Membership.objects.values_list("user__email", "role").get() == ("owner@example.org", "owner")


def test_fifteen_equal_submits_make_one_course(sign_in, people):
    client = sign_in(people.owner)
    sent = {"title": "Reading a graph", "code": "", "form_key": "one-time"}
    answers = {client.post(page("course-new"), sent)["Location"] for _ in range(15)}
    assert (answers, Course.objects.count()) == ({page("builder", "reading-a-graph")}, 1)


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"title": ""}, "Write a title"),
        ({"title": "x" * 10_000}, "at most 200 characters"),
        ({"title": "A", "code": "x" * 21}, "at most 20 characters"),
        ({"title": "A\x00B"}, "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_a_course_is_said(sign_in, people, sent, sentence):
    answer = sign_in(people.owner).post(page("course-new"), sent)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert not Course.objects.exists()


def test_students_make_no_courses(sign_in, people):
    client = sign_in(people.student)
    assert [
        client.get(page("course-new")).status_code,
        client.post(page("course-new"), {"title": "A"}).status_code,
    ] == [403, 403]
    assert not Course.objects.exists()


def test_change_the_settings(sign_in, people, taught):
    sent = settings_of(taught.course, title="Statistics, anew", capacity="30", plate="book")
    answer = sign_in(people.teacher).post(page("course-edit", "statistics"), sent)
    taught.course.refresh_from_db()
    assert (answer.status_code, said(answer)) == (302, ["Saved."])
    assert (taught.course.title, taught.course.capacity, taught.course.plate) == ("Statistics, anew", 30, "book")


def test_two_at_once_both_texts_are_shown_and_nothing_is_lost(sign_in, people, taught):
    typed = settings_of(taught.course, title="Typed by me")
    courses.change_course(actor=people.owner, course=taught.course, title="Saved by her")
    client = sign_in(people.teacher)
    answer = client.post(page("course-edit", "statistics"), typed)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert ('value="Typed by me"' in text, "Saved by her" in text) == (True, True)
    assert "Somebody else changed this after you opened it." in text
    again = typed | {"version": answer.context["form"]["version"].value()}
    assert client.post(page("course-edit", "statistics"), again).status_code == 302
    taught.course.refresh_from_db()
    assert taught.course.title == "Typed by me"


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"capacity": "0"},
        {"capacity": "many"},
        {"plate": "unicorn"},
        {"time_zone": "Mars/Olympus"},
        {"description": "[x](javascript:alert(1))"},
        {"summary": "x" * 301},
        {"version": "old"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_wrong_settings_are_refused_whole(sign_in, people, taught, changes):
    sent = settings_of(taught.course, licence="New licence") | changes
    answer = sign_in(people.owner).post(page("course-edit", "statistics"), sent)
    taught.course.refresh_from_db()
    assert (answer.status_code, taught.course.licence) == (422, "")
    assert 'class="note error-summary"' in answer.content.decode()


@pytest.mark.parametrize("name", ["course-edit", "builder", "bin", "course-export", "course-bin"])
@pytest.mark.parametrize(("who", "status"), [("student", 403), ("assistant", 403), ("outsider", 403)])
def test_authors_pages_are_closed_to_others(sign_in, people, taught, name, who, status):
    assert sign_in(getattr(people, who)).get(page(name, "statistics")).status_code == status


def test_a_hidden_course_is_not_told_apart_from_none(sign_in, people, taught):
    taught.course.state = CourseState.DRAFT
    taught.course.save()
    assert sign_in(people.outsider).get(page("builder", "statistics")).status_code == 404


@pytest.mark.parametrize("state", ["draft", "archived", "published"])
def test_states_of_a_course(sign_in, people, taught, state):
    sign_in(people.owner).post(page("course-state", "statistics"), {"state": state})
    taught.course.refresh_from_db()
    assert taught.course.state == state


def test_a_teacher_does_not_publish_the_course(sign_in, people, taught):
    assert sign_in(people.teacher).post(page("course-state", "statistics"), {"state": "draft"}).status_code == 403


def test_into_the_bin_and_back(sign_in, people, taught):
    client = sign_in(people.owner)
    assert "to the bin?" in client.get(page("course-bin", "statistics")).content.decode()
    answer = client.post(page("course-bin", "statistics"))
    assert page("course-restore", "statistics") in said(answer)[0]
    assert client.get(page("detail", "statistics")).status_code == 404
    outside = [
        sign_in(w).post(page("course-restore", "statistics")).status_code for w in (people.teacher, people.outsider)
    ]
    assert outside == [404, 404]
    client.post(page("course-restore", "statistics"))
    assert client.get(page("detail", "statistics")).status_code == 200
