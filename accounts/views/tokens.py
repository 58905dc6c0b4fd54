"""What others need to check our tokens, and the way back to a page whose session had ended."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.services.signing import public_keys


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def key_set(request: HttpRequest) -> HttpResponse:
    """The public halves of the keys that tokens are signed with, as a JWK set (RFC 7517)."""
    return JsonResponse({"keys": public_keys()}, content_type="application/jwk-set+json")


@require_safe
def back_in(request: HttpRequest) -> HttpResponse:
    """Where signing in for another window ends: tells that window, which goes on with what was typed in it."""
    return render(request, "accounts/back_in.html")


@login_not_required
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """The dialog that asks to sign in again, for whichever page finds that its session is over: no page carries it along."""
    return render(request, "accounts/signed_out.html")
