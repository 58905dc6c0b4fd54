"""What sockets may hear of courses."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from accounts.models import User
from accounts.services.sockets import tell_sockets
from core.events import Event, beside
from core.realtime import (
    announce_facts,
    announce_facts_afterwards,
    personal_topic,
    register_topic,
    topic_of_rows,
)
from courses.events import (
    CourseBinned,
    CourseChanged,
    CourseImported,
    CoursePublished,
    CourseUnpublished,
    ItemCompleted,
    ItemPublished,
    ItemUnpublished,
    MembershipChanged,
    MembershipEnded,
    OutlineChanged,
    ResultChanged,
    StudentEnrolled,
)
from courses.models import Course, ExportRun, ImportRun, Item

_OUTLINE: tuple[type[Event], ...] = (
    CourseBinned,
    CourseChanged,
    CourseImported,
    CoursePublished,
    CourseUnpublished,
    ItemPublished,
    ItemUnpublished,
    OutlineChanged,
)
_PLACES: tuple[type[Event], ...] = (StudentEnrolled, MembershipChanged, MembershipEnded)
_PROGRESS: tuple[type[Event], ...] = (ItemCompleted, ResultChanged)
# What is written in a lesson is a draft until the lesson is published.
_DRAFTS = frozenset({"section", "block"})


def register() -> None:
    """Called once, when all apps are loaded."""
    register_topic("import", topic_of_rows(lambda: ImportRun.objects))
    register_topic("export", topic_of_rows(lambda: ExportRun.objects))
    register_topic("course", topic_of_rows(lambda: Course.objects))
    register_topic("course_people", topic_of_rows(lambda: Course.objects, permission="courses.view_people"))
    register_topic("editing", topic_of_rows(lambda: Item.objects, permission="courses.change_item", has_presence=True))
    register_topic("learning", personal_topic())
    for cls in _OUTLINE:
        announce_facts(cls, about_courses("course"), "outline")
    for cls in _PLACES:
        announce_facts(cls, about_places, "places")
    for cls in _PROGRESS:
        announce_facts_afterwards(cls, about_places, "progress")
    for cls in (MembershipChanged, MembershipEnded):
        # What they may not hear any more ends within a second.
        beside(cls, lambda facts: tell_sockets(fact.user_id for fact in facts))


def about_courses(kind: str) -> Callable[[Sequence[Any]], Iterable[str]]:
    """The topics of that kind of the courses that events speak about."""

    def topics(facts: Sequence[Any]) -> Iterable[str]:
        wanted = {fact.course_id for fact in facts if getattr(fact, "kind", "") not in _DRAFTS}
        rows = Course.everything.filter(pk__in=wanted)
        return [f"{kind}.{public_id}" for public_id in rows.values_list("public_id", flat=True)]

    return topics


def about_places(facts: Sequence[Any]) -> Iterable[str]:
    """The topics of those who learn, and of the people of their courses."""
    people = User.objects.filter(pk__in={fact.user_id for fact in facts}).values_list("public_id", flat=True)
    return [*(f"learning.{public_id}" for public_id in people), *about_courses("course_people")(facts)]
