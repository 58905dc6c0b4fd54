"""Looking for malware in what is about to be kept."""

import logging
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from core.authz import Actor
from core.errors import Invalid
from core.events import publish
from files.enums import ScanState
from files.events import InfectedFileRefused
from files.scanners.base import scanner

logger = logging.getLogger("aumbry.files")


def scanned(content: BinaryIO, *, actor: Actor, name: str, sha256: str) -> ScanState:
    """Whether a scanner has looked at ``content`` and found nothing. What is infected is refused, and administrators hear
    of it.

    Raises ``Invalid`` ``file_infected``, and ``ProviderError`` when the scanner does not answer: nothing is kept unseen.
    """
    verdict = scanner().scan(content)
    if not verdict.found:
        return ScanState.CLEAN if verdict.is_scanned else ScanState.NOT_SCANNED
    logger.warning("infected file refused", extra={"found": verdict.found, "sha256": sha256, "user": actor.pk})
    with transaction.atomic():
        publish(InfectedFileRefused(actor_id=actor.pk, found=verdict.found, sha256=sha256))
    sentence = _(
        "“%(name)s” was not kept: the virus scanner found %(found)s in it. Nothing of it is here; look after the device that "
        "it comes from."
    )
    message = sentence % {"name": name, "found": verdict.found}
    raise Invalid("file_infected", message, fields={"file": [message]})
