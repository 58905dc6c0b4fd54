"""Mail is a row and a job; it leaves once, or stays."""

import smtplib

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from core.mail import send_queued
from core.models import OutgoingMail
from core.worker import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_lazy")]
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


class Refusing(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise smtplib.SMTPRecipientsRefused({})


def write(subject: str = "Hello") -> OutgoingMail:
    connection = get_connection("core.mail.OutboxBackend")
    message = EmailMultiAlternatives(
        subject, "text", "site@example.org", ["a@example.org"], cc=["c@example.org"], connection=connection
    )
    message.attach_alternative("<p>text</p>", "text/html")
    message.extra_headers["X-Kind"] = "test"
    assert message.send() == 1
    return OutgoingMail.objects.get(subject=subject)


def test_sending_writes_a_row_and_a_job():
    mail = write()
    assert (mail.state, mail.sender, mail.recipients, mail.text, mail.html, mail.headers) == (
        "queued",
        "site@example.org",
        ["a@example.org", "c@example.org"],
        "text",
        "<p>text</p>",
        {"X-Kind": "test"},
    )
    assert DBTaskResult.objects.get().args_kwargs["kwargs"] == {"mail_id": mail.pk}


def test_a_rollback_sends_nothing():
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert (OutgoingMail.objects.count(), DBTaskResult.objects.count()) == (0, 0)


def test_without_a_transport_it_is_kept():
    write()
    Worker().drain()
    mail = OutgoingMail.objects.get()
    assert (mail.state, mail.sent_at is not None, django_mail.outbox) == ("kept", True, [])


def test_with_a_transport_it_is_sent_once(settings):
    settings.MAIL_TRANSPORT = LOCMEM
    mail = write()
    Worker().drain()
    send_queued(mail.pk)
    assert [m.subject for m in django_mail.outbox] == ["Hello"]
    sent = django_mail.outbox[0]
    assert sent.extra_headers == {"Message-ID": f"<{mail.public_id}@{settings.SITE_HOST}>", "X-Kind": "test"}
    assert sent.alternatives[0][0] == "<p>text</p>"
    mail.refresh_from_db()
    assert (mail.state, mail.error) == ("sent", "")


def test_a_refusal_is_noted_and_tried_again(settings):
    settings.MAIL_TRANSPORT = "tests.core.test_mail.Refusing"
    mail = write()
    Worker().drain()
    mail.refresh_from_db()
    job = DBTaskResult.objects.get()
    assert (mail.state, mail.error) == ("failed", "SMTPRecipientsRefused")
    assert job.status == TaskResultStatus.READY

    settings.MAIL_TRANSPORT = LOCMEM
    DBTaskResult.objects.update(run_after="2020-01-01T00:00:00Z")
    Worker().drain()
    mail.refresh_from_db()
    assert (mail.state, mail.error, len(django_mail.outbox)) == ("sent", "", 1)
