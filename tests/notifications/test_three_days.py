"""Three days go by, and forty things happen: what arrives at a real mail server and a real push service is what each person
has asked for, no more and no less."""

import socket
from collections import Counter
from datetime import datetime, time, timedelta
from email import message_from_bytes, policy
from types import SimpleNamespace

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.db import transaction
from django.utils import timezone

from core.events import publish
from core.worker import Worker
from courses.enums import Role
from courses.events import ItemPublished, ResultChanged
from notifications.models import Delivery, Notification
from notifications.services.browsers import add_browser
from notifications.services.dispatch import dispatch
from notifications.services.preferences import set_frequencies, set_timing
from notifications.services.reading import mark_read
from tests.factories import CourseFactory, ItemFactory, MembershipFactory, ModuleFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
# Monday, six in the morning in London.
BEGIN = datetime.fromisoformat("2026-01-12T06:00:00+00:00")
LESSONS, RESULTS = 30, 10


class Letters:
    """Keeps what the mail server takes."""

    def __init__(self) -> None:
        self.taken: list[tuple[datetime, str, str, str]] = []

    async def handle_DATA(self, _server, _session, envelope) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        text = mail.get_body(("plain",)).get_content()
        self.taken += [(timezone.now(), to, str(mail["Subject"]), text) for to in envelope.rcpt_tos]
        return "250 OK"

    def to(self, user) -> list[tuple[str, str]]:
        """When, in London, and under which subject."""
        return [(at.strftime("%a %H:%M"), subject) for at, to, subject, _text in self.taken if to == user.email]

    def text(self, user, number: int) -> str:
        return [text for _at, to, _subject, text in self.taken if to == user.email][number]


@pytest.fixture
def letters(settings):
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    handler = Letters()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield handler
    controller.stop()


@pytest.fixture
def people(settings):
    """Five students of one course, each of another mind, and their teacher."""
    settings.JOBS_EAGER = False
    names = ("daily", "weekly", "now", "off", "tokyo", "reader")
    found = {name: UserFactory(name=name.title(), time_zone="Europe/London") for name in names}
    found["tokyo"].time_zone = "Asia/Tokyo"
    found["tokyo"].save()
    wanted = {
        "daily": {},
        "weekly": {("courses", "email"): "weekly", ("grades", "email"): "weekly"},
        "now": {("courses", "email"): "now", ("courses", "push"): "now"},
        "off": {("courses", "email"): "off", ("grades", "email"): "off", ("grades", "push"): "off"},
        "tokyo": {("grades", "email"): "daily"},
        "reader": {("courses", "email"): "now", ("grades", "push"): "off"},
    }
    for name, frequencies in wanted.items():
        set_frequencies(user=found[name], wanted=frequencies)
    set_timing(user=found["weekly"], digest_at=time(9), digest_day="2", quiet_from=None, quiet_until=None)
    set_timing(user=found["now"], digest_at=time(7, 30), digest_day="0", quiet_from=time(21), quiet_until=time(7))
    return SimpleNamespace(**found, teacher=UserFactory(name="Teacher"))


@pytest.fixture
def course(people):
    course = CourseFactory(title="Statistics", code="STAT 1")
    MembershipFactory(course=course, user=people.teacher, role=Role.OWNER)
    for name in ("daily", "weekly", "now", "off", "tokyo", "reader"):
        MembershipFactory(course=course, user=getattr(people, name), role=Role.STUDENT)
    return course


def happens(people, course, module, number: int) -> None:
    """The things of one hour: a lesson each, and every third hour a result of everybody's is corrected."""
    item = ItemFactory(course=course, module=module, title=f"Lesson {number}")
    with transaction.atomic():
        publish(ItemPublished(actor_id=people.teacher.pk, course_id=course.pk, item_id=item.pk, first=True))
        if number % 3 == 0:
            for name in ("daily", "weekly", "now", "off", "tokyo", "reader"):
                publish(
                    ResultChanged(
                        actor_id=people.teacher.pk,
                        course_id=course.pk,
                        item_id=item.pk,
                        block_id=1,
                        user_id=getattr(people, name).pk,
                        before="1/3",
                        after="2/3",
                    )
                )


def test_three_days(letters, push_service, people, course):
    module, worker = ModuleFactory(course=course), Worker(name="three-days")
    with time_machine.travel(BEGIN, tick=False) as clock:
        for name in ("now", "off"):
            given = push_service.browser(name)
            add_browser(user=getattr(people, name), endpoint=given["endpoint"], **given["keys"])
        # Ten an hour apart on each day, from eight in the morning on: 30 lessons, 10 corrected results for each.
        moments = [BEGIN + timedelta(days=day, hours=2 + hour) for day in range(3) for hour in range(10)]
        number, now = 0, BEGIN
        while now < BEGIN + timedelta(days=3, hours=6):
            if now in moments:
                happens(people, course, module, number)
                number += 1
            worker.drain()
            mark_read(user=people.reader)
            dispatch(timezone.now())
            worker.drain()
            clock.shift(timedelta(minutes=30))
            now += timedelta(minutes=30)
    assert number == LESSONS
    _daily(letters, people)
    _weekly(letters, people)
    _now(letters, push_service, people)
    # Who reads at once is mailed nothing, and who wants nothing gets nothing.
    assert (letters.to(people.reader), letters.to(people.off), letters.to(people.teacher)) == ([], [], [])
    assert Notification.objects.shown().filter(user=people.off).count() > 0
    assert _left() == {}


def _daily(letters, people) -> None:
    """Corrected results within the half hour, lessons in one mail the next morning."""
    by_day = Counter(subject for _at, subject in letters.to(people.daily))
    results = [subject for subject in by_day if subject.startswith("Your result in")]
    assert len(results) == RESULTS
    mornings = [at for at, _subject in letters.to(people.daily) if at.endswith("07:30")]
    assert mornings == ["Tue 07:30", "Wed 07:30", "Thu 07:30"]
    # Each tells what is new since the one before, though nothing was read in the app meanwhile.
    lessons = [text for _at, to, _subject, text in letters.taken if to == people.daily.email and "new lessons" in text]
    assert ["10 new lessons in STAT 1" in text for text in lessons] == [True, True, True]
    # In Tokyo half past seven is half past ten the evening before.
    assert [at for at, _subject in letters.to(people.tokyo)] == ["Mon 22:30", "Tue 22:30", "Wed 22:30"]
    assert letters.text(people.tokyo, 0).count("Your result in") == 4
    assert "10 new lessons in STAT 1" in letters.text(people.tokyo, 0)


def _weekly(letters, people) -> None:
    """One mail on Wednesday at nine with all that was until then."""
    assert [at for at, _subject in letters.to(people.weekly)] == ["Wed 09:00"]
    text = letters.text(people.weekly, 0)
    # What happens at nine o'clock is for the next week.
    assert ("21 new lessons in STAT 1" in text, text.count("Your result in")) == (True, 7)


def _now(letters, push_service, people) -> None:
    """As it happens: each half hour at most one mail, and a push for each thing at once."""
    mails = letters.to(people.now)
    assert len(mails) == LESSONS
    assert {at.split()[1] for at, _subject in mails} == {f"{hour:02d}:30" for hour in range(8, 18)}
    messages = [one.message for one in push_service.received if one.path == "/now"]
    # A service that answers late on a busy machine is asked again; what it has twice is the same to the last unread one.
    assert len({tuple(sorted(message.items())) for message in messages}) == LESSONS
    assert [one.path for one in push_service.received if one.path != "/now"] == []
    assert messages[0]["title"] == "2 new notifications"
    assert all(message["url"].startswith("/notifications/") for message in messages)


def _left() -> dict[str, int]:
    """What still waits, by who waits: only the weekly digest of the next week may."""
    rows = Delivery.objects.filter(state="waiting").exclude(user__name="Weekly")
    return dict(Counter(rows.values_list("user__name", flat=True)))
