"""How something that was said to many has reached them."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.shortcuts import signed_in
from notifications.enums import Channel
from notifications.selectors.report import OUTCOMES, PEOPLE_FILTERS, people_told, report, rows_of, sent_thing

PAGE_SIZE = 50
_FILTERS = {"": _("Everybody"), **dict(PEOPLE_FILTERS)}


@require_safe
def deliveries(request: HttpRequest, thread: str) -> HttpResponse:
    sent = sent_thing(signed_in(request), thread)
    if sent is None:
        raise Http404
    query, outcome = request.GET.get("q", "").strip()[:100], request.GET.get("outcome", "")
    page = Paginator(people_told(thread, query=query, outcome=outcome), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "sent": sent,
        "report": report(thread),
        "channels": dict(Channel.choices),
        "filters": [{"value": value, "label": label, "current": value == outcome} for value, label in _FILTERS.items()],
        "query": query,
        "page": page,
        "page_query": urlencode({"q": query, "outcome": outcome}) + "&",
        "rows": [
            (
                row,
                [
                    (channel.label, OUTCOMES.get(row.told[channel][0]), row.told[channel][1])
                    if channel in row.told
                    else None
                    for channel in (Channel.EMAIL, Channel.PUSH)
                ],
            )
            for row in rows_of(thread, list(page.object_list))
        ],
    }
    return render(request, "notifications/deliveries.html", context)
