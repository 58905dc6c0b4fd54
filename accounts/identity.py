"""What a service elsewhere said about somebody, whichever way it said it."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from core.errors import DomainError, Text


@dataclass(frozen=True)
class Identity:
    """``uid`` is the provider's own name for the person and never changes; all else may."""

    uid: str
    email: str = ""
    email_verified: bool = False
    name: str = ""
    said: dict[str, Any] = field(default_factory=dict)


class SignOnError(DomainError):
    """The provider's answer cannot be used. ``message`` is for the person, ``detail`` for who runs the site."""

    status = 400

    def __init__(self, message: Text, *, detail: str | Promise = "") -> None:
        super().__init__("sign_on_failed", message)
        self.detail = detail or message


@dataclass(frozen=True)
class Check:
    """One step of trying a connection: what was looked at, whether it holds, and a sentence about it."""

    label: Text
    ok: bool
    detail: Text
