"""The course page, and a person's courses in the rail."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, IntegerField, Value, When

from courses.enums import CourseState, EnrolmentPolicy, Role
from courses.models import Course, Membership, Page
from courses.roles import CAPABILITIES, Capability
from courses.rules import course_roles, own_memberships
from courses.selectors.outline import Lesson, Outline, duration, length_in_words, outline
from courses.selectors.pages import pages_of

RAIL_LENGTH = 8


def rail_courses(user: Any) -> tuple[bool, list[Course]]:
    """The person's courses for the rail, at most eight; first whether they teach any of them."""
    rows = [m for m in own_memberships(user) if is_open_to(m)]
    teaches = any(m.can(Capability.VIEW_PEOPLE) for m in rows)
    courses = sorted((m.course for m in rows), key=lambda course: (course.code, course.pk))
    return teaches, courses[:RAIL_LENGTH]


def is_open_to(membership: Membership) -> bool:
    """Whether the membership's course is there for its holder: kept, and published or theirs to write."""
    course = membership.course
    return course.deleted_at is None and (course.state != CourseState.DRAFT or membership.can(Capability.AUTHOR))


@dataclass(frozen=True)
class StaffMember:
    name: str
    initials: str
    hue: int
    role: str

    @property
    def role_label(self) -> str:
        return str(Role(self.role).label)


def staff_of(course_ids: Iterable[int]) -> dict[int, list[StaffMember]]:
    """Owners, teachers and assistants by course id, in that order, in one query."""
    roles = [Role.OWNER, Role.TEACHER, Role.ASSISTANT]
    order = Case(*(When(role=r, then=Value(i)) for i, r in enumerate(roles)), output_field=IntegerField())
    rows = Membership.objects.filter(course_id__in=list(course_ids), role__in=roles, ended_at__isnull=True)
    staff: dict[int, list[StaffMember]] = defaultdict(list)
    for row in rows.select_related("user").annotate(order=order).order_by("order", "pk"):
        person = row.user
        staff[row.course_id].append(StaffMember(str(person), person.initials, person.hue, row.role))
    return dict(staff)


@dataclass(frozen=True)
class CoursePage:
    """``places_left`` is None without a limit; ``role`` is empty for people outside."""

    course: Course
    outline: Outline
    staff: list[StaffMember]
    role: str
    places_left: int | None
    may_enrol: bool
    may_leave: bool
    enrolment_closed: bool
    pages: list[Page]

    @property
    def length(self) -> str:
        return length_in_words(self.outline.total, self.outline.minutes)

    @property
    def minutes_left(self) -> str:
        left = sum(lesson.minutes_left or 0 for lesson in self.outline if not lesson.is_done)
        return duration(left) if left else ""

    @property
    def coming(self) -> list[Lesson]:
        """The lesson to go on with and the next ones that are not finished, three at most."""
        current = self.outline.current
        if current is None:
            return []
        later = [lesson for lesson in self.outline if not lesson.is_done and lesson.url]
        return later[later.index(current) : later.index(current) + 3] if current in later else []

    @property
    def others(self) -> int:
        return len(self.staff) - 1

    @property
    def is_full(self) -> bool:
        return self.places_left == 0

    @property
    def teachers(self) -> list[StaffMember]:
        return [person for person in self.staff if person.role != Role.ASSISTANT]

    @property
    def assistants(self) -> list[StaffMember]:
        return [person for person in self.staff if person.role == Role.ASSISTANT]


def course_page(user: Any, course: Course) -> CoursePage:
    """All that the course page shows to ``user``, in three or four queries."""
    role = course_roles(user).get(course.pk)
    places = None
    if course.capacity is not None and role is None:
        places = max(course.capacity - course.memberships.filter(ended_at__isnull=True, role=Role.STUDENT).count(), 0)
    is_open = course.is_published and course.enrolment == EnrolmentPolicy.OPEN
    return CoursePage(
        course=course,
        outline=outline(user, course),
        staff=staff_of([course.pk]).get(course.pk, []),
        role=role or "",
        places_left=places,
        may_enrol=role is None and is_open and places != 0,
        may_leave=role is not None and Capability.LEARN in CAPABILITIES[role],
        pages=pages_of(user, course) if role or user.is_superuser else [],
        enrolment_closed=role is None and course.is_published and course.enrolment == EnrolmentPolicy.CLOSED,
    )
