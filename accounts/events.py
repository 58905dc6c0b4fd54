from dataclasses import dataclass

from core.events import Event, event


@event
@dataclass(frozen=True, kw_only=True)
class UserRegistered(Event):
    """Somebody made an account. Audience: admins."""

    audience = "admins"
    user_id: int


@event
@dataclass(frozen=True, kw_only=True)
class PeopleImported(Event):
    """A table of people was applied; how many rows came to what. Audience: admins."""

    audience = "admins"
    import_id: int
    created: int
    changed: int
    unchanged: int
    refused: int


@event
@dataclass(frozen=True, kw_only=True)
class UserChanged(Event):
    """Fields of an account changed; names only, never values. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    fields: list[str]


@event
@dataclass(frozen=True, kw_only=True)
class UserRoleChanged(Event):
    """Somebody's site role changed. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    before: str
    after: str


@event
@dataclass(frozen=True, kw_only=True)
class UserEnded(Event):
    """An account was closed; what the person did stays. Audience: admins."""

    audience = "admins"
    user_id: int


@event
@dataclass(frozen=True, kw_only=True)
class UserSuspended(Event):
    """Somebody was kept out for a time, with a reason that they are told. Audience: the person, admins.

    Sessions, tokens and keys are ended by then; who holds a connection of theirs closes it.
    """

    schema_version = 2
    audience = "person, admins"
    user_id: int
    # The row that has the words: an entry of the log could not be emptied.
    reason_id: int


@event
@dataclass(frozen=True, kw_only=True)
class UserRestored(Event):
    """A closed account was opened again. Audience: admins."""

    audience = "admins"
    user_id: int


@event
@dataclass(frozen=True, kw_only=True)
class ApiKeyMade(Event):
    """Somebody made a key for a program. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    key_id: int
    scopes: list[str]


@event
@dataclass(frozen=True, kw_only=True)
class ApiKeyEnded(Event):
    """A key was ended. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    key_id: int


@event
@dataclass(frozen=True, kw_only=True)
class SignedIn(Event):
    """Somebody proved who they are on a device; ``method`` says how. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    device_id: int
    method: str


@event
@dataclass(frozen=True, kw_only=True)
class DeviceEnded(Event):
    """A device was signed out. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    device_id: int


@event
@dataclass(frozen=True, kw_only=True)
class SignedOutEverywhere(Event):
    """Every session and token of a person ended; ``keys``: their keys for programs, too. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    keys: bool


@event
@dataclass(frozen=True, kw_only=True)
class SecondFactorChanged(Event):
    """A second factor was added or taken away; ``kind``: totp, webauthn, recovery_codes. Audience: the person, admins.

    ``reason_id``: the row that says why an administrator took it away.
    """

    schema_version = 2
    audience = "person, admins"
    user_id: int
    kind: str
    added: bool
    reason_id: int | None = None


@event
@dataclass(frozen=True, kw_only=True)
class SignInRulesChanged(Event):
    """What signing in asks of a role was changed; names of the fields only. Audience: admins."""

    audience = "admins"
    role: str
    fields: list[str]


@event
@dataclass(frozen=True, kw_only=True)
class ConnectionChanged(Event):
    """A way to sign in by another service was made, changed or deleted. Audience: admins."""

    audience = "admins"
    connection_id: int
    change: str


@event
@dataclass(frozen=True, kw_only=True)
class AccountLinked(Event):
    """Somebody can sign in by another service. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    connection_id: int


@event
@dataclass(frozen=True, kw_only=True)
class EmailChangeAsked(Event):
    """Somebody asked for another address; both have been mailed. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int


@event
@dataclass(frozen=True, kw_only=True)
class AccountUnlinked(Event):
    """Somebody can no longer sign in by another service. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    connection_id: int


@event
@dataclass(frozen=True, kw_only=True)
class InvitationMade(Event):
    """Somebody made an invitation; ``mailed``: to one address. Audience: admins."""

    audience = "admins"
    invitation_id: int
    role: str
    mailed: bool


@event
@dataclass(frozen=True, kw_only=True)
class InvitationTaken(Event):
    """Somebody accepted an invitation. Audience: the person, admins."""

    audience = "person, admins"
    invitation_id: int
    user_id: int


@event
@dataclass(frozen=True, kw_only=True)
class InvitationEnded(Event):
    """An invitation was ended; its link opens nothing any more. Audience: admins."""

    audience = "admins"
    invitation_id: int


@event
@dataclass(frozen=True, kw_only=True)
class EmailChangeEnded(Event):
    """A change of address was carried out, called off or overtaken by another. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int


@event
@dataclass(frozen=True, kw_only=True)
class ImpersonationStarted(Event):
    """An administrator began to look at the site as ``user_id``; why, says its row. Audience: the person, admins."""

    schema_version = 2
    audience = "person, admins"
    user_id: int
    impersonation_id: int
    may_change: bool


@event
@dataclass(frozen=True, kw_only=True)
class ImpersonationEnded(Event):
    """Nobody looks at the site as ``user_id`` by this any more; ``how``: stopped, time, signed_out, refused.

    Audience: the person, admins.
    """

    audience = "person, admins"
    user_id: int
    impersonation_id: int
    how: str


@event
@dataclass(frozen=True, kw_only=True)
class RefusedRowsDownloaded(Event):
    """Somebody fetched the rows of a table of people that were refused. Audience: admins."""

    audience = "admins"
    of_reading = True
    import_id: int
    rows: int


@event
@dataclass(frozen=True, kw_only=True)
class PolicyWritten(Event):
    """A version of a policy was written, or changed before it came into force. Audience: admins."""

    audience = "admins"
    policy: str
    version: int


@event
@dataclass(frozen=True, kw_only=True)
class AccommodationChanged(Event):
    """An accommodation was given (no ``before``), changed, or ended (no ``after``); never what the note says.

    Audience: the person, who looks after it.
    """

    audience = "person, staff who look after it"
    user_id: int
    accommodation_id: int
    course_id: int | None
    before: str | None
    after: str | None
    note_changed: bool


@event
@dataclass(frozen=True, kw_only=True)
class ConsentGiven(Event):
    """Somebody agreed to a version of a policy. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    policy: str
    version: int


@event
@dataclass(frozen=True, kw_only=True)
class ConsentRefused(Event):
    """Somebody said no to a version of a policy, or took their consent back. Audience: the person, admins."""

    audience = "person, admins"
    user_id: int
    policy: str
    version: int


@event
@dataclass(frozen=True, kw_only=True)
class UserErased(Event):
    """Everything personal about an account was taken away. Audience: admins."""

    audience = "admins"
    user_id: int
