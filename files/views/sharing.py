"""Sharing files and folders, and ending it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from core.authz import authorize
from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.shortcuts import get_visible, signed_in
from files.forms import LinkForm, ShareForm
from files.models import Share
from files.services.accesses import latest_accesses
from files.services.kept import Entry
from files.services.sharing import end_share, link_of, share_by_link, share_with, who_can_open
from files.views.shown import get_entry

REFUSED = 422


@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, public_id: UUID, kind: str) -> HttpResponse:
    """Who can open it; opening it to others, or by a link."""
    entry = get_entry(request.user, kind, public_id)
    authorize(request.user, f"files.share_{kind}", entry)
    by_link = request.POST.get("by") == "link"
    user = signed_in(request)
    form = ShareForm(user, request.POST if request.method == "POST" and not by_link else None)
    link_form = LinkForm(request.POST if by_link else None, auto_id="link_%s")
    used: Any = link_form if by_link else form
    if request.method == "POST" and used.is_valid():
        try:
            if by_link:
                share_by_link(actor=user, entry=entry, **link_form.cleaned_data)
            else:
                _share_with(user, entry, form.cleaned_data)
        except DomainError as error:
            add_domain_error(used, error)
        else:
            messages.success(request, _("The link is ready.") if by_link else _("It is shared."))
            return redirect(f"files:share-{kind}", entry.public_id)
    context = {
        "nav_active": "files",
        "entry": entry,
        "kind": kind,
        "form": form,
        "link_form": link_form,
        "accesses": [(one, _address(request, one.share)) for one in who_can_open(entry)],
        "log": latest_accesses(entry),
        "log_url": reverse(f"files:log-{kind}", args=[entry.public_id]),
    }
    return render(request, "files/share.html", context, status=REFUSED if used.errors else 200)


@require_POST
def share_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Close a share at once."""
    found = get_visible(Share.objects.select_related("file__space", "folder__space"), request.user, public_id=public_id)
    with domain_errors_as_messages(request):
        end_share(actor=signed_in(request), share=found)
        messages.success(request, _("Nobody can open it by this any more."))
    return redirect(f"files:share-{'file' if found.file_id else 'folder'}", found.entry.public_id)


def _share_with(user: User, entry: Entry, values: dict[str, Any]) -> Share:
    kind, _colon, number = values["whom"].partition(":")
    if kind == Share.PERSON:
        person = User.objects.visible_to(user).filter(email__iexact=values["person"]).first()
        number = str(person.pk) if person else "0"
    return share_with(
        actor=user,
        entry=entry,
        kind=kind,
        audience_id=int(number),
        level=values["level"],
        expires_at=values["expires_at"],
    )


def _address(request: HttpRequest, share: Share | None) -> str:
    return request.build_absolute_uri(link_of(share)) if share is not None and share.is_link else ""
