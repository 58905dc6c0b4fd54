"""A course's published outline as one reader sees it, with what they have done of it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, FilteredRelation, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.prepared import Parameter, Prepared
from core.slots import ITEM_KINDS
from courses.enums import CourseState, ProgressState
from courses.models import Course, Item
from courses.querysets import ItemQuerySet
from courses.roles import Capability
from courses.rules import can

_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Lesson:
    """One line of the outline. ``url`` is empty if the reader may not open it; times are aware, shares percent."""

    id: int
    public_id: UUID
    number: str
    title: str
    url: str
    kind: str
    minutes: int | None
    state: str = ""
    share: int = 0
    place: str = ""
    seen_at: datetime | None = None
    icon: str = "book-open"
    tag: str = ""
    tag_kind: str = ""
    current: bool = False

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    @property
    def minutes_left(self) -> int | None:
        """The author's estimate less the share that was read, rounded up."""
        return math.ceil(self.minutes * (100 - self.share) / 100) if self.minutes else None


@dataclass(frozen=True)
class ModuleLessons:
    id: int
    number: int
    title: str
    lessons: list[Lesson]
    with_progress: bool
    open: bool = False

    @property
    def done_count(self) -> int:
        return sum(lesson.is_done for lesson in self.lessons)

    @property
    def done(self) -> bool:
        return self.with_progress and self.done_count == len(self.lessons)

    @property
    def progress(self) -> int | None:
        return self.done_count * 100 // len(self.lessons) if self.with_progress else None

    @property
    def meta(self) -> str:
        total = len(self.lessons)
        if self.with_progress:
            return _("%(done)s of %(total)s done") % {"done": self.done_count, "total": total}
        lessons = ngettext("%(n)s lesson", "%(n)s lessons", total) % {"n": total}
        minutes = sum(lesson.minutes or 0 for lesson in self.lessons)
        return _("%(lessons)s, %(minutes)s min") % {"lessons": lessons, "minutes": minutes} if minutes else lessons


@dataclass(frozen=True)
class Outline:
    modules: list[ModuleLessons] = field(default_factory=list)
    with_progress: bool = False

    def __iter__(self) -> Iterator[Lesson]:
        for module in self.modules:
            yield from module.lessons

    @property
    def total(self) -> int:
        return sum(len(module.lessons) for module in self.modules)

    @property
    def done(self) -> int:
        return sum(module.done_count for module in self.modules)

    @property
    def minutes(self) -> int:
        return sum(lesson.minutes or 0 for lesson in self)

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total if self.total else 0

    @property
    def is_finished(self) -> bool:
        return self.with_progress and 0 < self.total == self.done

    @property
    def started(self) -> bool:
        return any(lesson.state for lesson in self)

    @property
    def current(self) -> Lesson | None:
        return next((lesson for lesson in self if lesson.current), None)

    def find(self, item_id: int) -> Lesson | None:
        return next((lesson for lesson in self if lesson.id == item_id), None)

    def around(self, item_id: int) -> tuple[Lesson | None, Lesson | None]:
        """The lessons before and after one, of those that the reader may open."""
        lessons = [lesson for lesson in self if lesson.url or lesson.id == item_id]
        place = next((i for i, lesson in enumerate(lessons) if lesson.id == item_id), None)
        if place is None:
            return None, None
        return (lessons[place - 1] if place else None, lessons[place + 1] if place + 1 < len(lessons) else None)

    def module_of(self, item_id: int) -> ModuleLessons | None:
        return next((m for m in self.modules if any(lesson.id == item_id for lesson in m.lessons)), None)


def length_in_words(lessons: int, minutes: int) -> str:
    """For instance "12 lessons, 3 h 20 min"; empty for a course without lessons."""
    if not lessons:
        return _("No lessons yet")
    words = ngettext("%(n)s lesson", "%(n)s lessons", lessons) % {"n": lessons}
    return f"{words}, {duration(minutes)}" if minutes else words


def duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(n)s min") % {"n": rest}
    if not rest:
        return _("%(n)s h") % {"n": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


_COLUMNS = ("pk", "public_id", "title", "kind", "minutes", "is_preview", "module_id", "module__title")
_OWN = ("mine__state", "mine__share", "mine__place", "mine__seen_at")


def counted_items(course: Course) -> ItemQuerySet:
    """The items that progress in a course is counted over: published and not in the bin."""
    items: ItemQuerySet = Item.objects.filter(course=course).published()
    return items


def _items_with_progress() -> "QuerySet[Any, Any]":
    items = Item.objects.filter(course_id=Parameter("course", BigIntegerField())).published()
    own = FilteredRelation("progress", condition=Q(progress__user_id=Parameter("reader", BigIntegerField())))
    ordered = items.annotate(mine=own).order_by("module__rank", "module_id", "rank", "pk")
    rows: QuerySet[Any, Any] = ordered.values_list(*_COLUMNS, *_OWN)
    return rows


_rows = Prepared(_items_with_progress)


def outline(user: Any, course: Course) -> Outline:
    """The published outline with the reader's own states and counts, in one query."""
    learns = can(user, Capability.LEARN, course.pk)
    rows = _rows(course=course.pk, reader=user.pk if learns else 0)
    return _arrange(rows, with_progress=learns, reads_all=reads_all(user, course), course=course)


def reads_all(user: Any, course: Course) -> bool:
    """Whether the person may open every published lesson of the course."""
    if user.is_authenticated and user.is_active and user.is_superuser:
        return True
    if can(user, Capability.AUTHOR, course.pk):
        return True
    return can(user, Capability.VIEW, course.pk) and course.state != CourseState.DRAFT


def lesson_url_pattern(course_slug: str) -> tuple[str, str]:
    """What stands before and after a lesson's id in its address; resolving 200 addresses one by one is slow."""
    before, _id, after = reverse("courses:lesson", args=[course_slug, _NOBODY]).partition(str(_NOBODY))
    return before, after


def _arrange(rows: list[Any], *, with_progress: bool, reads_all: bool, course: Course) -> Outline:
    before, after = lesson_url_pattern(course.slug)
    current = _current(rows) if with_progress else None
    modules = []
    for number, ((module_id, title), group) in enumerate(groupby(rows, key=itemgetter(6, 7)), start=1):
        lessons = []
        for place, row in enumerate(group, start=1):
            pk, public_id, name, kind, minutes, is_preview, _module, _title, state, share, spot, seen_at = row
            entry = ITEM_KINDS.get(kind)
            opens = reads_all or (is_preview and course.is_published)
            lessons.append(
                Lesson(
                    id=pk,
                    public_id=public_id,
                    number=f"{number}.{place}",
                    title=name,
                    url=f"{before}{public_id}{after}" if opens else "",
                    kind=kind,
                    minutes=minutes,
                    state={ProgressState.DONE: "done", ProgressState.STARTED: "part"}.get(state, ""),
                    share=share or 0,
                    place=spot or "",
                    seen_at=seen_at,
                    icon=entry.icon if entry else "book-open",
                    tag=_("Preview") if is_preview and not reads_all else "",
                    tag_kind="info",
                    current=pk == current,
                )
            )
        holds_current = any(lesson.current for lesson in lessons)
        modules.append(
            ModuleLessons(
                id=module_id,
                number=number,
                title=title,
                lessons=lessons,
                with_progress=with_progress,
                open=holds_current or (number == 1 and current is None),
            )
        )
    return Outline(modules, with_progress)


def _current(rows: list[Any]) -> int | None:
    """The lesson to go on with: the one read last that is not finished, else the first not finished."""
    todo = [row for row in rows if row[8] != ProgressState.DONE]
    begun = [row for row in todo if row[11] is not None]
    if begun:
        return int(max(begun, key=itemgetter(11))[0])
    return int(todo[0][0]) if todo else None
