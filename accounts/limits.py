from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def too_many_requests(request: HttpRequest, exception: Exception | None = None, *, seconds: int = 60) -> HttpResponse:
    """The page for somebody who tried too often, with how long to wait; also allauth's ``handler429``."""
    context = {"minutes": max(1, round(seconds / 60))}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response
