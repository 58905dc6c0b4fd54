"""What the pages and the API read about people and their accounts."""

from accounts.selectors.bearers import bearer_of
from accounts.selectors.impersonations import list_impersonations
from accounts.selectors.imports import import_counts, import_report, import_rows, list_people_imports
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
from accounts.selectors.people import (
    ORDERINGS,
    SEEN,
    STATES,
    admins_without_address,
    has_confirmed_email,
    list_people,
    people_page,
    person_file,
)

__all__ = [
    "ORDERINGS",
    "SEEN",
    "STATES",
    "admins_without_address",
    "bearer_of",
    "email_change_of_link",
    "factor_kinds",
    "has_account",
    "has_confirmed_email",
    "import_counts",
    "import_report",
    "import_rows",
    "late_form",
    "list_impersonations",
    "list_invitations",
    "list_people",
    "list_people_imports",
    "open_email_change",
    "own_devices",
    "own_factors",
    "own_keys",
    "people_page",
    "person_file",
    "security_page",
]
