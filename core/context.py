"""What is true for the request or job under way."""

from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """The id of the request or job under way, or an empty string."""
    return _request_id.get()


def set_request_id(value: str) -> None:
    _request_id.set(value)
