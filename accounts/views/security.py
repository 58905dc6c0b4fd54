from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.selectors import security_page
from core.shortcuts import signed_in


@require_GET
def security(request: HttpRequest) -> HttpResponse:
    """How one signs in: address, password and what else proves who one is."""
    return render(request, "accounts/security.html", security_page(signed_in(request)))
