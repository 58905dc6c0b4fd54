"""Tokens for the scripts of our own pages: the access token in the answer, the refresh token only in a cookie.

The cookie is of no use to scripts (HttpOnly), to other sites (SameSite=Strict, and the origin is checked) and at other
addresses (its path). It belongs to the browser's session: when that is over, it refreshes nothing.
"""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.settings import api_settings

from accounts.api.authentication import PageSession
from accounts.api.me import person_of
from accounts.services.tokens import TokenPair, TokenRefused, issue_page_tokens, refresh_page_tokens, revoke_token
from accounts.sessions import device_number, this_device
from core.api.views import Endpoint

COOKIE_PATH = "/api/v1/auth/session/"


class PageTokenOutput(serializers.Serializer[Any]):
    access = serializers.CharField(help_text=_("For the Authorization header: Bearer, a space, this."))
    expires_in = serializers.IntegerField(help_text=_("Seconds until the access token ends."))


class OwnPage(BasePermission):
    """The request was made by a page of this site: browsers say so themselves, and others cannot make them say it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        origin = request.headers.get("Origin")
        if origin is None:
            # Another site's page cannot set a header of its own without asking first, and is refused then.
            allowed = "X-Requested-With" in request.headers
        else:
            allowed = origin == f"{request.scheme}://{request.get_host()}"
        if not allowed:
            raise PermissionDenied(_("Only pages of this site may ask this."), code="csrf_failed")
        return True


class PageTokenView(Endpoint):
    # The session of a page, and nothing else.
    authentication_classes = (PageSession,)
    no_idempotency = True

    def get_authenticate_header(self, request: Request) -> str:
        return 'Session realm="pages"'

    @extend_schema(
        operation_id="auth_session_token",
        summary="An access token for a page that is signed in",
        description="For the site's own pages: session and X-CSRFToken. The refresh token comes as a cookie that scripts cannot read.",
        tags=["auth"],
        request=None,
        responses=PageTokenOutput,
    )
    def post(self, request: Request) -> Response:
        return answer(issue_page_tokens(user=person_of(request), device=this_device(request)))


class _OwnPages(Endpoint):
    authentication_classes = ()
    permission_classes = (AllowAny, OwnPage)  # type: ignore[assignment]
    no_idempotency = True


class PageRefreshView(_OwnPages):
    @extend_schema(
        operation_id="auth_session_refresh",
        summary="A new access token by the cookie of auth_session_token",
        description="The cookie is used up and replaced. Only from pages of this site, while their session goes on.",
        tags=["auth"],
        request=None,
        responses=PageTokenOutput,
    )
    def post(self, request: Request) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        return answer(refresh_page_tokens(token=_cookie(request), key=key, device=device_number(request._request)))


class PageEndView(_OwnPages):
    @extend_schema(
        operation_id="auth_session_end",
        summary="End a page's tokens",
        description="The session itself goes on; signing out ends both.",
        tags=["auth"],
        request=None,
        responses={204: OpenApiResponse(description="The tokens are of no use any more, and the cookie is gone.")},
    )
    def post(self, request: Request) -> Response:
        revoke_token(token=request.COOKIES.get(settings.REFRESH_COOKIE_NAME, ""))
        response = Response(status=204)
        response.delete_cookie(settings.REFRESH_COOKIE_NAME, path=COOKIE_PATH, samesite="Strict")
        return response


def _cookie(request: Request) -> str:
    token = request.COOKIES.get(settings.REFRESH_COOKIE_NAME, "")
    if not token:
        raise TokenRefused
    return token


def answer(tokens: TokenPair) -> Response:
    seconds = int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds())
    response = Response({"access": tokens.access, "expires_in": seconds}, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        settings.REFRESH_COOKIE_NAME,
        tokens.refresh,
        # Without a last day it goes with the browser's window, as the session does.
        max_age=api_settings.REFRESH_TOKEN_LIFETIME if tokens.remembered else None,
        path=COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response
