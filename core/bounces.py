"""Reports that a mail did not arrive (RFC 3464), as a mail server hands them to a program."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Any

from django.core.exceptions import ValidationError

from core.mail import is_of_the_address, note_bounce
from core.models import OutgoingMail

logger = logging.getLogger("aumbry.mail")
# Longer than any report that quotes a mail of ours.
MOST_BYTES = 2 * 1024 * 1024
_OURS = re.compile(r"<?([0-9a-f-]{36})@")


@dataclass(frozen=True)
class Refusal:
    """One address that took a mail not. ``is_final``: a status of the class 5 (RFC 3463); others are tried again."""

    address: str
    status: str
    said: str

    @property
    def is_final(self) -> bool:
        return self.status.startswith("5")


def take_report(data: bytes) -> list[Refusal]:
    """Note what a report says of mails of this site: the address takes no more, the mail was not delivered.

    Returns the final refusals; none if it is no report, or of no mail of ours.
    """
    message = message_from_bytes(data[:MOST_BYTES], policy=policy.default)
    mail = _mail_of(message)
    if mail is None:
        # Anybody may send a report: without the number of a mail that we sent it counts for nothing.
        logger.warning("a report names no mail of this site")
        return []
    sent_to = {str(address).lower() for address in mail.recipients}
    final = [one for one in _refusals(message) if one.is_final and one.address in sent_to]
    for refusal in final:
        if not is_of_the_address(refusal.status):
            continue
        note_bounce(refusal.address, f"{refusal.status} {refusal.said}".strip())
    if final:
        why = "; ".join(f"{one.status} {one.said}".strip() for one in final)
        OutgoingMail.objects.filter(pk=mail.pk).update(state=OutgoingMail.State.FAILED, error=why[:500])
    return final


def _refusals(message: EmailMessage | Message) -> Iterator[Refusal]:
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        payload: Any = part.get_payload()
        for block in payload if isinstance(payload, list) else []:
            address = _address(block, "Original-Recipient") or _address(block, "Final-Recipient")
            if address and str(block.get("Action", "")).strip().lower() == "failed":
                said = " ".join(str(block.get("Diagnostic-Code", "")).split())
                yield Refusal(address, str(block.get("Status", "")).strip(), said[:300])


def _address(block: Any, name: str) -> str:
    # "rfc822; somebody@example.org"
    return str(block.get(name, "")).rpartition(";")[2].strip().strip("<>").lower()


def _mail_of(message: EmailMessage | Message) -> OutgoingMail | None:
    """The mail that is reported on: its number stands in the quoted head, or in what the report answers."""
    for part in message.walk():
        quoted = part.get_payload() if part.get_content_type() == "message/rfc822" else None
        heads = [*(quoted if isinstance(quoted, list) else []), part]
        texts = [str(head.get(name, "")) for head in heads for name in ("Message-ID", "In-Reply-To", "References")]
        if part.get_content_type() == "text/rfc822-headers":
            texts.append(str(part.get_payload()))
        for found in _OURS.findall(" ".join(texts)):
            try:
                mail = OutgoingMail.objects.filter(public_id=found).first()
            except ValidationError:
                continue
            if mail is not None:
                return mail
    return None
