"""Errors that the domain raises and every edge (page, API, command) puts into its own words.

A code is stable and public: API callers branch on it, ``/docs/errors/<code>/`` explains it.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
# The extension "checksum" of tus 1.0.
CHECKSUM_MISMATCH = 460


class DomainError(Exception):
    """Something asked for cannot be done; ``message`` says why and what to do."""

    status = 400
    # For what may be tried again: how long to wait first, told in ``Retry-After``.
    retry_after: int | None = None

    def __init__(
        self,
        code: str,
        message: Text,
        *,
        fields: Mapping[str, Sequence[Text]] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.fields: dict[str, list[Text]] = {k: list(v) for k, v in (fields or {}).items()}
        # What the API tells besides, by name.
        self.extra: dict[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def phrase_of(status: int) -> str:
    """What a status is called; one is not HTTP's own but that of tus."""
    return "Checksum Mismatch" if status == CHECKSUM_MISMATCH else HTTPStatus(status).phrase


class Invalid(DomainError):
    """The values make no sense together or on their own."""

    status = 400


class Conflict(DomainError):
    """The values are fine, the state of things does not allow it."""

    status = 409


class Stale(Conflict):
    """Somebody else changed it first; nothing was overwritten."""

    def __init__(self, *, current_version: int) -> None:
        super().__init__(
            "stale_version",
            _("Somebody else changed this after you opened it. Your text is still here: compare, then save again."),
        )
        self.current_version = current_version
        self.extra = {"current_version": current_version}


class ProviderError(DomainError):
    """A service outside ours failed. ``permanent`` means that trying again will not help."""

    status = 502
    code = "provider_failed"

    def __init__(self, message: Text, *, permanent: bool = False, retry_after: int | None = None) -> None:
        super().__init__(self.code, message)
        self.permanent = permanent
        self.retry_after = retry_after


class LooksOnly(DomainError):
    """Somebody looks at the site as another person and may change nothing meanwhile."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "view_only",
            _(
                "You are looking at the site as somebody else, so nothing can be changed. Nothing was stored. "
                "Stop at the top of the page, then act in your own name."
            ),
        )


class NotAllowed(PermissionDenied):
    """The actor may know of the object but not do this with it."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission
