"""How one wants to be told, and ending mails by the link in one of them."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.sessions import device_number
from core.errors import DomainError
from core.forms import add_domain_error
from core.shortcuts import signed_in
from notifications import unsubscribing
from notifications.enums import Category, Channel
from notifications.forms import sent_frequencies, shown_matrix, timing_form
from notifications.selectors.browsers import own_browsers
from notifications.selectors.wishes import matrix, mutes, timing_of
from notifications.services.preferences import end_mails, resume_mails, set_wishes


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = timing_form(timing_of(user), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            set_wishes(user=user, wanted=sent_frequencies(request.POST), timing=form.cleaned_data)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Saved"))
            return redirect("notifications:preferences")
    context = {
        "form": form,
        "channels": [one.label for one in Channel],
        "rows": shown_matrix(matrix(user)),
        "mutes": mutes(user),
        "browsers": own_browsers(user),
        "this_device": device_number(request),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "notifications/preferences.html", context, status=status)


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End mails of some categories (RFC 8058). To look at the page ends nothing: programs that check mails do that, too.

    A form of another site could do no more than a program that has the address: whoever has it may.
    """
    ending = unsubscribing.read(token)
    if ending is None:
        raise Http404
    state, before = "ask", {}
    if request.method == "POST" and "undo" in request.POST:
        resume_mails(user_id=ending.user_id, categories=ending.categories, before=_before(request.POST["undo"]))
        state = "again"
    elif request.method == "POST":
        before = end_mails(user_id=ending.user_id, categories=ending.categories)
        state = "done"
    context = {
        "state": state,
        "names": [Category(one).label for one in ending.categories],
        "before": " ".join(f"{one}.{frequency}" for one, frequency in before.items()),
    }
    return render(request, "notifications/unsubscribe.html", context)


def _before(said: str) -> dict[str, str]:
    """How often mails came, as the page itself wrote it down: ``courses.weekly grades.now``."""
    return dict(one.split(".", 1) for one in said.split() if "." in one)
