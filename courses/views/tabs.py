"""The tabs of a course's pages."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise

from core.slots import COURSE_TABS
from courses.models import Course


@dataclass(frozen=True)
class Tab:
    label: str | Promise
    url: str
    current: bool


def course_tabs(user: Any, course: Course, current: str) -> list[Tab]:
    """The pages of the course that are open to the person; none where there is only one."""
    tabs = [
        Tab(tab.label, reverse(tab.url_name, args=[course.slug]), tab.key == current)
        for tab in COURSE_TABS
        if user.has_perm(tab.permission, course)
    ]
    return tabs if len(tabs) > 1 else []
