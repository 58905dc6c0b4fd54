"""Files of courses: the space that each course has, those with whom files are shared, and where files are used."""

from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.enums import Role
from courses.models import Course, Item, Membership, Page
from courses.roles import Capability, roles_with


class CourseFiles:
    """The space of a course's files; whoever writes the course keeps it."""

    def ids(self, user: Any) -> "QuerySet[Any, Any]":
        return _courses(user, Capability.AUTHOR)

    def names(self, ids: set[int]) -> dict[int, str]:
        return _titles(ids)

    def quota(self) -> int:
        return int(settings.FILES_COURSE_BYTES)


class CourseAudience:
    """People of a course with one of ``roles``. Shared with them by those who have ``capability`` there."""

    def __init__(self, label: Promise, words: Promise, roles: list[Role], capability: Capability) -> None:
        self._label, self._words, self._roles, self._capability = label, words, roles, capability

    @property
    def label(self) -> Promise:
        return self._label

    def ids(self, user: Any) -> "QuerySet[Any, Any]":
        return _memberships(user).filter(role__in=self._roles).values_list("course_id", flat=True)

    def choices(self, user: Any) -> dict[int, str]:
        return self.names(set(_courses(user, self._capability)))

    def find(self, user: Any, text: str) -> int | None:
        named = Course.objects.filter(Q(slug=text.lower()) | Q(code__iexact=text))
        found = named.filter(pk__in=_courses(user, self._capability)).order_by("pk").first()
        return found.pk if found else None

    def names(self, ids: set[int]) -> dict[int, str]:
        return {pk: str(self._words) % {"course": title} for pk, title in _titles(ids).items()}

    def people(self, ids: set[int]) -> "QuerySet[Any, Any]":
        rows = Membership.objects.active().filter(course_id__in=ids, role__in=self._roles).order_by()
        found: QuerySet[Any, Any] = rows.values("user_id")
        return found


AUDIENCES = {
    "course_students": CourseAudience(
        gettext_lazy("Students of a course"),
        gettext_lazy("Students of %(course)s"),
        [Role.STUDENT],
        Capability.AUTHOR,
    ),
    "course_teachers": CourseAudience(
        gettext_lazy("Teachers of a course"),
        gettext_lazy("Teachers of %(course)s"),
        roles_with(Capability.GRADE),
        Capability.VIEW,
    ),
    "course_people": CourseAudience(
        gettext_lazy("Everybody in a course"), gettext_lazy("Everybody in %(course)s"), list(Role), Capability.AUTHOR
    ),
}


def lessons_using(user: Any, ids: set[int]) -> list[tuple[str, str]]:
    """Title and address of the lessons among ``ids`` that ``user`` may see."""
    rows = Item.objects.visible_to(user).filter(pk__in=ids).select_related("course").order_by("pk")
    return [
        (
            _("%(lesson)s in %(course)s") % {"lesson": item.title, "course": item.course.title},
            reverse("courses:lesson", args=[item.course.slug, item.public_id]),
        )
        for item in rows
    ]


def descriptions_using(user: Any, ids: set[int]) -> list[tuple[str, str]]:
    """Title and address of the courses among ``ids`` that ``user`` may see; the files stand in their descriptions."""
    rows = Course.objects.visible_to(user).filter(pk__in=ids).order_by("pk").only("title", "slug")
    return [(_("The description of %(course)s") % {"course": row.title}, row.get_absolute_url()) for row in rows]


def pages_using(user: Any, ids: set[int]) -> list[tuple[str, str]]:
    """Title and address of the pages of courses among ``ids`` that ``user`` may see."""
    rows = Page.objects.visible_to(user).filter(pk__in=ids).select_related("course").order_by("pk")
    return [
        (
            _("%(page)s, a page of %(course)s") % {"page": page.title, "course": page.course.title},
            page.get_absolute_url(),
        )
        for page in rows
    ]


def _memberships(user: Any) -> "QuerySet[Any, Any]":
    if not user.is_authenticated or not user.is_active:
        return Membership.objects.none()
    rows: QuerySet[Any, Any] = Membership.objects.active().filter(user_id=user.pk, course__deleted_at__isnull=True)
    return rows.order_by()


def _courses(user: Any, capability: Capability) -> "QuerySet[Any, Any]":
    return _memberships(user).filter(role__in=roles_with(capability)).values_list("course_id", flat=True)


def _titles(ids: set[int]) -> dict[int, str]:
    return dict(Course.objects.filter(pk__in=ids).order_by().values_list("pk", "title"))
