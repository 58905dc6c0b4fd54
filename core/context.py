"""What is true for the request or job under way."""

from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_address: ContextVar[str] = ContextVar("address", default="")


# Who looks at the site as somebody else, and whether they may only look.
_impersonator: ContextVar[int | None] = ContextVar("impersonator", default=None)
_looks_only: ContextVar[bool] = ContextVar("looks_only", default=False)


def current_impersonator() -> int | None:
    """The number of the person who acts as another one in the request or job under way; None if nobody does."""
    return _impersonator.get()


def looks_only() -> bool:
    """Whether nothing may be changed in the request under way: somebody only looks at the site as another person."""
    return _looks_only.get()


def set_impersonator(number: int | None, *, only_looks: bool = False) -> None:
    """Say who stands behind the person of the request or job under way."""
    _impersonator.set(number)
    _looks_only.set(only_looks)


def current_request_id() -> str:
    """The id of the request or job under way, or an empty string."""
    return _request_id.get()


def set_request_id(value: str) -> None:
    _request_id.set(value)


def current_address() -> str:
    """The network address that the request under way came from; empty for jobs and commands."""
    return _address.get()


def set_address(value: str) -> None:
    _address.set(value)
