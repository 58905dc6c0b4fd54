"""Where allauth asks us about signing in by a service elsewhere. What happens to somebody is decided in sign_on.py."""

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest
from django.urls import reverse


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        # Accounts come from ``make_person`` alone, if the connection makes any; never by allauth's own way.
        return False

    def authenticate_by_email(self, sociallogin: Any) -> None:
        # Whether an address opens an account depends on the connection, too: see ``selectors.outcome``.
        return None

    def get_requests_session(self) -> Any:
        from core.outbound import Outbound  # noqa: PLC0415 -- requests is not needed for other requests

        return Outbound()

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        return reverse("accounts:security")

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """No letters of allauth's: this site tells people by its events."""
