"""Who may do what: one question, asked the same way by services, pages, API and templates."""

from typing import Any, Final, Protocol, final

from core.errors import NotAllowed


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
