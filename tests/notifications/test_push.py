"""Push messages, as a push service and a browser get them."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Device
from accounts.services.devices import end_device, sign_out_everywhere
from accounts.services.people import end_user, suspend_user
from core.errors import Conflict, DomainError, Invalid, ProviderError
from core.events import publish
from core.jobs import run_again
from core.outbound import NotReached
from core.worker import wait_after
from courses.events import ResultChanged
from courses.services.publishing import publish_item
from lms.settings.env import env_vapid_key, env_vapid_subject
from notifications.channels import webpush
from notifications.channels.vapid import new_key
from notifications.models import Delivery, Push, PushAttempt, PushKey, PushSubscription
from notifications.services.browsers import MOST, add_browser, try_push
from notifications.services.preferences import set_frequencies
from notifications.services.push import deliver_push, send_push
from notifications.services.push_key import public_key
from tests.notifications.conftest import drain, outcomes
from tests.push_service import PushService

pytestmark = pytest.mark.django_db(transaction=True)
SAID = {"title": "New lesson", "body": "STAT 1", "url": "/notifications/", "tag": "lessons"}


def browser(service: PushService, user, name: str = "one", **more) -> PushSubscription:
    given = service.browser(name)
    return add_browser(user=user, endpoint=given["endpoint"], **given["keys"], **more)


def attempts() -> list[tuple[str, str]]:
    return list(PushAttempt.objects.order_by("pk").values_list("state", "error"))


class TestSending:
    def test_every_browser_of_a_person_gets_it_encrypted(self, people, push_service):
        browser(push_service, people.student, "one")
        browser(push_service, people.student, "two")
        send_push(user_id=people.student.pk, **SAID)
        assert sorted(one.path for one in push_service.received) == ["/one", "/two"]
        assert push_service.messages == [{**SAID, "unread": 0, "lang": "en-gb", "dir": "ltr"}] * 2
        assert b"lesson" not in push_service.received[0].body
        assert attempts() == [("sent", "")] * 2

    def test_it_says_who_sends_and_how_long_it_is_worth_keeping(self, people, push_service, settings):
        browser(push_service, people.student)
        send_push(user_id=people.student.pk, **SAID)
        one = push_service.received[0]
        assert one.claims["sub"] == settings.VAPID_SUBJECT
        assert (one.headers["content-encoding"], one.headers["ttl"], len(one.headers["topic"])) == (
            "aes128gcm",
            "86400",
            32,
        )

    def test_who_has_no_browser_gets_none(self, people):
        assert send_push(user_id=people.student.pk, **SAID) is None

    def test_done_already_it_is_not_sent_again(self, people, push_service):
        browser(push_service, people.student)
        send_push(user_id=people.student.pk, **SAID)
        deliver_push(attempt_id=PushAttempt.objects.get().pk, language="")
        assert len(push_service.received) == 1

    def test_a_text_that_is_too_long_is_cut(self):
        data = webpush.encode({"title": "t", "body": "ü" * 5000, "url": "/"})
        assert webpush.MOST_BYTES - 60 < len(data) <= webpush.MOST_BYTES
        assert data.decode().count("…") == 1

    def test_a_change_that_is_taken_back_sends_nothing(self, people, push_service):
        browser(push_service, people.student)
        with transaction.atomic():
            send_push(user_id=people.student.pk, **SAID)
            transaction.set_rollback(True)
        assert (push_service.received, PushAttempt.objects.count()) == ([], 0)


class TestAnswers:
    @pytest.mark.parametrize("status", [404, 410])
    def test_a_browser_that_is_gone_is_forgotten_and_not_asked_again(self, people, push_service, status):
        browser(push_service, people.student)
        push_service.answers = [status]
        send_push(user_id=people.student.pk, **SAID)
        assert (attempts(), PushSubscription.objects.count()) == ([("gone", "")], 0)
        assert not DBTaskResult.objects.exclude(status="SUCCESSFUL").exists()

    @pytest.mark.parametrize(("status", "words"), [(400, "400 Bad Request"), (403, "403 Forbidden")])
    def test_a_refusal_is_final(self, people, push_service, status, words):
        browser(push_service, people.student)
        push_service.answers = [status]
        send_push(user_id=people.student.pk, **SAID)
        assert attempts() == [("failed", words)]
        # Administrators see it among the failed jobs, and can run it again.
        assert DBTaskResult.objects.get(status="FAILED").task_path == "notifications.tasks.deliver_push"

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_trouble_is_tried_again_later(self, people, push_service, status):
        browser(push_service, people.student)
        push_service.answers = [status]
        send_push(user_id=people.student.pk, **SAID)
        job = DBTaskResult.objects.get(task_path="notifications.tasks.deliver_push")
        assert (attempts()[0][0], job.status, push_service.messages) == ("waiting", "READY", [])
        DBTaskResult.objects.filter(pk=job.pk).update(run_after="2020-01-01T00:00:00Z")
        drain()
        assert (attempts(), len(push_service.messages)) == ([("sent", "")], 1)

    def test_a_redirect_is_no_success(self, people, push_service):
        browser(push_service, people.student)
        push_service.answers = [307]
        send_push(user_id=people.student.pk, **SAID)
        assert attempts()[0][0] == "failed"

    def test_what_nobody_tries_any_more_has_failed(self, people, push_service):
        browser(push_service, people.student)
        push_service.answers = [503] * 8
        send_push(user_id=people.student.pk, **SAID)
        for _again in range(7):
            DBTaskResult.objects.filter(status="READY").update(run_after="2020-01-01T00:00:00Z")
            drain()
        assert attempts() == [("failed", "503 Service Unavailable")]

    def test_a_push_that_fails_does_not_tell_of_itself_for_ever(self, people, push_service, settings):
        settings.JOBS_EAGER = False
        set_frequencies(user=people.admin, wanted={("site", "push"): "now"})
        browser(push_service, people.admin)
        push_service.answers = [403] * 50
        send_push(user_id=people.admin.pk, **SAID)
        drain()
        assert (Push.objects.count(), DBTaskResult.objects.filter(status="READY").count()) == (1, 0)

    def test_one_browser_in_trouble_keeps_no_other_waiting(self, people, push_service):
        browser(push_service, people.student, "one")
        browser(push_service, people.student, "two")
        push_service.answers = [500]
        send_push(user_id=people.student.pk, **SAID)
        assert sorted(state for state, _error in attempts()) == ["sent", "waiting"]


class TestWhoGetsIt:
    def test_whoever_is_signed_in_on_a_browser_has_it(self, people, push_service):
        browser(push_service, people.student)
        browser(push_service, people.other_student)
        assert send_push(user_id=people.student.pk, **SAID) is None
        send_push(user_id=people.other_student.pk, **SAID)
        assert len(push_service.received) == 1

    def test_signing_out_there_ends_it(self, people, push_service, rf):
        device = Device.objects.create(user=people.student)
        browser(push_service, people.student, device=device)
        end_device(actor=people.student, device=device)
        assert PushSubscription.objects.count() == 0
        assert send_push(user_id=people.student.pk, **SAID) is None

    @pytest.mark.parametrize("end", ["everywhere", "suspended", "closed"])
    def test_the_end_of_an_account_or_of_all_sign_ins_ends_it(self, people, push_service, end):
        browser(push_service, people.student)
        if end == "everywhere":
            sign_out_everywhere(actor=people.student, user=people.student)
        elif end == "suspended":
            suspend_user(actor=people.admin, user=people.student, reason="r")
        else:
            end_user(actor=people.admin, user=people.student)
        assert PushSubscription.objects.count() == 0

    def test_one_that_was_turned_on_after_signing_in_again_stays(self, people, push_service, settings):
        settings.JOBS_EAGER = False
        sign_out_everywhere(actor=people.student, user=people.student)
        browser(push_service, people.student, device=Device.objects.create(user=people.student))
        drain()
        assert PushSubscription.objects.count() == 1

    def test_what_was_on_its_way_to_who_signed_out_does_not_arrive(self, people, push_service, settings):
        settings.JOBS_EAGER = False
        device = Device.objects.create(user=people.student)
        browser(push_service, people.student, device=device)
        send_push(user_id=people.student.pk, **SAID)
        Device.objects.update(ended_at="2020-01-01T00:00:00Z")
        drain()
        assert (attempts(), push_service.received) == ([("gone", "")], [])

    def test_so_many_browsers_and_no_more(self, people, push_service):
        for number in range(MOST):
            browser(push_service, people.student, f"n{number}")
        browser(push_service, people.student, "n0")
        with pytest.raises(Conflict, match="too_many_browsers"):
            browser(push_service, people.student, "another")

    def test_a_trial_without_a_browser_says_so(self, people):
        with pytest.raises(DomainError) as refused:
            try_push(user=people.student)
        assert refused.value.code == "no_browser"


class TestBadInput:
    @pytest.mark.parametrize(
        "endpoint",
        ["http://push.example/x", "https://user:pw@push.example/", "ftp://push.example/", "javascript:alert(1)", "x"],
    )
    def test_an_address_that_is_never_asked(self, people, push_service, endpoint):
        keys = push_service.browser()["keys"]
        with pytest.raises(Invalid) as refused:
            add_browser(user=people.student, endpoint=endpoint, **keys)
        assert "endpoint" in refused.value.fields

    @pytest.mark.parametrize(
        "keys",
        [
            {"p256dh": "AAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
            {"p256dh": "B" * 87, "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
            {"p256dh": "*" * 87, "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
        ],
    )
    def test_keys_that_are_none(self, people, push_service, keys):
        with pytest.raises(Invalid) as refused:
            add_browser(user=people.student, endpoint=push_service.browser()["endpoint"], **keys)
        assert "keys" in refused.value.fields

    @pytest.mark.parametrize("what", ["the answer takes too long", "the name is not known"])
    def test_a_service_that_is_slow_or_away_is_asked_again(self, people, push_service, monkeypatch, what):
        def refuse(*_args, **_options):
            raise NotReached(what)

        browser(push_service, people.student)
        monkeypatch.setattr("notifications.channels.webpush.Outbound.request", refuse)
        send_push(user_id=people.student.pk, **SAID)
        assert attempts()[0][0] == "waiting"

    def test_a_service_on_the_own_network_is_not_asked(self, people, push_service, settings):
        browser(push_service, people.student)
        settings.OUTBOUND_ALLOW = []
        send_push(user_id=people.student.pk, **SAID)
        assert (attempts()[0][0], push_service.received) == ("failed", [])


class TestKey:
    def test_is_made_once_and_kept_sealed(self):
        first = public_key()
        row = PushKey.objects.get()
        assert (public_key(), row.public_key) == (first, first)
        assert len(webpush.decoded(first, webpush.POINT)) == webpush.POINT
        assert "gAAAA" in row.sealed_private

    def test_sealed_with_a_secret_that_is_gone_another_is_made(self, settings):
        first = public_key()
        settings.SECRET_KEY = "another-secret-that-is-long-enough-for-this"
        assert public_key() != first
        assert PushKey.objects.count() == 1

    def test_from_the_environment(self, settings):
        settings.VAPID_PRIVATE_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"
        # One times the base point of the curve.
        assert public_key().startswith("BGsX0fLhLEJH")
        assert not PushKey.objects.exists()

    @pytest.mark.parametrize("text", ["abc", "*" * 43, "A" * 44, "A" * 43, "_" * 42 + "8"])
    def test_one_that_is_none_stops_the_start(self, monkeypatch, text):
        monkeypatch.setenv("VAPID_PRIVATE_KEY", text)
        with pytest.raises(ImproperlyConfigured, match="VAPID_PRIVATE_KEY is no key"):
            env_vapid_key("VAPID_PRIVATE_KEY")

    @pytest.mark.parametrize("text", ["someone@example.org", "mailto:someone", "mailto:a@intranet", "http://a.example"])
    def test_a_subject_that_is_nobodys_stops_the_start(self, monkeypatch, text):
        monkeypatch.setenv("VAPID_SUBJECT", text)
        with pytest.raises(ImproperlyConfigured, match="VAPID_SUBJECT is nobody's address"):
            env_vapid_subject("VAPID_SUBJECT", "no-reply@example.org")

    @pytest.mark.parametrize(
        ("said", "sender", "subject"),
        [
            ("mailto:a@example.org", "b@example.org", "mailto:a@example.org"),
            ("https://help.example.org", "b@example.org", "https://help.example.org"),
            ("", "b@example.org", "mailto:b@example.org"),
            # Of such a host no push service takes a message.
            ("", "no-reply@intranet", "mailto:postmaster@localhost"),
        ],
    )
    def test_the_subject_signs(self, monkeypatch, said, sender, subject):
        monkeypatch.setenv("VAPID_SUBJECT", said)
        assert env_vapid_subject("VAPID_SUBJECT", sender) == subject
        assert new_key().authorization("https://push.example.org/x", subject=subject).startswith("vapid t=")


class TestNotifications:
    def test_what_happens_comes_at_once_to_who_wants_it(self, taught, people, push_service):
        set_frequencies(user=people.student, wanted={("courses", "push"): "now"})
        browser(push_service, people.student)
        publish_item(actor=people.owner, item=taught.draft_lesson)
        message = push_service.messages[0]
        assert (message["title"], message["body"], message["unread"]) == (
            "New lesson: Not ready",
            "STAT 1 · Statistics",
            1,
        )
        assert message["url"].startswith("/notifications/")
        assert outcomes(people.student, "push") == [("handed", "")]
        assert Delivery.objects.get(user=people.student, channel="push").push is not None

    def test_a_result_is_not_on_the_lock_screen(self, taught, people, push_service):
        browser(push_service, people.student)
        with transaction.atomic():
            publish(
                ResultChanged(
                    actor_id=people.owner.pk,
                    course_id=taught.course.pk,
                    item_id=taught.lesson.pk,
                    block_id=taught.block.pk,
                    user_id=people.student.pk,
                    before="2/5",
                    after="4/5",
                )
            )
        message = push_service.messages[0]
        assert (message["title"], message["body"]) == ("Your result in Who was asked has changed", "")

    def test_without_a_browser_it_says_why_nothing_was_sent(self, taught, people):
        set_frequencies(user=people.student, wanted={("courses", "push"): "now"})
        publish_item(actor=people.owner, item=taught.draft_lesson)
        assert outcomes(people.student, "push") == [("skipped", "no_device")]


class TestPatience:
    def test_a_service_that_asks_for_time_gets_it(self, people, push_service):
        browser(push_service, people.student)
        push_service.answers, push_service.headers = [429], {"Retry-After": "1200"}
        before = timezone.now()
        send_push(user_id=people.student.pk, **SAID)
        job = DBTaskResult.objects.get(task_path="notifications.tasks.deliver_push")
        assert timedelta(minutes=19) < job.run_after - before < timedelta(minutes=21)

    @pytest.mark.parametrize(
        ("said", "seconds"),
        [("", None), ("soon", None), ("-5", None), ("120", 120), ("9" * 40, 999999999), ("²", None)],
    )
    def test_what_retry_after_says(self, said, seconds):
        assert webpush.seconds_until(said) == seconds

    def test_retry_after_as_a_date(self):
        with time_machine.travel("2026-01-14T12:00:00+00:00", tick=False):
            assert webpush.seconds_until("Wed, 14 Jan 2026 12:10:00 GMT") == 600
            assert webpush.seconds_until("Wed, 14 Jan 2026 11:00:00 GMT") == 0

    def test_nobody_waits_for_longer_than_an_hour(self):
        assert wait_after(ProviderError("busy", retry_after=10**6), 1) == timedelta(hours=1)
        assert wait_after(ProviderError("busy"), 1) < timedelta(seconds=3)

    def test_a_refused_message_goes_out_when_its_job_is_run_again(self, people, push_service):
        browser(push_service, people.student)
        push_service.answers = [403]
        send_push(user_id=people.student.pk, **SAID)
        assert attempts() == [("failed", "403 Forbidden")]
        job = DBTaskResult.objects.get(status="FAILED")
        run_again(actor=people.admin, job_id=job.pk)
        drain()
        assert (attempts(), len(push_service.messages)) == ([("sent", "")], 1)
