"""More time, tries, days or breaks for a student: who gives it, who sees it, and what counts."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Accommodation
from accounts.selectors.accommodations import NONE, Effective, effective, effective_for, extended, time_factor
from accounts.services.accommodations import change_accommodation, end_accommodation, give_accommodation
from assessments.selectors import lesson_questions
from assessments.services.attempt import answer_check
from core.errors import Conflict, Invalid, NotAllowed, Stale
from core.models import EventLog
from courses.models import Result
from tests.factories import MembershipFactory, UserFactory
from tests.factories.assessments import SHORT, SINGLE, put_question

pytestmark = pytest.mark.django_db
NOTE = "Letter of the doctor of 3 May"


def program(person) -> APIClient:
    client = APIClient()
    client.force_authenticate(person)
    return client


def url(person, row=None) -> str:
    return f"/api/v1/users/{person.public_id}/accommodations/" + (f"{row.public_id}/" if row else "")


@pytest.fixture
def given(people, taught) -> Accommodation:
    return give_accommodation(
        actor=people.teacher,
        user=people.student,
        course_id=taught.course.pk,
        time_factor=Decimal("1.5"),
        extra_attempts=2,
        note=NOTE,
    )


def test_the_most_of_each_kind_counts_in_its_course_and_on_its_days(people, taught):
    day = date(2026, 3, 10)
    rows = [
        {"time_factor": "1.25", "extra_days": 2},
        {"time_factor": "2", "course_id": taught.course.pk},
        {"time_factor": "3", "course_id": taught.other_course.pk},
        {"extra_attempts": 5, "ends_on": day - timedelta(days=1)},
        {"break_minutes": 9, "starts_on": day + timedelta(days=1)},
        {"break_minutes": 10, "ends_on": day},
        {"extra_attempts": 7, "ended_at": timezone.now()},
    ]
    for row in rows:
        Accommodation.objects.create(user=people.student, **({"starts_on": date(2026, 1, 1)} | row))
    ids = [people.student.pk, people.other_student.pk]
    assert effective(ids, taught.course.pk, on=day) == {
        people.student.pk: Effective(Decimal("2"), extra_attempts=0, extra_days=2, break_minutes=10)
    }
    assert time_factor(people.student, taught.other_course, on=day) == 3
    assert time_factor(people.other_student, taught.course, on=day) == 1
    assert effective_for(people.student.pk, taught.course.pk, on=date(2025, 1, 1)) == NONE


def test_a_due_date_is_later_by_days_at_the_same_time_of_the_persons_day(people, taught):
    people.student.time_zone = "Europe/Berlin"
    due = datetime(2026, 3, 28, 18, tzinfo=ZoneInfo("Europe/Berlin"))
    assert extended(people.student, taught.course, due) == due
    Accommodation.objects.create(user=people.student, extra_days=2, starts_on=date(2026, 1, 1))
    # The clock is put forward in the night between.
    assert extended(people.student, taught.course, due) == datetime(2026, 3, 30, 18, tzinfo=ZoneInfo("Europe/Berlin"))


def test_extra_tries_count_at_questions_and_are_told(people, taught, given):
    block, _question = put_question(taught.section, **(SHORT | {"attempts": 1}))

    def told(person) -> tuple[str, bool]:
        question = lesson_questions([block], person)[block.pk]["question"]
        return str(question["tries"]), question["may_try"]

    assert (told(people.student), told(people.other_student)) == (
        ("3 of 3 tries left", True),
        ("1 of 1 tries left", True),
    )
    for person, allowed in ((people.student, 3), (people.other_student, 1)):
        for number in range(allowed):
            answer_check(actor=person, block=block, given={"answer": f"{number} people"})
        with pytest.raises(Conflict) as refused:
            answer_check(actor=person, block=block, given={"answer": "nobody"})
        assert (refused.value.code, told(person)) == ("no_tries_left", ("No tries left", False))
    assert {r.user_id: r.tries for r in Result.objects.all()} == {people.student.pk: 3, people.other_student.pk: 1}


def test_who_looks_after_the_course_gives_changes_and_ends(people, taught):
    api = program(people.teacher)
    made = api.post(url(people.student), {"course": "statistics", "time_factor": "1.5", "note": NOTE}, format="json")
    row = Accommodation.objects.get()
    assert (made.status_code, made["Location"], made["ETag"]) == (201, url(people.student, row), '"1"')
    assert made.json() == {
        "id": str(row.public_id),
        "course": "statistics",
        "time_factor": "1.5",
        "extra_attempts": 0,
        "extra_days": 0,
        "break_minutes": 0,
        "note": NOTE,
        "starts_on": str(timezone.localdate()),
        "ends_on": None,
        "ended_at": None,
        "holds": True,
        "version": 1,
    }
    changed = api.patch(url(people.student, row), {"extra_days": 3}, format="json", HTTP_IF_MATCH='"1"')
    assert (changed.status_code, changed.json()["extra_days"], changed["ETag"]) == (200, 3, '"2"')
    stale = api.patch(url(people.student, row), {"extra_days": 4}, format="json", HTTP_IF_MATCH='"1"')
    assert stale.status_code == 412
    assert (api.delete(url(people.student, row)).status_code, api.delete(url(people.student, row)).status_code) == (
        204,
        204,
    )
    assert api.patch(url(people.student, row), {"extra_days": 4}, format="json").json()["code"] == "accommodation_ended"


@pytest.mark.parametrize(
    ("who", "codes"),
    [
        ("other_student", (404, 404, 404, 404)),
        ("outsider", (404, 404, 404, 404)),
        ("other_owner", (404, 404, 404, 404)),
        ("assistant", (403, 403, 404, 404)),
        ("student", (200, 403, 200, 403)),
    ],
)
def test_others_see_and_change_nothing(people, taught, given, who, codes):
    api = program(getattr(people, who))
    answers = (
        api.get(url(people.student)),
        api.post(url(people.student), {"time_factor": "2"}, format="json"),
        api.get(url(people.student, given)),
        api.patch(url(people.student, given), {"time_factor": "2"}, format="json"),
    )
    assert tuple(answer.status_code for answer in answers) == codes
    assert Accommodation.objects.get().time_factor == Decimal("1.5")


def test_for_all_courses_administrators_give_and_teachers_see_it_without_the_note(people, taught):
    with pytest.raises(NotAllowed):
        give_accommodation(actor=people.teacher, user=people.student, time_factor=Decimal(2))
    give_accommodation(actor=people.admin, user=people.student, time_factor=Decimal(2), note=NOTE)
    seen = {
        name: program(getattr(people, name)).get(url(people.student)).json()["results"][0]
        for name in ("teacher", "student", "admin")
    }
    assert {name: (row["time_factor"], row["note"]) for name, row in seen.items()} == {
        "teacher": ("2", None),
        "student": ("2", NOTE),
        "admin": ("2", NOTE),
    }
    page = pages(people.teacher, people.student)
    assert (NOTE in page, "2 times the time" in page) == (False, True)
    assert (
        program(people.teacher).patch(url(people.student, Accommodation.objects.get()), {}, format="json").status_code
        == 403
    )


def pages(viewer, person) -> str:
    client = Client()
    client.force_login(viewer)
    return client.get(f"/people/{person.public_id}/accommodations/").content.decode()


def test_a_course_of_somebody_else_cannot_be_named(people, taught):
    MembershipFactory(course=taught.other_course, user=people.student)
    answer = program(people.teacher).post(url(people.student), {"course": "ecology", "time_factor": "2"}, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["course"])
    assert Accommodation.objects.count() == 0


def test_the_log_has_what_changed_and_never_the_note(people, taught, given):
    change_accommodation(actor=people.teacher, accommodation=given, time_factor=Decimal("1.25"), note="Another letter")
    end_accommodation(actor=people.teacher, accommodation=given)
    logged = EventLog.objects.filter(name="accounts.AccommodationChanged").order_by("pk")
    today = timezone.localdate()
    assert [(e.body["before"], e.body["after"], e.body["note_changed"]) for e in logged] == [
        (None, f"time ×1.5, tries +2 (from {today})", True),
        (f"time ×1.5, tries +2 (from {today})", f"time ×1.25, tries +2 (from {today})", True),
        (f"time ×1.25, tries +2 (from {today})", None, False),
    ]
    assert {(e.person_id, e.course_id) for e in logged} == {(people.student.pk, taught.course.pk)}
    assert [e for e in EventLog.objects.all() if "letter" in str(e.body).lower()] == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "time_factor"),
        ({"time_factor": Decimal("0.5")}, "time_factor"),
        ({"time_factor": Decimal(11)}, "time_factor"),
        ({"extra_attempts": -1}, "extra_attempts"),
        ({"extra_days": 366}, "extra_days"),
        ({"extra_days": 1, "starts_on": date(2026, 2, 2), "ends_on": date(2026, 2, 1)}, "ends_on"),
        ({"extra_days": 1, "note": "a\u202eb"}, "note"),
        ({"extra_days": 1, "user_id": 7}, "user_id"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(people, values, field):
    with pytest.raises(Invalid) as refused:
        give_accommodation(actor=people.admin, user=people.student, **values)
    assert (list(refused.value.fields), Accommodation.objects.count()) == ([field], 0)


def test_two_who_change_it_at_once(people, given):
    change_accommodation(actor=people.teacher, accommodation=given, version=1, extra_days=1)
    with pytest.raises(Stale):
        change_accommodation(actor=people.owner, accommodation=given, version=1, extra_days=2)
    assert Accommodation.objects.get().extra_days == 1


def test_pages_give_change_and_end(client, people, taught):
    client.force_login(people.teacher)
    page = f"/people/{people.student.public_id}/accommodations/"
    values = {"time_factor": "1.5", "extra_attempts": 0, "extra_days": 0, "break_minutes": 0, "starts_on": "2026-01-01"}
    assert client.post(page, values).status_code == 422
    assert client.post(page, values | {"course": "statistics", "note": NOTE}).url == page
    row = Accommodation.objects.get()
    html = client.get(page).content.decode()
    assert ("1.5 times the time" in html, NOTE in html, "Statistics" in html) == (True, True, True)
    assert client.post(f"{page}{row.public_id}/", values | {"extra_days": 4, "version": 1}).url == page
    assert client.post(f"{page}{row.public_id}/", values | {"extra_days": 5, "version": 1}).status_code == 422
    assert client.post(f"{page}{row.public_id}/end/").url == page
    row.refresh_from_db()
    assert (row.extra_days, row.note, row.ended_at is None) == (4, "", False)
    client.force_login(people.student)
    own = client.get("/profile/accommodations/").content.decode()
    assert ("4 days longer" in own, "/end/" in own) == (True, False)


def test_lists_cost_the_same_for_many(people, taught):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            pages(people.teacher, people.student)
        return len(seen)

    give_accommodation(actor=people.teacher, user=people.student, course_id=taught.course.pk, extra_days=1)
    queries()
    few = queries()
    for _ in range(4):
        give_accommodation(actor=people.teacher, user=people.student, course_id=taught.course.pk, extra_days=1)
    assert queries() == few


def test_a_lesson_asks_for_tries_only_where_they_are_limited(people, taught):
    def asked(block) -> int:
        with CaptureQueriesContext(connection) as seen:
            lesson_questions([block], people.student)
        return sum('"accounts_accommodation"' in query["sql"] for query in seen)

    free, _ = put_question(taught.section)
    limited, _ = put_question(taught.section, **(SINGLE | {"attempts": 1}))
    assert (asked(free), asked(limited)) == (0, 1)
    assert UserFactory().accommodations.count() == 0
