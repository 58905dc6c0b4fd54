from typing import TYPE_CHECKING, Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView


class SignedIn(BasePermission):
    """Default of the API: closed to strangers. What may be done is asked by the services."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return bool(request.user and request.user.is_authenticated)


class PermissionName(BasePermission):
    """Ask the permission that the view names for this method before anything is read.

    ``permission_names = {"POST": "courses.add_course"}`` on the view; methods it does not name are
    left to ``visible_to`` and to the services.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not (request.user and request.user.is_authenticated):
            return False
        names: dict[str, str] = getattr(view, "permission_names", {})
        name = names.get(request.method or "")
        return name is None or bool(request.user.has_perm(name, self._subject(view)))

    def _subject(self, view: "APIView") -> Any:
        subject = getattr(view, "permission_subject", None)
        return subject() if callable(subject) else None
