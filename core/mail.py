"""Mail as rows: written in the transaction that causes it, sent by a job, readable afterwards."""

import logging
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage
from django.db import transaction
from django.utils import timezone

from core.models import OutgoingMail
from core.tasks import enqueue

logger = logging.getLogger("aumbry.mail")


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
                enqueue("core.tasks.send_mail", mail_id=mail.pk)
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
        OutgoingMail.objects.filter(pk=mail.pk).update(state=OutgoingMail.State.FAILED, error=type(error).__name__)
        raise
    OutgoingMail.objects.filter(pk=mail.pk).update(state=OutgoingMail.State.SENT, sent_at=timezone.now(), error="")
