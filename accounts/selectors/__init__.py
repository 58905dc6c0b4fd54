"""What the pages and the API read about people and their accounts."""

from accounts.selectors.bearers import bearer_of
from accounts.selectors.invitations import has_account, list_invitations
from accounts.selectors.own import (
    email_change_of_link,
    factor_kinds,
    late_form,
    open_email_change,
    own_devices,
    own_factors,
    own_keys,
    security_page,
)
from accounts.selectors.people import ORDERINGS, admins_without_address, has_confirmed_email, list_people

__all__ = [
    "ORDERINGS",
    "admins_without_address",
    "bearer_of",
    "email_change_of_link",
    "factor_kinds",
    "has_account",
    "has_confirmed_email",
    "late_form",
    "list_invitations",
    "list_people",
    "open_email_change",
    "own_devices",
    "own_factors",
    "own_keys",
    "security_page",
]
