from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from core.shortcuts import render_page
from courses.forms import CatalogueForm
from courses.selectors import CatalogueFilter, catalogue, catalogue_cards
from courses.views.answers import other_parameters

PAGE_SIZE = 24


@require_safe
@login_not_required
def catalogue_page(request: HttpRequest) -> HttpResponse:
    """All courses one can find, searched and filtered by the address; open to visitors."""
    form = CatalogueForm(request.GET)
    query, only = form.query, form.only if request.user.is_authenticated else CatalogueFilter.ALL
    page = Paginator(catalogue(request.user, query, only), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "nav_active": "courses",
        "query": query,
        "only": only,
        "filters": CatalogueFilter.choices if request.user.is_authenticated else [],
        "page": page,
        "page_query": other_parameters(request),
        "cards": catalogue_cards(request.user, page.object_list),
    }
    return render_page(request, "courses/catalogue.html", context, partial="results")
