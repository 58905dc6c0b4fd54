"""Who looked at the site as whom."""

from typing import Any

from accounts.models import Impersonation, User
from accounts.querysets import ImpersonationQuerySet


def list_impersonations(viewer: Any, *, of: User | None = None, open_only: bool = False) -> ImpersonationQuerySet:
    """What ``viewer`` may see, the latest first; ``of``: only looks as that person; ``open_only``: those going on."""
    rows: ImpersonationQuerySet = Impersonation.objects.visible_to(viewer).select_related("actor", "user")
    if of is not None:
        rows = rows.filter(user=of)
    if open_only:
        rows = rows.open()
    return rows.order_by("-pk")
