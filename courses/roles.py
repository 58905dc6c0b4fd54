"""Course capabilities: one table. Whoever asks "may they?" asks for a capability, never for a role."""

from django.db import models

from courses.enums import Role


class Capability(models.TextChoices):
    VIEW = "view"
    LEARN = "learn"
    DISCUSS = "discuss"
    MODERATE = "moderate"
    AUTHOR = "author"
    GRADE = "grade"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_COURSE = "manage_course"
    VIEW_PEOPLE = "view_people"
    VIEW_ANALYTICS = "view_analytics"


C = Capability

CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.OWNER: frozenset(Capability) - {C.LEARN},
    Role.TEACHER: frozenset(Capability) - {C.LEARN, C.MANAGE_COURSE},
    Role.ASSISTANT: frozenset({C.VIEW, C.DISCUSS, C.MODERATE, C.GRADE, C.VIEW_PEOPLE, C.VIEW_ANALYTICS}),
    Role.OBSERVER: frozenset({C.VIEW}),
    Role.STUDENT: frozenset({C.VIEW, C.LEARN, C.DISCUSS}),
}


def roles_with(capability: Capability) -> list[Role]:
    """The roles that have a capability, in the table's order."""
    return [role for role, capabilities in CAPABILITIES.items() if capability in capabilities]


def all_branches_roles() -> list[Role]:
    """The roles that see every branch of an experiment: those who read a course without learning in it."""
    return [role for role, own in CAPABILITIES.items() if Capability.VIEW in own and Capability.LEARN not in own]
