"""What people hear of their courses."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from courses.enums import CourseState, ExportState, PublishState, Role
from courses.events import (
    CourseExportFinished,
    CourseImported,
    CourseImportFailed,
    CoursePublished,
    ItemPublished,
    MembershipChanged,
    MembershipEnded,
    ResultChanged,
    StudentEnrolled,
)
from courses.models import Course, ExportRun, ImportRun, Item, Membership
from notifications.enums import Category
from notifications.kinds.base import Facts, Kind, Words, register_kind

# What was brought in from elsewhere may be long ago.
NEWS_FOR = timedelta(days=1)
OPEN_COURSES = (CourseState.PUBLISHED, CourseState.ARCHIVED)


def register() -> None:
    """Called once, when all apps are loaded."""
    register_kind(
        "lesson_published",
        Kind(
            Category.COURSES,
            "book-open",
            ItemPublished,
            facts=_new_lesson,
            people=_students,
            words=_new_lesson_words,
            for_members=True,
            standing=_standing_lessons,
        ),
    )
    register_kind(
        "course_published",
        Kind(
            Category.COURSES,
            "library-big",
            CoursePublished,
            facts=lambda fact: _course_facts(fact.course_id),
            people=_members,
            words=lambda data, _count, _name: Words(_("%(title)s is open") % data, data["code"]),
            for_members=True,
        ),
    )
    register_kind(
        "enrolled",
        Kind(
            Category.PLACES,
            "user-plus",
            StudentEnrolled,
            facts=_enrolled,
            people=_person,
            words=_enrolled_words,
            tells_actor=True,
            for_members=True,
            letter="courses/email/enrolled",
            letter_context=_welcome,
        ),
    )
    register_kind(
        "place_changed",
        Kind(
            Category.PLACES,
            "users",
            MembershipChanged,
            facts=lambda fact: _course_facts(fact.course_id, role=fact.after),
            people=_person,
            words=_place_words,
            for_members=True,
        ),
    )
    register_kind(
        "place_ended",
        Kind(
            Category.PLACES,
            "log-out",
            MembershipEnded,
            facts=_left,
            people=_person,
            words=lambda data, _count, _name: Words(_("You are no longer in %(title)s") % data, data["code"]),
        ),
    )
    register_kind(
        "result_changed",
        Kind(
            Category.GRADES,
            "circle-check",
            ResultChanged,
            facts=_result,
            people=_person,
            words=_result_words,
            is_private=True,
            for_members=True,
        ),
    )
    register_kind(
        "archive_ready",
        Kind(
            Category.WORK,
            "download",
            CourseExportFinished,
            facts=_archive,
            people=lambda fact: _asked_by(ExportRun, fact.export_id),
            words=_archive_words,
            tells_actor=True,
        ),
    )
    register_kind(
        "course_imported",
        Kind(
            Category.WORK,
            "upload",
            CourseImported,
            facts=lambda fact: _course_facts(fact.course_id, url="courses:builder"),
            people=lambda fact: User.objects.filter(pk=fact.actor_id).values("pk"),
            words=lambda data, _count, _name: Words(_("The import of %(title)s is done") % data, data["code"]),
            tells_actor=True,
        ),
    )
    register_kind(
        "import_failed",
        Kind(
            Category.WORK,
            "triangle-alert",
            CourseImportFailed,
            facts=_failed_import,
            people=lambda fact: _asked_by(ImportRun, fact.import_id),
            words=lambda data, _count, _name: Words(_("The import of %(name)s has failed") % data, data["why"]),
            tells_actor=True,
        ),
    )


def _course_facts(course_id: int, *, url: str = "", **data: Any) -> Facts | None:
    course = Course.objects.filter(pk=course_id).first()
    if course is None:
        return None
    return Facts(
        url=reverse(url, args=[course.slug]) if url else course.get_absolute_url(),
        thread=f"course.{course.public_id}",
        course_id=course.pk,
        data={"title": course.title, "code": course.code, **data},
    )


def _person(fact: Any) -> "QuerySet[Any, Any]":
    people: QuerySet[Any, Any] = User.objects.filter(pk=fact.user_id).values("pk")
    return people


def _asked_by(model: Any, pk: int) -> "QuerySet[Any, Any]":
    people: QuerySet[Any, Any] = User.objects.filter(pk__in=model.objects.filter(pk=pk).values("user_id")).values("pk")
    return people


def _members(fact: Any) -> "QuerySet[Any, Any]":
    people: QuerySet[Any, Any] = User.objects.filter(
        pk__in=Membership.objects.active().filter(course_id=fact.course_id).values("user_id")
    ).values("pk")
    return people


def _students(fact: Any) -> "QuerySet[Any, Any]":
    students = Membership.objects.active().filter(course_id=fact.course_id, role=Role.STUDENT)
    people: QuerySet[Any, Any] = User.objects.filter(pk__in=students.values("user_id")).values("pk")
    return people


def _new_lesson(fact: ItemPublished) -> Facts | None:
    """A lesson that students see for the first time, in a course that they see."""
    item = Item.objects.select_related("course").filter(pk=fact.item_id, state=PublishState.PUBLISHED).first()
    if not fact.first or item is None or item.course.state != CourseState.PUBLISHED:
        return None
    return Facts(
        url=item.get_absolute_url(),
        thread=f"lesson.{item.public_id}",
        course_id=item.course_id,
        group=f"lessons:{item.course_id}",
        data={"lesson": item.title, "title": item.course.title, "code": item.course.code},
        many_url=item.course.get_absolute_url(),
        many_thread=f"course.{item.course.public_id}",
    )


def _standing_lessons(threads: Collection[str]) -> set[str]:
    """Those of the lessons that students still see: one may be taken back before a digest tells of it."""
    ids = [thread.removeprefix("lesson.") for thread in threads]
    rows = Item.objects.published().filter(public_id__in=ids, course__state__in=OPEN_COURSES)
    return {f"lesson.{public_id}" for public_id in rows.values_list("public_id", flat=True)}


def _new_lesson_words(data: Mapping[str, Any], count: int, _name: str) -> Words:
    if count == 1:
        return Words(_("New lesson: %(lesson)s") % data, f"{data['code']} · {data['title']}")
    sentence = ngettext("%(n)d new lesson in %(code)s", "%(n)d new lessons in %(code)s", count)
    return Words(sentence % {"n": count, "code": data["code"]}, _("The latest is %(lesson)s") % data)


def _enrolled(fact: StudentEnrolled) -> Facts | None:
    membership = Membership.objects.active().filter(course_id=fact.course_id, user_id=fact.user_id).first()
    if membership is None or membership.role != Role.STUDENT or membership.started_at < timezone.now() - NEWS_FOR:
        return None
    return _course_facts(fact.course_id)


def _enrolled_words(data: Mapping[str, Any], _count: int, _name: str) -> Words:
    return Words(_("You are now a student of %(title)s") % data, data["code"])


def _welcome(user: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"person": user, "course": data}


def _left(fact: MembershipEnded) -> Facts | None:
    """Who has left sees the course's page only where everybody does."""
    is_open = Course.objects.published().filter(pk=fact.course_id).exists()
    facts = _course_facts(fact.course_id)
    return facts if facts is None or is_open else replace(facts, url=reverse("courses:catalogue"))


def _place_words(data: Mapping[str, Any], _count: int, _name: str) -> Words:
    role = dict(Role.choices).get(data["role"], data["role"])
    return Words(
        _("You are now %(role)s in %(title)s") % {"role": str(role).lower(), "title": data["title"]}, data["code"]
    )


def _result(fact: ResultChanged) -> Facts | None:
    """A result that was there before and was changed by somebody else: scored again, corrected."""
    item = Item.objects.select_related("course").filter(pk=fact.item_id).first()
    if fact.before is None or fact.before == fact.after or fact.actor_id == fact.user_id or item is None:
        return None
    return Facts(
        url=reverse("courses:results", args=[item.course.slug]),
        thread=f"results.{item.course.public_id}",
        course_id=item.course_id,
        data={"lesson": item.title, "code": item.course.code, "before": fact.before, "after": fact.after},
    )


def _result_words(data: Mapping[str, Any], _count: int, _name: str) -> Words:
    before, after = (value.replace("/", " / ") for value in (data["before"], data["after"]))
    return Words(
        _("Your result in %(lesson)s has changed") % data,
        _("%(code)s: it was %(before)s and is %(after)s") % {"code": data["code"], "before": before, "after": after},
    )


def _failed_import(fact: CourseImportFailed) -> Facts | None:
    run = ImportRun.objects.select_related("file").filter(pk=fact.import_id).first()
    if run is None:
        return None
    return Facts(
        url=reverse("courses:import-report", args=[run.public_id]),
        thread=f"import.{run.public_id}",
        data={"name": run.file.name, "why": str(run.report.get("message", ""))},
    )


def _archive(fact: CourseExportFinished) -> Facts | None:
    run = ExportRun.objects.select_related("course").filter(pk=fact.export_id).first()
    if run is None:
        return None
    return Facts(
        url=reverse("courses:export-run", args=[run.course.slug, run.public_id]),
        thread=f"export.{run.public_id}",
        data={"title": run.course.title, "code": run.course.code, "state": fact.state},
    )


def _archive_words(data: Mapping[str, Any], _count: int, _name: str) -> Words:
    if data["state"] == ExportState.DONE:
        return Words(_("The archive of %(title)s is ready") % data, data["code"])
    return Words(_("The archive of %(title)s could not be made") % data, data["code"])
