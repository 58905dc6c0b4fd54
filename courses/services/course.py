"""Courses: create, change, publish, put into the bin."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from core.authz import Actor, authorize
from core.errors import Invalid
from core.events import publish
from core.html import file_references
from courses.enums import CourseState, Role
from courses.events import CourseBinned, CourseChanged, CourseCreated, CoursePublished, CourseUnpublished
from courses.grading import policy_problems
from courses.models import Course, Membership
from courses.rules import forget_roles
from courses.selectors.description import OWNER as DESCRIPTION_OWNER
from courses.services.content import require_usable
from courses.services.rows import assign, check_version, locked, put_in_bin, save_new_version, take_from_bin
from files import services as files

_SETTINGS = frozenset(
    {
        "title",
        "code",
        "summary",
        "description",
        "language",
        "time_zone",
        "enrolment",
        "capacity",
        "plate",
        "ground",
        "licence",
        "grading",
    }
)
_ON_CREATION = _SETTINGS | {"source_id", "origin"}
_SLUG_ROOM = 58


@transaction.atomic
def create_course(*, actor: Actor, title: str, code: str, slug: str = "", **fields: Any) -> Course:
    """A new course as a draft, owned by whoever made it; the system's own courses have no owner yet.

    Without ``slug`` the address is made from the title; one that is taken gets "-2", "-3" …
    Raises ``Invalid`` with a sentence per field.
    """
    authorize(actor, "courses.add_course")
    _check_grading(fields)
    course = Course()
    assign(course, {"title": title, "code": code, **fields}, allowed=_ON_CREATION)
    require_usable(actor, field="description", text=course.description, before="")
    wish = slugify(slug) or slugify(title) or slugify(code) or "course"
    course = _save_with_free_slug(course, wish[:_SLUG_ROOM].rstrip("-"))
    if actor.pk is not None:
        Membership.objects.create(course=course, user_id=actor.pk, role=Role.OWNER)
        _forget(actor)
    if file_references([course.description]):
        _note_files(actor, course)
    publish(CourseCreated(actor_id=actor.pk, course_id=course.pk))
    return course


@transaction.atomic
def change_course(*, actor: Actor, course: Course, version: int | None = None, **fields: Any) -> Course:
    """The course with the given settings changed; the same values again change nothing.

    ``version`` is the one the person started from: raises ``Stale`` if somebody saved since.
    """
    authorize(actor, "courses.change_course", course)
    _check_grading(fields)
    course = locked(course)
    check_version(course, version)
    before = course.description
    changed = assign(course, {k: v for k, v in fields.items() if k != "slug"}, allowed=_SETTINGS)
    require_usable(actor, field="description", text=course.description, before=before)
    if "slug" in fields and fields["slug"] != course.slug:
        _change_slug(course, fields["slug"])
        changed.append("slug")
    if changed:
        save_new_version(course, changed)
        if "description" in changed:
            _note_files(actor, course)
        publish(CourseChanged(actor_id=actor.pk, course_id=course.pk, fields=changed))
    return course


@transaction.atomic
def publish_course(*, actor: Actor, course: Course) -> Course:
    """Show the course in the catalogue; publishing twice is publishing once."""
    authorize(actor, "courses.publish_course", course)
    course = locked(course)
    if course.state != CourseState.PUBLISHED:
        course.state = CourseState.PUBLISHED
        course.published_at = course.published_at or timezone.now()
        save_new_version(course, ["state", "published_at"])
        publish(CoursePublished(actor_id=actor.pk, course_id=course.pk))
    return course


def unpublish_course(*, actor: Actor, course: Course) -> Course:
    """Take the course out of the catalogue and away from its students, back to draft."""
    return _withdraw(actor, course, CourseState.DRAFT)


def archive_course(*, actor: Actor, course: Course) -> Course:
    """End the course: its people can still read it, nobody can enrol or go on."""
    return _withdraw(actor, course, CourseState.ARCHIVED)


@transaction.atomic
def bin_course(*, actor: Actor, course: Course) -> Course:
    """Move the course to the bin, with everything in it; nothing is erased."""
    authorize(actor, "courses.delete_course", course)
    course = locked(course, binned=True)
    if put_in_bin(course, actor):
        publish(CourseBinned(actor_id=actor.pk, course_id=course.pk))
    return course


@transaction.atomic
def restore_course(*, actor: Actor, course: Course) -> Course:
    """Bring the course back from the bin as it was."""
    authorize(actor, "courses.delete_course", course)
    course = locked(course, binned=True)
    if take_from_bin(course, origin=course.origin):
        publish(CourseChanged(actor_id=actor.pk, course_id=course.pk, fields=["deleted_at"]))
    return course


@transaction.atomic
def _withdraw(actor: Actor, course: Course, state: CourseState) -> Course:
    authorize(actor, "courses.publish_course", course)
    course = locked(course)
    if course.state != state:
        course.state = state
        save_new_version(course, ["state"])
        publish(CourseUnpublished(actor_id=actor.pk, course_id=course.pk, state=state.value))
    return course


def _note_files(actor: Actor, course: Course) -> None:
    named = {UUID(found) for found in file_references([course.description])}
    files.set_usages(owner_kind=DESCRIPTION_OWNER, owner_id=course.pk, file_ids=named, actor=actor)


def _check_grading(fields: dict[str, Any]) -> None:
    if problems := policy_problems(fields.get("grading", {})):
        raise Invalid("invalid", _("Some fields need another value."), fields={"grading": problems})


def _save_with_free_slug(course: Course, wish: str) -> Course:
    number = 1
    while True:
        course.slug = wish if number == 1 else f"{wish}-{number}"
        if not Course.everything.filter(slug=course.slug).exists():
            try:
                with transaction.atomic():
                    course.save()
            except IntegrityError:
                # Somebody took the address between the look and the save; any other clash is ours to report.
                if not Course.everything.filter(slug=course.slug).exists():
                    raise
            else:
                return course
        number += 1


def _change_slug(course: Course, value: Any) -> None:
    assign(course, {"slug": value}, allowed=frozenset({"slug"}))
    if Course.everything.filter(slug=course.slug).exclude(pk=course.pk).exists():
        taken = _("Another course has this address. Choose another one.")
        raise Invalid("invalid", _("Some fields need another value."), fields={"slug": [taken]})


def _forget(actor: Actor) -> None:
    if isinstance(actor, User):
        forget_roles(actor)
