"""What the site as a whole puts into the kernel's slots."""

from django.utils.translation import gettext_lazy

from core.slots import HEALTH_CHECKS, HealthCheck
from lms.backup.health import last_backup


def register() -> None:
    """Called once, when all apps are loaded."""
    HEALTH_CHECKS.register("backup", HealthCheck(gettext_lazy("Last backup"), last_backup), order=90)
