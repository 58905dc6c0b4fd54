"""Where allauth asks us: words, mail, limits, and what an ended account may do (nothing)."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.known_devices import remember_device
from accounts.limits import too_many_requests
from accounts.models import User
from accounts.services.letters import password_path, send_letter, site_link
from accounts.services.people import AccountSuspended
from accounts.services.profile import set_password
from accounts.services.tries import TooManyTries, forget_strangers, may_try, note_success
from accounts.sessions import arrive, device_number, end_by_number, this_device
from accounts.validators import normalise_email, validate_new_password
from core.addresses import client_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "This email and password do not belong together. Check both, or reset the password."
        ),
        "enter_current_password": _("This is not your current password. Type it again, or sign out and reset it."),
        "incorrect_password": _("This is not your password. Type it again."),
        "invalid_password_reset": _("This link was used already or is too old. Ask for a new one."),
        "too_many_login_attempts": _("Too many tries with this email. Wait a few minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.REGISTRATION_OPEN)

    def clean_email(self, email: str) -> str:
        return normalise_email(email)

    def clean_password(self, password: str, user: User | None = None) -> str:
        validate_new_password(password, user)
        return password

    def set_password(self, user: User, password: str) -> None:
        # Whoever comes here has given the old password or followed the link mailed to the person.
        set_password(actor=user, user=user, password=password, keep=this_device(self.request))

    # Signing in

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            may_try("password", str(credentials.get("email", "")), request)
        except TooManyTries as error:
            page = too_many_requests(request, seconds=error.retry_after or 1)
            raise ImmediateHttpResponse(page) from error

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The person these credentials belong to. An ended account counts as a wrong password.

        allauth would tell the holder of a right password that the account is closed. Who is suspended is told so, after
        the right password only: raises ``AccountSuspended``.
        """
        self.pre_authenticate(request, **credentials)
        user = authenticate(request, **credentials)
        kept_out = AuthenticationBackend.unstash_authenticated_user()
        if user is None and isinstance(kept_out, User) and kept_out.is_suspended:
            raise AccountSuspended(kept_out)
        if isinstance(user, User):
            note_success("password", str(credentials.get("email", "")), request)
            return user
        self.authentication_failed(request, **credentials)
        return None

    def login(self, request: HttpRequest, user: User) -> None:
        before = device_number(request)
        request.is_arriving = True  # type: ignore[attr-defined]
        super().login(request, user)
        arrive(request, user, before=before, address=self.get_client_ip(request))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_device(request, response, user)
        return response

    def logout(self, request: HttpRequest) -> None:
        number = device_number(request)
        super().logout(request)
        if number is not None:
            end_by_number(number)

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        # Called after a reset by mail.
        forget_strangers(str(credentials.get("email", "")))

    def get_login_stages(self) -> list[str]:
        own = {"allauth.mfa.stages.AuthenticateStage": "accounts.stages.SecondFactorStage"}
        return [own.get(stage, stage) for stage in super().get_login_stages()]

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        if user.is_suspended:
            messages.warning(request, str(AccountSuspended(user).message))
        return HttpResponseRedirect(reverse("account_login"))

    def is_safe_url(self, url: str | None) -> bool:
        """Only this host: other allowed hosts may be other sites."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def is_ajax(self, request: HttpRequest) -> bool:
        # Programs have an API; these pages answer with pages.
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:security")

    # Mail

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        words = {key: value for key, value in context.items() if key not in {"request", "current_site"}}
        send_letter(template_prefix, to=email, **words)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return site_link(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def get_reset_password_from_key_url(self, key: str) -> str:
        return site_link(password_path(key))

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)
