"""Something that uses files: owner 1 is open to all, owner 2 to people who are signed in."""

from typing import Any

from core.slots import FILE_ACCESS


def _owners(user: Any) -> tuple[int, ...]:
    return (1, 2) if user.is_authenticated else (1,)


def register_shelf() -> None:
    FILE_ACCESS.register("shelf", _owners)  # type: ignore[arg-type]


def __getattr__(name: str) -> Any:
    """``application`` is made when a server process asks for it."""
    if name != "application":
        raise AttributeError(name)
    from lms.asgi import application  # noqa: PLC0415 -- starts Django

    register_shelf()
    return application
