"""One's own notifications: read, opened, muted."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.forms import domain_errors_as_messages
from core.shortcuts import get_visible, signed_in
from notifications.enums import Category
from notifications.models import Mute, Notification
from notifications.selectors.centre import PAGE_SIZE, Wanted, own_notifications, wanted_of
from notifications.selectors.shown import shown
from notifications.selectors.unread import MOST, unread_count
from notifications.services.preferences import mute_from, unmute
from notifications.services.reading import mark_read
from notifications.views.days import by_day


@require_safe
def centre(request: HttpRequest) -> HttpResponse:
    """The list, the latest first; the address says which."""
    user, wanted = signed_in(request), wanted_of(request.GET)
    page = Paginator(own_notifications(user, wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "wanted": wanted,
        "tabs": _tabs(wanted, unread_count(user)),
        "categories": [
            {"label": one.label, "value": one.value, "current": one.value == wanted.category}
            for one in Category
            if one != Category.SITE or user.is_superuser
        ],
        "page": page,
        "page_query": _query(wanted),
        "days": by_day(shown(list(page.object_list))),
    }
    return render(request, "notifications/centre.html", context)


def _tabs(wanted: Wanted, unread: int) -> list[dict[str, Any]]:
    address = reverse("notifications:centre")
    count = f"{MOST - 1}+" if unread >= MOST else unread
    return [
        {
            "label": _("Unread"),
            "url": f"{address}?{_query(Wanted(True, wanted.category))}",
            "current": wanted.unread,
            "count": count,
        },
        {"label": _("All"), "url": f"{address}?{_query(Wanted(False, wanted.category))}", "current": not wanted.unread},
    ]


def _query(wanted: Wanted) -> str:
    return urlencode({"show": "unread" if wanted.unread else "all", "category": wanted.category})


@require_safe
def open_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Where a notification leads; whoever goes there has read it."""
    row = _own(request, public_id)
    if row.read_at is None and getattr(request, "impersonation", None) is None:
        mark_read(user=signed_in(request), pks=[row.pk])
    return redirect(row.url)


@require_POST
def read_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    mark_read(user=signed_in(request), pks=[_own(request, public_id).pk])
    return redirect(_back(request))


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """All of them, or those of a category."""
    category = wanted_of(request.POST).category
    count = mark_read(user=signed_in(request), category=category)
    words = ngettext("%(n)d notification is marked as read.", "%(n)d notifications are marked as read.", count)
    messages.success(request, words % {"n": count} if count else _("There was nothing unread."))
    return redirect(_back(request))


@require_POST
def mute_one(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Hear nothing more of the course, or of the thread, that a notification is about."""
    row = _own(request, public_id)
    with domain_errors_as_messages(request):
        muted = mute_from(user=signed_in(request), notification=row, what=request.POST.get("what", ""))
        name = muted.course.title if muted.course else muted.title
        messages.success(request, _("You hear nothing more of %(name)s. It stands under “Muted”.") % {"name": name})
    return redirect(_back(request))


@require_POST
def mute_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    unmute(user=signed_in(request), muted=get_visible(Mute, request.user, public_id=public_id))
    messages.success(request, _("You hear of it again."))
    return redirect("notifications:preferences")


def _own(request: HttpRequest, public_id: UUID) -> Notification:
    # Not even administrators open what another is told.
    return get_visible(Notification.objects.filter(user=signed_in(request)), request.user, public_id=public_id)


def _back(request: HttpRequest) -> str:
    return f"{reverse('notifications:centre')}?{_query(wanted_of(request.POST))}"
