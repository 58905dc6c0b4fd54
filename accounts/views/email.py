"""One's own address is changed, and the mailed links that say yes or no to it."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.email_links import NO, LinkRefused
from accounts.forms import EmailForm
from accounts.limits import too_many_requests
from accounts.selectors import email_change_of_link
from accounts.services.email_change import answer_email_change, ask_email_change, call_off_email_change
from accounts.views.proof import proof_needed
from core.errors import Conflict, DomainError
from core.forms import add_domain_error
from core.shortcuts import signed_in


@proof_needed()
@require_http_methods(["GET", "HEAD", "POST"])
def email_change(request: HttpRequest) -> HttpResponse:
    """Ask for another address; both are mailed."""
    user, form = signed_in(request), EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ask_email_change(actor=user, user=user, email=form.cleaned_data["email"])
        except DomainError as error:
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                return too_many_requests(request, seconds=error.retry_after or 60)
            add_domain_error(form, error)
        else:
            messages.success(request, _("Two mails are on their way: one to each address. Open both."))
            return redirect("accounts:security")
    context = {"form": form, "email": user.email}
    return render(request, "accounts/email_change.html", context, status=422 if form.errors else 200)


@require_POST
def email_change_off(request: HttpRequest) -> HttpResponse:
    call_off_email_change(actor=signed_in(request), user=signed_in(request))
    messages.success(request, _("Your email stays as it is."))
    return redirect("accounts:security")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def email_answer(request: HttpRequest, key: str) -> HttpResponse:
    """Where a mailed link leads: a page with one button, since a link that is merely opened changes nothing."""
    try:
        if request.method == "POST":
            answer = answer_email_change(token=key)
            return render(request, "accounts/email_answered.html", {"state": answer.state, "change": answer.change})
        change, what = email_change_of_link(key)
    except (LinkRefused, Conflict):
        return render(request, "accounts/email_answered.html", {"state": "refused"}, status=HTTPStatus.CONFLICT)
    return render(request, "accounts/email_answer.html", {"change": change, "is_no": what == NO})
