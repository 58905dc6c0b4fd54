"""Site capabilities: one table."""

from django.db import models

from accounts.enums import SiteRole


class SiteCapability(models.TextChoices):
    CREATE_COURSES = "create_courses"
    MANAGE_USERS = "manage_users"
    RUN_SITE = "run_site"


SITE_CAPABILITIES: dict[SiteRole, frozenset[SiteCapability]] = {
    SiteRole.STUDENT: frozenset(),
    SiteRole.MANAGER: frozenset({SiteCapability.CREATE_COURSES}),
    SiteRole.ADMIN: frozenset(SiteCapability),
}
