"""Mail as rows: written in the transaction that causes it, sent by a job, readable afterwards."""

import logging
import re
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.db import transaction
from django.utils import timezone

from core.errors import ProviderError
from core.models import BouncedAddress, OutgoingMail
from core.tasks import TO_MANY, enqueue

logger = logging.getLogger("aumbry.mail")
# What an enhanced status is about (RFC 3463, 3): the server's own trouble, the protocol, what the mail says, and whom the
# server does not want mail from. None of these says that nobody is there.
_NOT_OF_THE_ADDRESS = re.compile(r"\b5\.[3567]\.\d{1,3}\b")
# A server that answers so speaks of this one mail. A password or a sender that it refuses is a matter of settings: once they
# are right, the mail goes.
_OF_THIS_MAIL = ("SMTPRecipientsRefused", "SMTPDataError")
# From this status on a server means it for good (RFC 5321, 4.2.1).
PERMANENT = 500


class OutboxBackend(BaseEmailBackend):
    """Django's mail backend: whatever sends mail writes ``OutgoingMail`` and a job, nothing else."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            html = ""
            if isinstance(message, EmailMultiAlternatives):
                html = next((str(a[0]) for a in message.alternatives if a[1] == "text/html"), "")
            with transaction.atomic():
                mail = OutgoingMail.objects.create(
                    sender=message.from_email,
                    recipients=list(message.recipients()),
                    subject=str(message.subject)[:998],
                    text=str(message.body),
                    html=html,
                    headers={k: str(v) for k, v in message.extra_headers.items()},
                )
                # Whoever waits for a link to sign in does not wait for everybody's digest.
                priority = TO_MANY if "List-Id" in mail.headers else 0
                enqueue("core.tasks.send_mail", priority=priority, mail_id=mail.pk)
            # For whoever wants to know what becomes of it.
            message.outgoing = mail  # type: ignore[attr-defined]
        return len(email_messages)


def send_queued(mail_id: int) -> None:
    """Hand one waiting mail to the transport; without a transport it is kept for the sent-mail page.

    The Message-ID is the row's own, so a mail handed over twice (a worker killed between the
    handing over and the commit) is recognised as one by the receiving side.
    """
    with transaction.atomic():
        mail = OutgoingMail.objects.select_for_update().filter(pk=mail_id).first()
        if mail is None:
            # Whom it went to was erased since.
            return
        if mail.state in (OutgoingMail.State.SENT, OutgoingMail.State.KEPT):
            return
        if not settings.MAIL_TRANSPORT:
            mail.state = OutgoingMail.State.KEPT
            mail.sent_at = timezone.now()
            mail.save(update_fields=["state", "sent_at"])
            return
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=mail.sender,
        to=mail.recipients,
        headers={"Message-ID": f"<{mail.public_id}@{settings.SITE_HOST}>", **mail.headers},
        connection=get_connection(settings.MAIL_TRANSPORT),
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    try:
        message.send()
    except Exception as error:
        code, said = answer_of(error)
        _failed(mail, f"{code} {said}".strip() if code else type(error).__name__)
        if not code:
            raise
        is_final = code >= PERMANENT and type(error).__name__ in _OF_THIS_MAIL
        if is_final and is_of_the_address(said):
            for address in getattr(error, "recipients", ()):
                note_bounce(address, f"{code} {said}")
        raise MailRefused(str(code), permanent=is_final) from error
    OutgoingMail.objects.filter(pk=mail.pk).update(state=OutgoingMail.State.SENT, sent_at=timezone.now(), error="")


class MailRefused(ProviderError):
    """The mail server took the mail not, or not now."""


def answer_of(error: Exception) -> tuple[int, str]:
    """The status and the words with which a mail server refused; 0 where the connection broke off.

    Known by what the errors of ``smtplib`` carry: ``recipients``, by address what was said of each, or the server's one
    answer. Of several recipients one that may be tried again decides: what is refused for good is refused again.
    """
    said = getattr(error, "recipients", None)
    if isinstance(said, dict) and said:
        code, words = min(said.values(), key=lambda answer: answer[0])
        return int(code), _words(words)
    if (code := getattr(error, "smtp_code", 0)) > 0:
        return int(code), _words(getattr(error, "smtp_error", ""))
    return 0, ""


def is_of_the_address(said: str) -> bool:
    """Whether a final refusal says that the address takes no mail; one for what the mail says, or for who sends it, does not."""
    return _NOT_OF_THE_ADDRESS.search(said) is None


def bouncing(address: str) -> bool:
    """Whether mail to the address was refused for good."""
    return BouncedAddress.objects.filter(email=address.lower()).exists()


def note_bounce(address: str, reason: str) -> None:
    """The address takes no mail: a server said so, at once or by a report that came later."""
    BouncedAddress.objects.update_or_create(
        email=address.lower(), defaults={"at": timezone.now(), "reason": reason[:300]}
    )


def forget_bounce(address: str) -> None:
    """Mail to the address is tried again: its owner has proven it, or somebody has looked into it."""
    BouncedAddress.objects.filter(email=address.lower()).delete()


def _failed(mail: OutgoingMail, why: str) -> None:
    OutgoingMail.objects.filter(pk=mail.pk).update(state=OutgoingMail.State.FAILED, error=why[:500])


def _words(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:300]
