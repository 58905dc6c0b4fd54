"""The people of a course with their progress: the numbers that the students see themselves."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, IntegerField, Max, OrderBy, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, User
from accounts.validators import normalise_email
from courses.enums import ProgressState, Role
from courses.models import Course, CourseInvitation, ItemProgress, Membership
from courses.rules import own_memberships
from courses.selectors.outline import counted_items
from courses.selectors.results import points_column

# Columns that the list can be sorted by: key in the address, heading, what is compared.
COLUMNS: dict[str, tuple[Any, Any]] = {
    "name": (_("Name"), Lower("user__name")),
    "role": (_("Role"), F("role")),
    "done": (_("Progress"), F("done")),
    "points": (_("Points"), F("points")),
    "seen": (_("Last here"), F("seen_at")),
}

# What a list of people shows of each. A whole account has three times as many columns.
_SHOWN = (
    "public_id", "course_id", "role", "started_at", "ended_at",
    "user__public_id", "user__name", "user__email", "user__avatar", "user__role", "user__is_active",
)  # fmt: skip


@dataclass(frozen=True)
class Roster:
    """``rows``: memberships with ``done``, ``points``, ``seen_at``, ``current_title``; ``total`` counts the course's lessons."""

    rows: QuerySet[Membership]
    total: int
    column: str
    descending: bool


def roster(course: Course, *, role: str = "", query: str = "", order: str = "", total: int | None = None) -> Roster:
    """The current members of a course, filtered and sorted in the database.

    ``order`` is one of ``COLUMNS``, turned by a "-" before it; anything else means by name. ``done`` is counted over the
    items that the student's own course page counts. ``total``: how many lessons the course has, if that is known.
    """
    counted = counted_items(course)
    own = ItemProgress.objects.filter(course=course, user=OuterRef("user"))
    per_person = own.order_by().values("user")
    done = per_person.filter(state=ProgressState.DONE, item__in=counted).annotate(n=Count("pk")).values("n")
    current = own.filter(item__in=counted).order_by("-seen_at").values("item__title")[:1]
    rows = Membership.objects.filter(course=course, ended_at__isnull=True, user__is_active=True)
    if role in Role.values:
        rows = rows.filter(role=role)
    for word in query.replace("\x00", "").split()[:8]:
        rows = rows.filter(Q(user__name__icontains=word) | Q(user__email__icontains=word))
    rows = (
        rows.select_related("user")
        .only(*_SHOWN)
        .annotate(
            done=Coalesce(Subquery(done, output_field=IntegerField()), 0),
            seen_at=Subquery(per_person.annotate(last=Max("seen_at")).values("last")),
            current_title=Subquery(current),
            points=points_column(course),
        )
    )
    column, descending = order.removeprefix("-"), order.startswith("-")
    if column not in COLUMNS:
        column, descending = "name", False
    by = OrderBy(
        COLUMNS[column][1], descending=descending, nulls_last=descending or None, nulls_first=not descending or None
    )
    lessons = counted.count() if total is None else total
    return Roster(rows.order_by(by, Lower("user__name"), "pk"), lessons, column, descending)


@dataclass(frozen=True)
class Heading:
    """A column's heading; ``order`` is what its link asks for, ``sort`` what ``aria-sort`` says."""

    label: Any
    order: str
    sort: str
    number: bool = False


def roster_headings(shown: Roster) -> list[Heading]:
    """The columns that can be sorted by. Pressing the sorted one turns it."""
    headings = []
    for key, (label, _by) in COLUMNS.items():
        sorted_now = key == shown.column
        order = f"-{key}" if sorted_now and not shown.descending else key
        sort = ("descending" if shown.descending else "ascending") if sorted_now else ""
        headings.append(Heading(label, order, sort, number=key in ("done", "points")))
    return headings


def own_membership(user: Any, course: Course) -> Membership | None:
    """The person's current membership in the course."""
    return next((m for m in own_memberships(user) if m.course_id == course.pk), None)


def account_by_email(email: str) -> User | None:
    """The open account with this e-mail address."""
    found: User | None = User.objects.active().filter(email=normalise_email(email)).first()
    return found


def course_invitations(viewer: Any, course: Course, *, state: str = "open") -> QuerySet[Any]:
    """Invitations into a course that ``viewer`` may see, newest first, with ``course_part`` and ``taken_count``."""
    parts = CourseInvitation.objects.visible_to(viewer).filter(course=course).order_by().values("invitation_id")
    rows = Invitation.objects.filter(pk__in=parts).with_taken().select_related("made_by", "course_part__course")
    found: QuerySet[Any] = rows.in_state(state, timezone.now()).order_by("-pk")
    return found
