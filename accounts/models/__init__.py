from accounts.models.accommodations import Accommodation
from accounts.models.actions import PeopleAction, PeopleActionRow
from accounts.models.connections import Connection
from accounts.models.consents import Consent, PolicyVersion
from accounts.models.devices import Device
from accounts.models.doors import (
    EmailChange,
    Invitation,
    InvitationUse,
    LateForm,
    RolePolicy,
    SignInTries,
)
from accounts.models.impersonations import Impersonation
from accounts.models.imports import PeopleImport, PeopleImportRow
from accounts.models.programs import ApiKey, SigningKey, TokenFamily
from accounts.models.reasons import GivenReason
from accounts.models.user import User

__all__ = [
    "Accommodation",
    "ApiKey",
    "Connection",
    "Consent",
    "Device",
    "EmailChange",
    "GivenReason",
    "Impersonation",
    "Invitation",
    "InvitationUse",
    "LateForm",
    "PeopleAction",
    "PeopleActionRow",
    "PeopleImport",
    "PeopleImportRow",
    "PolicyVersion",
    "RolePolicy",
    "SignInTries",
    "SigningKey",
    "TokenFamily",
    "User",
]
