"""Proof before a dangerous change, for views of this app and of others.

``proof_needed`` on a view asks for the password, a code or a passkey unless one was given some minutes ago, then goes
on where the person was. A form that was sent meanwhile waits in the session and is carried out afterwards.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows import reauthentication
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

from accounts.proof import is_proved
from core.shortcuts import lead_to, page_address

View = Callable[..., HttpResponseBase]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# A form with one of these is not kept: passwords have no place in the table of sessions.
_SECRETS = ("password", "oldpassword", "password1", "password2", "client_secret")


def proof_needed(*, reading: bool = True, when: Callable[[HttpRequest], bool] | None = None) -> Callable[[View], View]:
    """Guard a view. ``reading=False``: only what changes something, so that the page itself can be looked at.

    ``when``: only requests of which this is true.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            passed_over = (not reading and request.method in _SAFE) or (when is not None and not when(request))
            if passed_over or is_proved(request):
                return view(request, *args, **kwargs)
            return ask_for_proof(request)

        return guarded

    return guard


def ask_for_proof(request: HttpRequest) -> HttpResponse:
    """Send the person to prove who they are; a form they sent is carried out afterwards."""
    if request.method in _SAFE:
        back = page_address(request)
    else:
        back = request.path
        kept = not any(name in request.POST for name in _SECRETS)
        state = {"request": reauthentication.serialize_request(request)} if kept else {}
        request.session[reauthentication.STATE_SESSION_KEY] = state
    return lead_to(request, f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")
