"""allauth's pages, with what we say differently."""

from typing import Any

from allauth.account import views
from allauth.account.internal.flows.email_verification import send_verification_email_at_login
from allauth.account.internal.stagekit import unstash_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST


class SignUpView(views.SignupView):  # type: ignore[misc]
    def closed(self) -> HttpResponse:
        response: HttpResponse = super().closed()
        response.status_code = 403
        return response


class CheckYourMailView(views.EmailVerificationSentView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        login = unstash_login(self.request, peek=True)
        email = (login.user.email if login.user else login.email) if login else ""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"email": email}


sign_up = SignUpView.as_view()
check_your_mail = login_not_required(CheckYourMailView.as_view())


@login_not_required
@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    """Mail the confirmation link again to whom this browser is signing up; at most one in three minutes."""
    login = unstash_login(request, peek=True)
    if login is None:
        messages.info(request, _("Sign in with your email and password; the link is then sent again."))
        return redirect("account_login")
    send_verification_email_at_login(request, login)
    messages.info(request, _("If the last mail is older than three minutes, another one is on its way."))
    return redirect("account_email_verification_sent")
