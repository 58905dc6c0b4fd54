"""The session itself: how long it lasts, going on, and what the sign-in page says of one that has ended."""

from typing import Any

from allauth.account import views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from accounts.selectors.connections import sign_in_buttons
from accounts.session_limits import farewell_words
from accounts.sessions import FAREWELL
from accounts.views.late_forms import late_form_behind


class SignInView(views.LoginView):  # type: ignore[misc]
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "farewell": farewell_words(self.request.session.get(FAREWELL)),
            "connections": sign_in_buttons(),
            "next": self.request.GET.get("next", ""),
            "has_late_form": late_form_behind(self.request) is not None,
        }


sign_in = login_not_required(SignInView.as_view())


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest) -> HttpResponse:
    """Seconds until this session ends: 0 if it has. Asking does not keep it alive (a header says so), sending does."""
    left = getattr(request, "session_ends_in", None) if request.user.is_authenticated else 0
    return JsonResponse({"ends_in": left}, headers={"Cache-Control": "no-store"})
