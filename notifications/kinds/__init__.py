"""Kinds of notifications, by the app whose events they tell of."""

from notifications.kinds import accounts, courses, files, site
from notifications.kinds.base import KINDS, Facts, Kind, Words, kinds_of

__all__ = ["KINDS", "Facts", "Kind", "Words", "kinds_of", "register_kinds"]


def register_kinds() -> None:
    """Called once, when all apps are loaded."""
    courses.register()
    accounts.register()
    files.register()
    site.register()
