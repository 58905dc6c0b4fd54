"""What goes out, when, and what does not."""

import smtplib
from datetime import time, timedelta

import pytest
from django.core.mail import send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.services.people import end_user
from accounts.services.profile import change_profile
from core.mail import bouncing, forget_bounce, note_bounce
from core.models import OutgoingMail
from core.worker import Worker
from courses.models import Course, Item, Membership
from courses.services.enrolment import end_membership, enrol
from courses.services.outline import bin_item
from courses.services.publishing import publish_item, unpublish_item
from notifications.models import Delivery, Notification
from notifications.services import dispatch as dispatching
from notifications.services.dispatch import dispatch
from notifications.services.preferences import mute, set_frequencies, set_timing
from notifications.services.reading import mark_read
from notifications.tasks import dispatch as run_dispatch
from tests.factories import ItemFactory, MembershipFactory, UserFactory
from tests.notifications.conftest import Later, drain, mails, outcomes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now_by_mail(people):
    set_frequencies(user=people.student, wanted={("courses", "email"): "now"})


def publish(taught, people) -> None:
    publish_item(actor=people.owner, item=taught.draft_lesson)


class TestMail:
    pytestmark = pytest.mark.usefixtures("now_by_mail")

    def test_it_waits_two_minutes(self, taught, people, later: Later):
        publish(taught, people)
        later(seconds=119)
        assert (mails(people.student), outcomes(people.student)) == ([], [("waiting", "")])
        later(seconds=1)
        assert mails(people.student) == ["New lesson: Not ready"]
        assert outcomes(people.student) == [("handed", "")]
        assert Delivery.objects.get(user=people.student, channel="email").mail == OutgoingMail.objects.get()

    def test_what_was_read_meanwhile_is_not_mailed(self, taught, people, later: Later):
        publish(taught, people)
        mark_read(user=people.student)
        later(minutes=5)
        assert (mails(people.student), outcomes(people.student)) == ([], [("skipped", "read")])

    def test_what_does_not_stand_in_the_app_is_not_read_there(self, taught, people, later: Later):
        set_frequencies(user=people.student, wanted={("courses", "bell"): "off"})
        publish(taught, people)
        assert mark_read(user=people.student) == mark_read(user=people.student, category="courses") == 0
        later(minutes=5)
        assert (mails(people.student), outcomes(people.student)) == (["New lesson: Not ready"], [("handed", "")])

    def test_who_left_the_course_is_not_told_any_more(self, taught, people, later: Later):
        publish(taught, people)
        membership = Membership.objects.get(course=taught.course, user=people.student)
        end_membership(actor=people.student, membership=membership)
        later(minutes=5)
        assert (mails(people.student), outcomes(people.student)) == ([], [("skipped", "gone")])

    def test_what_is_muted_or_turned_off_meanwhile_is_not_mailed(self, taught, people, later: Later):
        publish(taught, people)
        mute(user=people.student, course=taught.course)
        later(minutes=5)
        assert outcomes(people.student) == [("skipped", "muted")]

    def test_what_is_turned_off_meanwhile_is_not_mailed(self, taught, people, later: Later):
        publish(taught, people)
        set_frequencies(user=people.student, wanted={("courses", "email"): "off"})
        later(minutes=5)
        assert outcomes(people.student) == [("skipped", "off")]

    @pytest.mark.parametrize("by", ["unpublish", "bin", "course"])
    def test_what_was_taken_back_is_not_mailed(self, taught, people, later: Later, by):
        publish(taught, people)
        item = Item.objects.get(pk=taught.draft_lesson.pk)
        if by == "unpublish":
            unpublish_item(actor=people.owner, item=item)
        elif by == "bin":
            bin_item(actor=people.owner, item=item)
        else:
            Course.objects.filter(pk=taught.course.pk).update(state="draft")
        later(minutes=5)
        assert (mails(people.student), outcomes(people.student)) == ([], [("skipped", "withdrawn")])

    def test_a_digest_that_is_due_is_not_put_off_by_saving_again(self, taught, people, clock):
        set_frequencies(user=people.student, wanted={("courses", "email"): "daily"})
        publish(taught, people)
        clock.shift(timedelta(hours=19, minutes=30, seconds=20))
        set_timing(user=people.student, digest_at=time(7, 30), digest_day="0", quiet_from=None, quiet_until=None)
        dispatch()
        assert mails(people.student) == ["New lesson: Not ready"]

    def test_a_closed_account_gets_nothing(self, taught, people, later: Later):
        publish(taught, people)
        end_user(actor=people.admin, user=people.student)
        later(minutes=5)
        assert (mails(people.student), outcomes(people.student)) == ([], [("skipped", "closed")])

    def test_two_dispatchers_send_one_mail(self, taught, people, later: Later):
        publish(taught, people)
        later(minutes=5)
        dispatch()
        assert len(mails(people.student)) == 1

    def test_an_address_that_takes_no_mail_gets_none_until_it_is_proven_again(self, taught, people, later: Later):
        note_bounce(people.student.email.upper(), "550 no such user")
        publish(taught, people)
        later(minutes=5)
        assert (mails(people.student), outcomes(people.student)) == ([], [("skipped", "bounces")])
        forget_bounce(people.student.email)
        mark_read(user=people.student)
        enrol(actor=people.other_owner, course=taught.other_course, user=people.student)
        later(minutes=5)
        assert len(mails(people.student)) == 1

    def test_what_gathers_meanwhile_is_one_mail(self, taught, people, later: Later):
        publish(taught, people)
        later(seconds=90)
        item = ItemFactory(module=taught.module, course=taught.course, state="draft", published_at=None)
        publish_item(actor=people.owner, item=item)
        later(seconds=40)
        later(minutes=5)
        assert mails(people.student) == ["2 new lessons in STAT 1"]

    def test_the_next_mail_counts_what_the_one_before_did_not_tell(self, taught, people, later: Later):
        publish(taught, people)
        later(minutes=5)
        item = ItemFactory(module=taught.module, course=taught.course, title="Two", state="draft", published_at=None)
        publish_item(actor=people.owner, item=item)
        later(minutes=5)
        assert mails(people.student) == ["New lesson: Not ready", "New lesson: Two"]

    def test_who_cannot_be_written_to_holds_up_nobody(self, taught, people, later: Later, monkeypatch):
        set_frequencies(user=people.other_student, wanted={("courses", "email"): "now"})
        write = dispatching.send_letter_about

        def write_or_fail(user, rows):
            if user == people.student:
                raise KeyError("a value that this release does not know")
            return write(user, rows)

        monkeypatch.setattr(dispatching, "send_letter_about", write_or_fail)
        publish(taught, people)
        later(minutes=5)
        assert (mails(people.student), mails(people.other_student)) == ([], ["New lesson: Not ready"])
        assert outcomes(people.student) == [("waiting", "")]
        monkeypatch.setattr(dispatching, "send_letter_about", write)
        later(minutes=20)
        assert mails(people.student) == ["New lesson: Not ready"]

    def test_a_kind_of_an_older_release_is_mailed_in_general_words(self, taught, people, later: Later):
        publish(taught, people)
        Delivery.objects.update(kind="of_old")
        Notification.objects.update(kind="of_old")
        later(minutes=5)
        assert mails(people.student) == ["Something has happened"]

    def test_twelve_that_have_gathered_cost_as_many_questions_as_two(self, taught, people, clock):
        costs = []
        for count in (2, 12):
            for number in range(count):
                item = ItemFactory(
                    module=taught.module, course=taught.course, title=str(number), state="draft", published_at=None
                )
                publish_item(actor=people.owner, item=item)
            Delivery.objects.exclude(user=people.student, channel="email").delete()
            with CaptureQueriesContext(connection) as queries:
                dispatch(timezone.now() + timedelta(minutes=5))
            costs.append([query["sql"].split("WHERE")[0][:60] for query in queries])
            mark_read(user=people.student)
        assert len(costs[0]) == len(costs[1])
        assert mails(people.student) == ["2 new lessons in STAT 1", "12 new lessons in STAT 1"]

    def test_hundreds_are_mailed_in_parts_and_a_link_to_sign_in_goes_first(
        self, taught, people, settings, later: Later, monkeypatch
    ):
        settings.JOBS_EAGER = False
        monkeypatch.setattr(dispatching, "AT_ONCE", 2)
        for user in UserFactory.create_batch(5):
            MembershipFactory(course=taught.course, user=user, role="student")
            set_frequencies(user=user, wanted={("courses", "email"): "now"})
        publish(taught, people)
        drain()
        Delivery.objects.filter(channel="email").update(due_at=timezone.now())
        run_dispatch.enqueue()
        assert Worker(name="test").run_one()
        jobs = DBTaskResult.objects.filter(status="READY").order_by("-priority", "enqueued_at")
        assert [job.task_path.rpartition(".")[2] for job in jobs] == ["dispatch", "send_mail", "send_mail"]
        send_mail("A link to sign in", "text", "site@example.org", ["x@example.org"])
        assert [job.priority for job in jobs.all()] == [0, 0, -10, -10]
        drain()
        assert OutgoingMail.objects.filter(headers__has_key="List-Id").count() == 7


class TestQuiet:
    pytestmark = pytest.mark.usefixtures("now_by_mail")

    def test_in_quiet_hours_it_waits_for_their_end(self, taught, people, later: Later, clock):
        set_timing(
            user=people.student, digest_at=time(7, 30), digest_day="0", quiet_from=time(11), quiet_until=time(15)
        )
        publish(taught, people)
        later(minutes=5)
        assert (mails(people.student), outcomes(people.student)) == ([], [("waiting", "")])
        later(hours=2, minutes=54)
        assert mails(people.student) == []
        later(minutes=1)
        assert mails(people.student) == ["New lesson: Not ready"]

    def test_who_ends_them_early_gets_what_waits(self, taught, people, later: Later):
        set_timing(
            user=people.student, digest_at=time(7, 30), digest_day="0", quiet_from=time(11), quiet_until=time(15)
        )
        publish(taught, people)
        later(minutes=5)
        set_timing(user=people.student, digest_at=time(7, 30), digest_day="0", quiet_from=None, quiet_until=None)
        later(minutes=3)
        assert mails(people.student) == ["New lesson: Not ready"]


class TestDigests:
    def test_a_daily_digest_comes_at_half_past_seven(self, taught, people, later: Later):
        publish(taught, people)
        later(hours=19, minutes=29)
        assert mails(people.student) == []
        later(minutes=1)
        assert mails(people.student) == ["New lesson: Not ready"]

    def test_another_time_moves_what_waits(self, taught, people, later: Later):
        publish(taught, people)
        set_timing(user=people.student, digest_at=time(18), digest_day="0", quiet_from=None, quiet_until=None)
        later(hours=6)
        assert mails(people.student) == ["New lesson: Not ready"]

    def test_who_moves_has_it_by_the_clock_of_the_new_place(self, taught, people, later: Later):
        publish(taught, people)
        # There it is four hours later: half past seven comes at half past three in London.
        change_profile(actor=people.student, user=people.student, time_zone="Asia/Dubai")
        later(hours=15, minutes=29)
        assert mails(people.student) == []
        later(minutes=1)
        assert mails(people.student) == ["New lesson: Not ready"]

    def test_who_wants_it_now_after_all_gets_what_waits(self, taught, people, later: Later):
        publish(taught, people)
        set_frequencies(user=people.student, wanted={("courses", "email"): "now"})
        later(minutes=3)
        assert mails(people.student) == ["New lesson: Not ready"]


class Server(BaseEmailBackend):
    """Says what the test wants it to say."""

    says: list[Exception | None] = []

    def send_messages(self, messages):
        if (error := self.says.pop(0) if self.says else None) is not None:
            raise error
        return len(messages)


@pytest.fixture
def server(settings):
    settings.MAIL_TRANSPORT = f"{__name__}.Server"
    Server.says = []
    return Server


class TestServer:
    pytestmark = pytest.mark.usefixtures("now_by_mail")

    def test_an_address_that_does_not_exist_is_tried_once_and_remembered(self, taught, people, later: Later, server):
        address = people.student.email
        server.says = [smtplib.SMTPRecipientsRefused({address: (550, b"5.1.1 No such user")})]
        publish(taught, people)
        later(minutes=5)
        mail = OutgoingMail.objects.get(recipients=[address])
        assert (mail.state, mail.error, bouncing(address)) == ("failed", "550 5.1.1 No such user", True)
        assert DBTaskResult.objects.get(status="FAILED").task_path == "core.tasks.send_mail"

    @pytest.mark.parametrize(
        "error",
        [
            smtplib.SMTPRecipientsRefused({"a@example.org": (451, b"greylisted")}),
            smtplib.SMTPServerDisconnected("gone"),
            ConnectionRefusedError(),
            TimeoutError(),
        ],
    )
    def test_trouble_is_tried_again_and_nothing_is_lost(self, taught, people, later: Later, server, error):
        server.says = [error]
        publish(taught, people)
        later(minutes=5)
        mail = OutgoingMail.objects.get(recipients=[people.student.email])
        job = DBTaskResult.objects.filter(task_path="core.tasks.send_mail").latest("enqueued_at")
        assert (mail.state, job.status, bouncing(people.student.email)) == ("failed", "READY", False)
        later(minutes=5)
        DBTaskResult.objects.filter(pk=job.pk).update(run_after="2020-01-01T00:00:00Z")
        drain()
        mail.refresh_from_db()
        assert (mail.state, mail.error) == ("sent", "")

    def test_a_server_that_wants_no_mail_of_ours_is_no_bounce(self, taught, people, later: Later, server):
        server.says = [smtplib.SMTPDataError(554, b"5.7.1 spam")]
        publish(taught, people)
        later(minutes=5)
        mail = OutgoingMail.objects.get(recipients=[people.student.email])
        assert (mail.state, mail.error, bouncing(people.student.email)) == ("failed", "554 5.7.1 spam", False)

    def test_an_address_behind_a_server_that_wants_none_of_ours_is_no_bounce(
        self, taught, people, later: Later, server
    ):
        server.says = [smtplib.SMTPRecipientsRefused({people.student.email: (550, b"5.7.1 blocked")})]
        publish(taught, people)
        later(minutes=5)
        assert bouncing(people.student.email) is False

    def test_a_password_that_the_server_refuses_is_tried_again(self, taught, people, later: Later, server):
        server.says = [smtplib.SMTPAuthenticationError(535, b"5.7.8 wrong")]
        publish(taught, people)
        later(minutes=5)
        job = DBTaskResult.objects.filter(task_path="core.tasks.send_mail").latest("enqueued_at")
        assert job.status == "READY"
