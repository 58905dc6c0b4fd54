"""Courses as places for accommodations: looked after by those who look after their people."""

from typing import Any

from django.db.models import QuerySet

from courses.enums import Role
from courses.models import Course, Membership
from courses.querysets import memberships_with
from courses.roles import Capability


class StudentsLookedAfter:
    """Fills the slot ``ACCOMMODATION_COURSES``."""

    def looked_after(self, user: Any) -> "QuerySet[Any, Any]":
        courses = Course.objects.order_by()
        if not user.is_authenticated or not user.is_active:
            courses = courses.none()
        elif not user.is_superuser:
            courses = courses.filter(memberships_with(user, Capability.MANAGE_PEOPLE, outer="pk"))
        ids: QuerySet[Any, Any] = courses.values_list("pk", flat=True)
        return ids

    def students(self, user: Any) -> "QuerySet[Any, Any]":
        rows = Membership.objects.active().order_by().filter(role=Role.STUDENT)
        ids: QuerySet[Any, Any] = rows.filter(course__in=self.looked_after(user)).values_list("user_id", flat=True)
        return ids

    def of_person(self, viewer: Any, person: Any) -> dict[int, tuple[str, str]]:
        studied = Membership.objects.active().filter(user_id=person.pk, role=Role.STUDENT).values("course_id")
        return self._named(Course.objects.filter(pk__in=self.looked_after(viewer)).filter(pk__in=studied))

    def named(self, ids: set[int]) -> dict[int, tuple[str, str]]:
        return self._named(Course.everything.filter(pk__in=ids))

    def _named(self, courses: Any) -> dict[int, tuple[str, str]]:
        rows = courses.order_by("title", "pk").values_list("pk", "slug", "title")
        return {pk: (slug, title) for pk, slug, title in rows}
