from dataclasses import dataclass

from core.events import Event, event


@event
@dataclass(frozen=True, kw_only=True)
class PersonalExportAsked(Event):
    """Somebody asked for all that is kept of a person. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    export_id: int


@event
@dataclass(frozen=True, kw_only=True)
class PersonalExportFinished(Event):
    """The archive of a person's data is ready, or could not be made. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    export_id: int
    state: str


@event
@dataclass(frozen=True, kw_only=True)
class PersonalExportFetched(Event):
    """The archive of a person's data was downloaded. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    export_id: int


@event
@dataclass(frozen=True, kw_only=True)
class ErasureAsked(Event):
    """A person is to be erased at ``due_at``, unless it is taken back. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    erasure_id: int
    due_at: str


@event
@dataclass(frozen=True, kw_only=True)
class ErasureTakenBack(Event):
    """A person is not erased after all. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    erasure_id: int


@event
@dataclass(frozen=True, kw_only=True)
class RetentionRuleChanged(Event):
    """How long a kind of data is kept was changed, in days; None is for good. Audience: admins."""

    audience = "admins"
    kind: str
    before: int | None
    after: int | None


@event
@dataclass(frozen=True, kw_only=True)
class RetentionRan(Event):
    """Data of a kind from before ``moment`` was let go of; how many rows. Audience: admins."""

    audience = "admins"
    kind: str
    moment: str
    rows: int
