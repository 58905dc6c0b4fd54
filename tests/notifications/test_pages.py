"""The list, what can be done in it, and how one says how one wants to be told."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from notifications.models import Mute, Notification, Preference, Timing
from notifications.selectors.unread import unread_count
from notifications.services.preferences import mute
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

CENTRE = reverse("notifications:centre")


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of


@pytest.fixture
def lesson_told(taught) -> Callable[..., Notification]:
    """A notification of a lesson, as the job writes it."""

    def write(user: User, title: str = "A new one", **more) -> Notification:
        values = {
            "kind": "lesson_published",
            "category": "courses",
            "course": taught.course,
            "thread": f"lesson.{taught.lesson.public_id}",
            "url": taught.lesson.get_absolute_url(),
            "data": {"lesson": title, "title": "Statistics", "code": "STAT 1"},
            "group_key": title,
        }
        return Notification.objects.create(user=user, **(values | more))

    return write


def at(name: str, row: Notification | Mute) -> str:
    return reverse(f"notifications:{name}", args=[row.public_id])


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


class TestCentre:
    def test_one_sees_ones_own_and_nobody_elses(self, sign_in, people, lesson_told):
        lesson_told(people.student, "Mine")
        lesson_told(people.other_student, "Not yours")
        lesson_told(people.student, "Told by mail alone", in_app=False)
        text = sign_in(people.student).get(CENTRE).content.decode()
        assert ("Mine" in text, "Not yours" in text, "Told by mail alone" in text) == (True, False, False)

    def test_unread_and_all_and_one_category(self, sign_in, people, lesson_told):
        lesson_told(people.student, "Fresh")
        lesson_told(people.student, "Seen", read_at=timezone.now())
        client = sign_in(people.student)
        shown = {
            query: tuple(word in client.get(f"{CENTRE}?{query}").content.decode() for word in ("Fresh", "Seen"))
            for query in ("", "show=all", "show=all&category=grades", "category=nonsense")
        }
        assert shown == {
            "": (True, False),
            "show=all": (True, True),
            "show=all&category=grades": (False, False),
            "category=nonsense": (True, False),
        }

    def test_what_a_title_says_is_text(self, sign_in, people, lesson_told):
        lesson_told(people.student, "<script>alert(1)</script>")
        text = sign_in(people.student).get(CENTRE).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text

    def test_more_rows_cost_no_more_questions_and_looking_writes_nothing(self, sign_in, people, lesson_told):
        client = sign_in(people.student)
        client.get(CENTRE)
        lesson_told(people.student, "One", actor_id=UserFactory().pk)
        one = queries_of(client, CENTRE)
        for number in range(3):
            lesson_told(people.student, str(number), actor_id=UserFactory().pk)
        assert queries_of(client, CENTRE) == one
        assert not Notification.objects.exclude(read_at=None).exists()

    def test_nobody_signed_in_is_led_to_the_door(self):
        assert Client().get(CENTRE).status_code == 302


class TestReading:
    def test_whoever_follows_one_has_read_it(self, sign_in, people, lesson_told):
        row = lesson_told(people.student)
        response = sign_in(people.student).get(at("open", row))
        row.refresh_from_db()
        assert (response.status_code, response["Location"]) == (302, row.url)
        assert row.read_at is not None

    @pytest.mark.parametrize("name", ["open", "read", "mute"])
    @pytest.mark.parametrize("who", ["other_student", "owner", "admin"])
    def test_nobody_else_can_open_read_or_mute_it(self, sign_in, people, lesson_told, name, who):
        row = lesson_told(people.student)
        client = sign_in(getattr(people, who))
        response = client.get(at(name, row)) if name == "open" else client.post(at(name, row), {"what": "course"})
        row.refresh_from_db()
        assert (response.status_code, row.read_at, Mute.objects.count()) == (404, None, 0)

    def test_one_is_marked_without_opening_it(self, sign_in, people, lesson_told):
        row = lesson_told(people.student)
        other = lesson_told(people.student, "Other")
        sign_in(people.student).post(at("read", row))
        assert list(Notification.objects.unread().filter(user=people.student)) == [other]

    def test_all_of_a_category_are_marked_at_once(self, sign_in, people, lesson_told):
        lesson_told(people.student)
        grade = lesson_told(people.student, "Grade", category="grades", kind="result_changed")
        theirs = lesson_told(people.other_student)
        client = sign_in(people.student)
        client.post(reverse("notifications:read-all"), {"category": "courses"})
        assert set(Notification.objects.unread()) == {grade, theirs}
        client.post(reverse("notifications:read-all"))
        assert set(Notification.objects.unread()) == {theirs}

    def test_the_page_of_the_lesson_reads_what_told_of_it(self, sign_in, people, taught, lesson_told):
        row, other = lesson_told(people.student), lesson_told(people.student, "Other", thread="lesson.other")
        client = sign_in(people.student)
        client.get(taught.lesson.get_absolute_url(), headers={"X-Background": "1"})
        assert unread_count(User.objects.get(pk=people.student.pk)) == 2
        client.get(taught.lesson.get_absolute_url())
        row.refresh_from_db()
        other.refresh_from_db()
        assert (row.read_at is not None, other.read_at) == (True, None)

    def test_the_bell_counts_to_99(self, people, lesson_told, sign_in):
        for number in range(101):
            lesson_told(people.student, str(number))
        text = sign_in(people.student).get(reverse("notifications:badge")).content.decode()
        assert ">99+<" in text


class TestMutes:
    @pytest.mark.parametrize("what", ["course", "thread"])
    def test_muted_and_heard_again(self, sign_in, people, taught, lesson_told, what):
        client = sign_in(people.student)
        client.post(at("mute", lesson_told(people.student)), {"what": what})
        row = Mute.objects.get(user=people.student)
        assert (row.course, row.thread) == (
            (taught.course, "") if what == "course" else (None, f"lesson.{taught.lesson.public_id}")
        )
        assert at("mute-end", row) in client.get(reverse("notifications:preferences")).content.decode()
        client.post(at("mute-end", row))
        assert not Mute.objects.exists()

    def test_what_cannot_be_muted_is_said(self, sign_in, people, lesson_told):
        row = lesson_told(people.student, course=None, thread="")
        response = sign_in(people.student).post(at("mute", row), {"what": "course"}, follow=True)
        assert "about nothing that can be muted" in response.content.decode()
        assert not Mute.objects.exists()

    def test_nobody_ends_anothers(self, sign_in, people, taught):
        row = mute(user=people.student, course=taught.course)
        assert sign_in(people.other_student).post(at("mute-end", row)).status_code == 404
        sign_in(people.admin).post(at("mute-end", row))
        assert Mute.objects.filter(pk=row.pk).exists()


class TestPreferences:
    URL = reverse("notifications:preferences")
    TIMES = {"digest_at": "07:30", "digest_day": "0", "quiet_from": "", "quiet_until": ""}

    def test_only_what_differs_is_kept(self, sign_in, people):
        client = sign_in(people.student)
        client.post(self.URL, self.TIMES | {"courses.email": "weekly", "grades.email": "now"})
        rows = Preference.objects.values_list("user__name", "category", "channel", "frequency")
        assert list(rows) == [("Sam Student", "courses", "email", "weekly")]
        client.post(self.URL, self.TIMES | {"courses.email": "daily"})
        assert not Preference.objects.exists()

    def test_times_are_kept_and_shown(self, sign_in, people):
        client = sign_in(people.student)
        times = {"digest_at": "18:15", "digest_day": "4", "quiet_from": "22:00", "quiet_until": "07:00"}
        assert client.post(self.URL, times).status_code == 302
        kept = Timing.objects.get(user=people.student)
        assert [str(value)[:5] for value in (kept.digest_at, kept.quiet_from, kept.quiet_until)] == [
            "18:15",
            "22:00",
            "07:00",
        ]
        assert 'value="18:15"' in client.get(self.URL).content.decode()

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ({"quiet_from": "22:00"}, "Give both times, or neither."),
            ({"courses.email": "hourly"}, "cannot be chosen there"),
            ({"courses.bell": "weekly"}, "cannot be chosen there"),
            ({"account.bell": "off"}, "cannot be chosen there"),
            ({"digest_at": "25:00"}, "Enter a valid time"),
        ],
    )
    def test_what_is_not_understood_changes_nothing(self, sign_in, people, more, says):
        response = sign_in(people.student).post(self.URL, self.TIMES | more)
        assert (response.status_code, says in response.content.decode()) == (422, True)
        assert (Preference.objects.count(), Timing.objects.count()) == (0, 0)

    def test_more_mutes_cost_no_more_questions(self, sign_in, people, taught):
        client = sign_in(people.student)
        client.get(self.URL)
        mute(user=people.student, course=taught.course)
        one = queries_of(client, self.URL)
        mute(user=people.student, course=taught.other_course)
        mute(user=people.student, thread="lesson.x", title="X")
        assert queries_of(client, self.URL) == one
