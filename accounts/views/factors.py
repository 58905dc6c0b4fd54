"""One's own second factors, and the second step at the door."""

import base64
from http import HTTPStatus
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.webauthn import views as webauthn_views
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms.factors import PasskeyForm, PasskeyNameForm, TotpForm, make_setup
from accounts.services.factors import (
    WrongCode,
    add_passkey,
    add_totp,
    new_recovery_codes,
    remove_factor,
    rename_passkey,
)
from accounts.sessions import note_wishes
from accounts.views.proof import go_on, proof_needed
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.shortcuts import signed_in


class SecondStepView(AuthenticateView):  # type: ignore[misc]
    """Between the password and the site: a code or a passkey. Nobody is signed in before it."""


second_step = login_not_required(never_cache(SecondStepView.as_view()))


class ProveByCodeView(ReauthenticateView):  # type: ignore[misc]
    template_name = "account/reauthenticate.html"

    def form_valid(self, form: Any) -> HttpResponseBase:
        post_authentication(self.request, form.authenticator, reauthenticated=True)
        return go_on(self.request)


class ProveByPasskeyView(webauthn_views.ReauthenticateWebAuthnView):  # type: ignore[misc]
    template_name = "account/reauthenticate.html"

    def form_valid(self, form: Any) -> HttpResponseBase:
        post_authentication(self.request, form.cleaned_data["credential"], reauthenticated=True)
        return go_on(self.request)

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)


prove_by_code = ProveByCodeView.as_view()
prove_by_passkey = ProveByPasskeyView.as_view()


@login_not_required
@require_POST
@never_cache
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What a browser needs to look for a passkey of this site, whoever's it is."""
    return JsonResponse(webauthn.begin_authentication(None))


class SignInByPasskeyView(webauthn_views.LoginWebAuthnView):  # type: ignore[misc]
    def form_valid(self, form: Any) -> HttpResponse:
        note_wishes(self.request, remembered="on" in self.request.POST.getlist("remember"))
        response: HttpResponse = super().form_valid(form)
        return response


sign_in_by_passkey = login_not_required(require_POST(SignInByPasskeyView.as_view()))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@proof_needed()
def totp(request: HttpRequest) -> HttpResponse:
    """Set up an app that makes codes."""
    user = signed_in(request)
    form = TotpForm(request.POST or None, person=user)
    secret = ""
    if request.method == "POST" and form.is_valid():
        secret, code = form.cleaned_data["setup"], form.cleaned_data["code"]
        try:
            codes = add_totp(actor=user, user=user, secret=secret, code=code, request=request)
        except WrongCode:
            # There are no recovery codes yet to fall back on.
            form.add_error("code", _("This is not the code for this key. Enter the one that the app shows now."))
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("From now on signing in asks for a code from your app."))
            return _shown_codes(request, codes)
    return _totp_page(request, form, secret or form.cleaned_data.get("setup", "") if form.is_bound else "")


def _totp_page(request: HttpRequest, form: TotpForm, secret: str) -> HttpResponse:
    user = signed_in(request)
    if not secret:
        secret = generate_totp_secret()
    adapter = get_adapter()
    address = adapter.build_totp_url(user, secret)
    picture = base64.b64encode(adapter.build_totp_svg(address).encode()).decode()
    groups = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    context = {"form": form, "picture": f"data:image/svg+xml;base64,{picture}", "secret": groups, "address": address}
    context["setup"] = make_setup(secret, user)
    return render(request, "mfa/totp.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@proof_needed()
def passkey_new(request: HttpRequest) -> HttpResponse:
    """Add a passkey: the browser makes it, here it gets a name."""
    user = signed_in(request)
    form = PasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = add_passkey(actor=user, user=user, **form.cleaned_data)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Passkey added. You can sign in with it."))
            return _shown_codes(request, codes)
    options = webauthn.begin_registration(user, True)
    context = {"form": form, "options": options}
    return render(request, "mfa/passkey_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@proof_needed()
def passkey_rename(request: HttpRequest, number: int) -> HttpResponse:
    factor = _own(request, number, type=Authenticator.Type.WEBAUTHN)
    form = PasskeyNameForm(request.POST or None, initial={"name": factor.data["name"]})
    if request.method == "POST" and form.is_valid():
        try:
            rename_passkey(actor=signed_in(request), factor=factor, name=form.cleaned_data["name"])
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Name saved"))
            return redirect("accounts:security")
    return render(request, "mfa/passkey_rename.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@proof_needed()
def factor_remove(request: HttpRequest, number: int) -> HttpResponse:
    """Take a factor away, after a page that says what follows."""
    factor = _own(request, number)
    if request.method != "POST":
        return render(request, "mfa/remove.html", {"factor": factor})
    with domain_errors_as_messages(request):
        remove_factor(actor=signed_in(request), factor=factor)
        messages.success(request, _("Taken away. A mail tells you so, in case it was not you."))
    return redirect("accounts:security")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@proof_needed()
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes; they are shown in the answer to the form alone."""
    if request.method != "POST":
        return render(request, "mfa/recovery_codes_new.html")
    with domain_errors_as_messages(request):
        return _shown_codes(request, new_recovery_codes(actor=signed_in(request), user=signed_in(request)))
    return redirect("accounts:security")


def _shown_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    if not codes:
        return redirect("accounts:security")
    shown = [f"{code[:4]} {code[4:]}" for code in codes]
    text = "\n".join([_("Recovery codes. Each works once."), "", *shown, ""])
    download = f"data:text/plain;charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"
    return render(request, "mfa/recovery_codes.html", {"codes": shown, "download": download})


def _own(request: HttpRequest, number: int, **lookup: Any) -> Authenticator:
    factors = Authenticator.objects.select_related("user").exclude(type=Authenticator.Type.RECOVERY_CODES)
    return get_object_or_404(factors, user=signed_in(request), pk=number, **lookup)
