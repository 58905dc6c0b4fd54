"""Proof before a dangerous change: whoever finds a browser open must not be able to take the account over."""

from typing import Any

from allauth.account.internal.flows import reauthentication
from allauth.account.views import ReauthenticateView
from allauth.core.internal.httpkit import deserialize_request
from allauth.core.internal.urlkit import script_aware_resolve
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.enums import SiteRole
from accounts.proof import note_proof
from accounts.proof_pages import ask_for_proof, proof_needed
from accounts.sessions import renew_session
from core.shortcuts import signed_in

__all__ = ["ProofView", "ask_for_proof", "gives_a_role", "go_on", "proof_needed", "prove"]


def gives_a_role(request: HttpRequest) -> bool:
    """Whether the form makes somebody more than a student."""
    return request.POST.get("role", SiteRole.STUDENT) != SiteRole.STUDENT


def go_on(request: HttpRequest) -> HttpResponseBase:
    """After the proof: carry out the form that waits, or go back to the page that asked."""
    note_proof(request)
    renew_session(request)
    state: dict[str, Any] = request.session.pop(reauthentication.STATE_SESSION_KEY, None) or {}
    back = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("accounts:security")
    if "request" not in state:
        return redirect(back)
    waiting = deserialize_request(state["request"], request)
    if waiting.path != back:
        return redirect(back)
    resolved = script_aware_resolve(waiting.path)
    response: HttpResponseBase = resolved.func(waiting, *resolved.args, **resolved.kwargs)
    if response.status_code < 400:
        return response
    # The form has mistakes: its page would stand under this address, so it is offered at its own.
    fields = [
        (name, value) for name, values in waiting.POST.lists() if name != "csrfmiddlewaretoken" for value in values
    ]
    return render(request, "account/go_on.html", {"action": waiting.path, "fields": fields})


class ProofView(ReauthenticateView):  # type: ignore[misc]
    """By password."""

    def _check_reauthentication_method_available(self, request: HttpRequest) -> HttpResponseBase | None:
        if self.get_reauthentication_alternatives() or signed_in(request).has_usable_password():
            return super()._check_reauthentication_method_available(request)  # type: ignore[no-any-return]
        # Who signs in elsewhere has nothing to prove with here, but a new sign-in.
        return render(request, self.template_name, {"elsewhere": True})

    def form_valid(self, form: Any) -> HttpResponseBase:
        reauthentication.reauthenticate_by_password(self.request)
        return go_on(self.request)


prove = ProofView.as_view()
