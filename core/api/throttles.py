from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle, SimpleRateThrottle

if TYPE_CHECKING:
    from rest_framework.views import APIView


class PerPerson(SimpleRateThrottle):
    """A ceiling no reasonable program reaches; people by account, strangers by address."""

    scope = "person"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        ident = request.user.pk if request.user and request.user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}


class PerScope(ScopedRateThrottle):
    """Tighter limits for the views that name a ``throttle_scope``: tokens, resets, exports."""
