"""Reports of mail servers that a mail did not arrive."""

import io
import sys
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from core.bounces import take_report
from core.mail import bouncing
from core.models import BouncedAddress, OutgoingMail

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail() -> OutgoingMail:
    return OutgoingMail.objects.create(
        sender="site@example.org", recipients=["Sam@example.org"], subject="Hello", text="text", state="sent"
    )


def report(mail_id: object, *, action: str = "failed", status: str = "5.1.1", to: str = "sam@example.org") -> bytes:
    return f"""\
From: MAILER-DAEMON@mx.example.org
To: site@example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <20260101.1@mx.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your mail could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} said the server

--b
Content-Type: message/rfc822

Message-ID: <{mail_id}@learn.example.org>
Subject: Hello

text

--b--
""".replace("\n", "\r\n").encode()


def test_an_address_that_does_not_exist(mail):
    assert [(one.address, one.status) for one in take_report(report(mail.public_id))] == [("sam@example.org", "5.1.1")]
    mail.refresh_from_db()
    assert (mail.state, mail.error) == ("failed", "5.1.1 smtp; 550 5.1.1 said the server")
    assert bouncing("SAM@example.org")


@pytest.mark.parametrize("more", [{"action": "delayed"}, {"status": "4.2.2"}, {"to": "somebody.else@example.org"}])
def test_what_is_not_final_or_of_somebody_else_changes_nothing(mail, more):
    assert take_report(report(mail.public_id, **more)) == []
    mail.refresh_from_db()
    assert (mail.state, BouncedAddress.objects.count()) == ("sent", 0)


@pytest.mark.parametrize("status", ["5.7.1", "5.3.4", "5.6.0"])
def test_a_server_that_wants_no_mail_of_ours_says_nothing_of_the_address(mail, status):
    take_report(report(mail.public_id, status=status))
    mail.refresh_from_db()
    assert (mail.state, bouncing("sam@example.org")) == ("failed", False)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00 nothing of a mail",
        report("019b0000-0000-7000-8000-000000000000"),
        report("------------------------------------"),
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n",
    ],
)
def test_what_is_no_report_of_ours_is_passed_over(mail, data):
    assert (take_report(data), BouncedAddress.objects.count()) == ([], 0)


def test_a_mail_server_pipes_it_to_the_command(mail, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(report(mail.public_id))))
    call_command("take_bounce")
    assert capsys.readouterr().out == "sam@example.org: 5.1.1\n"
