"""A form that makes something makes it once, however often it is sent.

The page carries a one-time key (``{% form_key %}``). The first POST with it does the work and keeps the address to go
to; the same POST again, also fifteen at the same moment, gets that address. What was typed counts: going back, writing
something else and sending again is a new request.
"""

import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from core.models import IdempotentRequest

FIELD = "form_key"
_UNIMPORTANT = {"csrfmiddlewaretoken", FIELD}


def once(request: HttpRequest, make: Callable[[], str]) -> str:
    """The address that ``make`` returned for this form, calling it only if the form was not sent before.

    ``make`` and the note that it ran commit together; what it raises passes through and leaves nothing, so a refused
    form can be sent again. Without a key in the form there is nothing to tell two requests apart by, and ``make`` runs.
    """
    form_key = request.POST.get(FIELD, "")
    if not form_key:
        return make()
    caller, key = str(request.user.pk), f"form:{_digest(request, form_key)}"
    try:
        with transaction.atomic():
            kept = _claim(request, caller, key)
            address = make()
            kept.status, kept.headers = HTTPStatus.FOUND, {"Location": address}
            kept.save(update_fields=["status", "headers"])
            return address
    except _SentBefore:
        found = IdempotentRequest.objects.get(caller=caller, key=key)
        return str(found.headers["Location"])


class _SentBefore(Exception):
    pass


def _claim(request: HttpRequest, caller: str, key: str) -> IdempotentRequest:
    # A second request waits here until the first has committed, on the unique constraint or for the database.
    try:
        with transaction.atomic():
            return IdempotentRequest.objects.create(
                caller=caller, key=key, address=f"POST {request.path}"[:500], body_hash=""
            )
    except IntegrityError as error:
        raise _SentBefore from error


def _digest(request: HttpRequest, form_key: str) -> str:
    typed = {name: values for name, values in request.POST.lists() if name not in _UNIMPORTANT}
    files = [(f.name, f.size) for name in sorted(request.FILES) for f in request.FILES.getlist(name)]
    said = json.dumps([request.path, form_key, typed, files], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
