"""One page for each error code: API answers link here."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.errors import phrase_of
from lms.error_docs import ERROR_DOCS


@login_not_required
@require_safe
def error_list(request: HttpRequest) -> HttpResponse:
    return render(request, "lms/error_list.html", {"codes": sorted(ERROR_DOCS.items())})


@login_not_required
@require_safe
def error_doc(request: HttpRequest, code: str) -> HttpResponse:
    doc = ERROR_DOCS.get(code)
    if doc is None:
        raise Http404(code)
    context = {"code": code, "doc": doc, "phrase": phrase_of(doc.status)}
    return render(request, "lms/error_doc.html", context)
