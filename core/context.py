"""What is true for the request or job under way."""

from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_address: ContextVar[str] = ContextVar("address", default="")


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
