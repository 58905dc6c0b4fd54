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
from accounts.models.imports import PeopleImport, PeopleImportRow
from accounts.models.programs import ApiKey, SigningKey, TokenFamily
from accounts.models.user import User

__all__ = [
    "ApiKey",
    "Connection",
    "Consent",
    "Device",
    "EmailChange",
    "Invitation",
    "InvitationUse",
    "LateForm",
    "PeopleImport",
    "PeopleImportRow",
    "PolicyVersion",
    "RolePolicy",
    "SignInTries",
    "SigningKey",
    "TokenFamily",
    "User",
]
