"""What an account lacks to go on: the one answer that pages, sessions, tokens and keys give."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.selectors.policies import must_change_password, second_factor_due


@dataclass(frozen=True)
class Missing:
    """``page``: where the person puts it right."""

    code: str
    sentence: str
    page: str


def what_is_missing(user: Any) -> Missing | None:
    """What ``user`` must set up before anything else, or None. Costs no query."""
    due = second_factor_due(user)
    if due is not None and due <= timezone.now():
        sentence = _("Your role must have a second factor by now. Set one up in your account, under “Signing in”.")
        return Missing("second_factor_required", sentence, page="accounts:security")
    if must_change_password(user):
        sentence = _("Without a second factor your password is too short. Choose a longer one, then go on.")
        return Missing("password_change_required", sentence, page="account_change_password")
    return None
