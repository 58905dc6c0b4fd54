"""What a place that holds films must be able to say of an address."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult

from django.utils.functional import Promise


@dataclass(frozen=True)
class Film:
    """A film elsewhere.

    ``address`` is the one way of writing it that is stored and linked. A film is either played by the page's own
    player (``media_type``) or by a frame from elsewhere (``frame``), which is loaded only when somebody presses play.
    ``origin`` is where the one or the other comes from: what a page's content policy has to let through.
    """

    provider: str
    address: str
    origin: str
    media_type: str = ""
    frame: str = ""
    start: int = 0


class Provider(Protocol):
    """``label`` names the place to people; empty where it is the address's own host."""

    @property
    def key(self) -> str: ...

    @property
    def label(self) -> str | Promise: ...

    def film(self, address: SplitResult) -> Film | None:
        """The film at an address with a plain host name; None if it is not one of this place's."""
