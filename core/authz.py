"""Who may do what: one question, asked the same way by services, pages, API and templates."""

from typing import Any, Final, Protocol, final

from core.context import looks_only
from core.errors import LooksOnly, NotAllowed


class Actor(Protocol):
    """A user, an anonymous visitor, or ``SYSTEM``."""

    @property
    def pk(self) -> int | None: ...

    # "Any", since Django's anonymous visitor narrows what it may be asked about.
    def has_perm(self, permission: str, obj: Any = None, /) -> bool: ...


@final
class System:
    """The installation itself: commands, imports and jobs that no person asked for."""

    pk: None = None
    id: None = None
    is_authenticated: bool = True
    is_active: bool = True

    def has_perm(self, permission: str, obj: object = None, /) -> bool:
        return True

    def __repr__(self) -> str:
        return "SYSTEM"


SYSTEM: Final = System()


def authorize(actor: Actor, permission: str, obj: object = None) -> None:
    """Let ``actor`` through or raise ``NotAllowed``.

    First line of every writing service, so that no edge can forget it.
    """
    if not actor.has_perm(permission, obj):
        raise NotAllowed(permission)


def refuse_if_only_looking() -> None:
    """Raise ``LooksOnly`` while somebody looks at the site as another person without the right to change anything.

    The one place that says so: asked by the gate of pages and API for each request that would change something, by
    ``publish`` for each change whatever way it came, and by whatever takes frames from a socket.
    """
    if looks_only():
        raise LooksOnly
