"""Facts about files."""

from dataclasses import dataclass

from core.events import Event, event


@event
@dataclass(frozen=True, kw_only=True)
class InfectedFileRefused(Event):
    """Somebody sent a file in which malware was found; nothing of it was kept. Audience: the person, admins."""

    audience = "person, admins"
    found: str
    sha256: str
