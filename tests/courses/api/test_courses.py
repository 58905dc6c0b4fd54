import pytest

from courses.enums import CourseState, Role
from courses.models import Course, Membership
from files.models import StoredFile
from tests.factories import CourseFactory, MembershipFactory
from tests.factories.files import png, stored

LIST = "/api/v1/courses/"


def address(course, rest=""):
    return f"{LIST}{course.slug}/{rest}"


def titles(response):
    return [row["title"] for row in response.json()["results"]]


def test_the_list_shows_published_courses_and_ones_own(api, taught, people):
    CourseFactory(title="Secret draft", state=CourseState.DRAFT)
    mine = CourseFactory(title="My draft", state=CourseState.DRAFT)
    MembershipFactory(course=mine, user=people.owner, role=Role.OWNER)
    assert titles(api(people.owner).get(LIST)) == ["Field ecology", "My draft", "Statistics"]
    assert titles(api(people.outsider).get(LIST)) == ["Field ecology", "Statistics"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("search=hedge", []),
        ("search=ECO", ["Field ecology"]),
        ("search=collecting", ["Statistics"]),
        ("state=draft", []),
        ("mine=true", ["Statistics"]),
        ("role=teacher", []),
        ("role=student", ["Statistics"]),
        ("ordering=-title", ["Statistics", "Field ecology"]),
        ("ordering=created", ["Statistics", "Field ecology"]),
        ("page_size=1&page=2", ["Statistics"]),
        ("search=%00", ["Field ecology", "Statistics"]),
    ],
)
def test_the_list_is_filtered_and_sorted(api, taught, people, query, expected):
    response = api(people.student).get(f"{LIST}?{query}")
    if "%00" in query:
        assert (response.status_code, list(response.json()["errors"])) == (400, ["search"])
        return
    assert titles(response) == expected


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=99", "page_size=101", "page_size=-1", "ordering=pk", "state=gone", "mine=maybe"]
)
def test_a_wrong_parameter_is_named(api, taught, people, query):
    response = api(people.student).get(f"{LIST}?{query}")
    assert (response.status_code, list(response.json()["errors"])) == (400, [query.split("=")[0]])


def test_a_row_of_the_list(api, taught, people):
    row = api(people.student).get(f"{LIST}?search=statistics").json()["results"][0]
    course = taught.course
    stamps = {name: row[name] for name in ("published_at", "created_at", "updated_at")}
    assert row == {
        "id": str(course.public_id),
        "slug": "statistics",
        "code": "STAT 1",
        "title": "Statistics",
        "summary": "What this course is about.",
        "language": "en-GB",
        "time_zone": "Europe/London",
        "state": "published",
        "enrolment": "open",
        "capacity": None,
        "plate": "book",
        "ground": "a",
        "licence": "",
        "version": 1,
        "role": "student",
        **stamps,
    }


def test_the_list_takes_the_same_queries_for_more_courses(api, taught, people, django_assert_num_queries):
    client = api(people.student)
    for rows in (1, 20):
        CourseFactory.create_batch(rows)
        client = api(people.student)
        with django_assert_num_queries(3):
            client.get(LIST)


def test_creating_makes_a_draft_with_an_owner(api, people):
    response = api(people.owner).post(LIST, {"title": "Ponds", "code": "P 1"})
    course = Course.objects.get()
    body = response.json()
    assert (response.status_code, response["Location"], response["ETag"]) == (201, "/api/v1/courses/ponds/", '"1"')
    assert (body["slug"], body["state"], body["role"], body["lessons"]) == ("ponds", "draft", "owner", 0)
    assert list(course.memberships.values_list("user_id", "role")) == [(people.owner.pk, "owner")]


@pytest.mark.parametrize("name", ["student", "outsider", "assistant"])
def test_creating_is_for_managers_and_asked_before_the_body_is_read(api, taught, people, name):
    response = api(getattr(people, name)).post(LIST, {"title": 1})
    assert (response.status_code, response.json()["code"], Course.objects.count()) == (403, "not_allowed", 2)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["title", "code"]),
        ({"title": "x" * 10_000, "code": "A"}, ["title"]),
        ({"title": "A\x00", "code": "A"}, ["title"]),
        ({"title": ["A"], "code": {}}, ["title", "code"]),
        ({"title": "A", "code": "A", "capacity": 0}, ["capacity"]),
        ({"title": "A", "code": "A", "capacity": 10**30}, ["capacity"]),
        ({"title": "A", "code": "A", "time_zone": "Mars/Base"}, ["time_zone"]),
        ({"title": "A", "code": "A", "slug": "not a slug"}, ["slug"]),
        ({"title": "A", "code": "A", "description": "[x](javascript:alert(1))"}, ["description"]),
        ({"title": "A", "code": "A", "enrolment": "maybe"}, ["enrolment"]),
        ({"title": " ", "code": "A"}, ["title"]),
    ],
)
def test_what_cannot_be_used_is_said_by_field_and_nothing_is_stored(api, people, body, fields):
    response = api(people.owner).post(LIST, body)
    assert (response.status_code, list(response.json()["errors"]), Course.objects.count()) == (400, fields, 0)
    assert response["Content-Type"] == "application/problem+json"


def test_reading_one(api, taught, people):
    response = api(people.outsider).get(address(taught.course))
    body = response.json()
    assert (response.status_code, response["ETag"]) == (200, '"1"')
    assert (body["description"], body["lessons"], body["minutes"], body["role"]) == ("", 1, 0, None)


def test_a_foreign_draft_and_an_absent_course_answer_alike(api, taught, people):
    draft = CourseFactory(slug="draft-one", state=CourseState.DRAFT)
    answers = []
    for slug in (draft.slug, "no-such-one"):
        body = api(people.owner).get(f"{LIST}{slug}/").json()
        answers.append({name: body[name] for name in ("status", "code", "title")})
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 404


def test_changing_counts_the_version_up(api, taught, people):
    response = api(people.teacher).patch(address(taught.course), {"title": "Statistics 2", "version": 1})
    taught.course.refresh_from_db()
    assert (response.status_code, response["ETag"], response.json()["title"]) == (200, '"2"', "Statistics 2")
    assert (taught.course.title, taught.course.version) == ("Statistics 2", 2)


def test_an_old_version_in_the_body_is_a_conflict(api, taught, people):
    api(people.teacher).patch(address(taught.course), {"title": "First"})
    response = api(people.teacher).patch(address(taught.course), {"title": "Second", "version": 1})
    body = response.json()
    assert (response.status_code, body["code"], body["current_version"]) == (409, "stale_version", 2)
    assert Course.objects.get(pk=taught.course.pk).title == "First"


@pytest.mark.parametrize(("tag", "status"), [('"1"', 200), ('W/"1"', 200), ("*", 200), ('"2"', 412), ('"x"', 412)])
def test_if_match(api, taught, people, tag, status):
    response = api(people.teacher).patch(address(taught.course), {"title": "New"}, headers={"If-Match": tag})
    assert response.status_code == status


@pytest.mark.parametrize(("name", "status"), [("student", 403), ("assistant", 403), ("outsider", 403), (None, 401)])
def test_changing_is_for_authors(api, taught, people, name, status):
    response = api(name and getattr(people, name)).patch(address(taught.course), {"title": ["no"]})
    assert response.status_code == status


def test_deleting_moves_to_the_bin(api, taught, people):
    response = api(people.owner).delete(address(taught.course))
    again = api(people.owner).delete(address(taught.course))
    assert (response.status_code, again.status_code) == (204, 404)
    assert Course.everything.get(pk=taught.course.pk).deleted_by == people.owner


def test_deleting_is_for_owners(api, taught, people):
    assert api(people.teacher).delete(address(taught.course)).status_code == 403


@pytest.mark.parametrize(("verb", "state"), [("unpublish", "draft"), ("archive", "archived"), ("publish", "published")])
def test_the_state_of_a_course(api, taught, people, verb, state):
    client = api(people.owner)
    answers = [client.post(address(taught.course, f"{verb}/")) for _ in range(2)]
    assert [(a.status_code, a.json()["state"]) for a in answers] == [(200, state), (200, state)]
    assert answers[0].json()["version"] == answers[1].json()["version"]


@pytest.mark.parametrize("verb", ["publish", "unpublish", "archive"])
def test_the_state_of_a_course_is_for_owners(api, taught, people, verb):
    assert api(people.teacher).post(address(taught.course, f"{verb}/")).status_code == 403


def test_enrolling_oneself_twice_makes_one_membership(api, taught, people):
    client = api(people.outsider)
    answers = [client.post(address(taught.course, "enrolments/")) for _ in range(2)]
    membership = Membership.objects.get(user=people.outsider)
    assert [a.status_code for a in answers] == [201, 200]
    assert answers[0]["Location"] == f"/api/v1/enrolments/{membership.public_id}/"
    assert answers[0].json() == answers[1].json()


def test_a_full_course(api, taught, people):
    Course.objects.filter(pk=taught.course.pk).update(capacity=2)
    response = api(people.outsider).post(address(taught.course, "enrolments/"))
    assert (response.status_code, response.json()["code"]) == (409, "course_full")


def test_a_closed_course(api, taught, people):
    Course.objects.filter(pk=taught.course.pk).update(enrolment="closed")
    assert api(people.outsider).post(address(taught.course, "enrolments/"), {"role": 7}).status_code == 403


@pytest.mark.parametrize("by", ["id", "email"])
def test_staff_add_people(api, taught, people, by):
    named = {"user": str(people.outsider.public_id)} if by == "id" else {"email": "Outsider@example.org"}
    response = api(people.teacher).post(address(taught.course, "enrolments/"), {**named, "role": "assistant"})
    body = response.json()
    assert (response.status_code, body["role"], body["user"]["email"]) == (201, "assistant", "outsider@example.org")


def test_a_student_adds_nobody_and_learns_nothing(api, taught, people):
    known = {"email": "outsider@example.org"}
    answers = [
        api(people.student).post(address(taught.course, "enrolments/"), body).status_code
        for body in (known, {"email": "nobody@example.org"})
    ]
    assert answers == [403, 403]


def test_an_unknown_person(api, taught, people):
    response = api(people.teacher).post(address(taught.course, "enrolments/"), {"email": "nobody@example.org"})
    assert (response.status_code, list(response.json()["errors"])) == (400, ["email"])


def test_who_sees_which_people(api, taught, people):
    def names(user):
        results = api(user).get(address(taught.course, "enrolments/")).json()["results"]
        return [row["user"]["name"] for row in results]

    assert len(names(people.assistant)) == 6
    assert names(people.student) == ["Sam Student"]
    assert names(people.outsider) == []


def test_the_people_list_takes_the_same_queries_for_more_people(api, taught, people, django_assert_num_queries):
    for rows in (1, 20):
        MembershipFactory.create_batch(rows, course=taught.course)
        client = api(people.teacher)
        with django_assert_num_queries(7):
            client.get(address(taught.course, "enrolments/"))


def test_a_description_with_a_picture(api, taught, people):
    file = stored(png(9), "hedge.png", people.teacher)
    text = f"![A hedge](file:{file.public_id})"
    body = api(people.teacher).patch(address(taught.course), {"description": text}).json()
    assert body["description"] == text
    shown = f'<p><img src="{file.get_absolute_url()}" alt="A hedge"></p>\n'
    assert api(people.outsider).get(address(taught.course)).json()["description_html"] == shown
    made = api(people.owner).post(LIST, {"title": "A", "code": "A", "description": text}).json()
    assert made["description_html"] == shown


@pytest.mark.parametrize("makes", [True, False])
def test_a_description_does_not_open_somebody_elses_file(api, taught, people, makes):
    secret = stored(png(8), "secret.png", people.student)
    body = {"title": "A", "code": "A", "description": f"![x](file:{secret.public_id})"}
    client = api(people.owner)
    response = client.post(LIST, body) if makes else client.patch(address(taught.course), body)
    answer = response.json()
    assert (response.status_code, answer["code"], list(answer["errors"])) == (400, "file_unknown", ["description"])
    assert not StoredFile.objects.visible_to(people.owner).contains(secret)
