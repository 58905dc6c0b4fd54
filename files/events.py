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


@event
@dataclass(frozen=True, kw_only=True)
class FileShared(Event):
    """A file or folder was opened to others. Audience: the people it was opened to; of links nobody."""

    audience = "those it is shared with"
    share_id: int
    audience_kind: str
    audience_id: int


@event
@dataclass(frozen=True, kw_only=True)
class QuotaChanged(Event):
    """A space got another limit, in bytes; None is the limit of its kind. Audience: admins."""

    audience = "admins"
    space_id: int
    kind: str
    owner_id: int
    before: int | None
    after: int | None
