"""Inviting people, and what the invited see."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from allauth.account.internal import flows
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms import InvitationFilterForm, InvitedSignUpForm, LinkInvitationForm, MailInvitationForm
from accounts.models import Invitation
from accounts.selectors import has_account, list_invitations
from accounts.services import invitations as service
from accounts.views.proof import gives_a_role, proof_needed
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.once import once
from core.shortcuts import get_visible, signed_in

ROWS = 25


@require_GET
def invitations(request: HttpRequest) -> HttpResponse:
    """Who was invited, for administrators, and forms to invite."""
    authorize(request.user, "accounts.add_invitation")
    return _page(request, MailInvitationForm(), LinkInvitationForm())


@require_POST
@proof_needed(when=gives_a_role)
def invitation_mail(request: HttpRequest) -> HttpResponse:
    authorize(request.user, "accounts.add_invitation")
    form = MailInvitationForm(request.POST)
    if form.is_valid():
        try:
            address = once(request, lambda: _mailed(request, form))
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(
                request, _("The invitation to %(email)s is on its way.") % {"email": form.cleaned_data["email"]}
            )
            return redirect(address)
    return _page(request, form, LinkInvitationForm())


def _mailed(request: HttpRequest, form: MailInvitationForm) -> str:
    service.make_invitation(actor=signed_in(request), **form.cleaned_data)
    return reverse("accounts:invitations")


@require_POST
def invitation_link(request: HttpRequest) -> HttpResponse:
    """A link for anybody; it is shown once, in this answer."""
    authorize(request.user, "accounts.add_invitation")
    form = LinkInvitationForm(request.POST)
    made: list[tuple[Invitation, str]] = []
    if form.is_valid():
        try:
            address = once(request, lambda: _linked(request, form, made))
        except DomainError as error:
            add_domain_error(form, error)
        else:
            return link_made(request, made, address)
    return _page(request, MailInvitationForm(), form)


def _linked(request: HttpRequest, form: LinkInvitationForm, made: list[tuple[Invitation, str]]) -> str:
    made.append(service.make_invitation(actor=signed_in(request), **form.cleaned_data))
    return reverse("accounts:invitations")


def link_made(request: HttpRequest, made: list[tuple[Invitation, str]], back: str) -> HttpResponse:
    """Show a new link, which nobody can read again; the form sent twice goes ``back`` to the list."""
    if not made:
        messages.info(request, _("This link was made already. It was shown then and cannot be shown again."))
        return redirect(back)
    invitation, token = made[0]
    context = {"invitation": invitation, "link": service.link_of(token), "back": back}
    answer = render(request, "accounts/invitation_made.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _page(request: HttpRequest, mail: MailInvitationForm, link: LinkInvitationForm) -> HttpResponse:
    shown = InvitationFilterForm(request.GET or {"state": "open"})
    rows = Paginator(list_invitations(request.user, state=shown.value()), ROWS).get_page(request.GET.get("page"))
    rows.object_list = [(row, service.targets_of(row)) for row in rows.object_list]
    context = {"page": rows, "shown": shown, "mail": mail, "link": link, "nav_active": "people"}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if mail.errors or link.errors else HTTPStatus.OK
    return render(request, "accounts/invitations.html", context, status=status)


@require_POST
def invitation_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    invitation = get_visible(Invitation, request.user, public_id=public_id)
    service.end_invitation(actor=request.user, invitation=invitation)
    messages.success(request, _("The invitation is ended. Its link opens nothing any more."))
    return redirect("accounts:invitations")


@require_POST
def invitation_again(request: HttpRequest, public_id: UUID) -> HttpResponse:
    invitation = get_visible(Invitation, request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        service.send_invitation_again(actor=request.user, invitation=invitation)
        messages.success(request, _("Sent again, with a new link. The old one opens nothing any more."))
    return redirect("accounts:invitations")


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="signup")
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """What the invited see: who invites to what, and the ways on. Only a button changes anything."""
    try:
        found = service.invitation_of(token, person=request.user)
        answer = _accept if request.user.is_authenticated else _sign_up
        return answer(request, found, token)
    except service.InvitationGone as gone:
        return render(request, "accounts/invitation_over.html", {"sentence": gone.message}, status=gone.status)


def _accept(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    context = _shown(found, token) | {"is_mine": service.is_for(found, request.user)}
    status = 200
    if request.method == "POST":
        try:
            taken = service.accept_invitation(actor=signed_in(request), token=token)
        except service.InvitationGone:
            raise
        except DomainError as error:
            context["sentence"], status = error.message, error.status
        else:
            messages.success(request, _("You have accepted the invitation."))
            return redirect(taken.address)
    return render(request, "accounts/invitation.html", context, status=status)


def _sign_up(request: HttpRequest, found: Invitation, token: str) -> HttpResponseBase:
    form = InvitedSignUpForm(request.POST or None, invitation=found, token=token)
    if request.method == "POST" and form.is_valid():
        try:
            user, answer = form.try_save(request)
        except service.InvitationGone:
            raise
        except DomainError as error:
            add_domain_error(form, error)
        else:
            if user is None:
                return answer  # type: ignore[return-value]
            signed_up: HttpResponseBase = flows.signup.complete_signup(request, user=user, redirect_url=form.address)
            return signed_up
    context = _shown(found, token) | {"form": form, "known": bool(found.email) and has_account(found.email)}
    return render(request, "accounts/invitation.html", context, status=422 if form.errors else 200)


def _shown(found: Invitation, token: str) -> dict[str, Any]:
    here = reverse("accounts:invitation", args=[token])
    return {
        "invitation": found,
        "targets": service.targets_of(found),
        "login_url": f"{reverse('account_login')}?next={here}",
    }
