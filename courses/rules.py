"""Who may do what in a course. Every predicate finds the course of its object and asks for a capability."""

from collections.abc import Sequence
from typing import Any

import rules
from django.db.models import BigIntegerField, QuerySet

from accounts.rules import creates_courses
from core.prepared import Parameter, Part, Prepared
from courses.enums import CourseState, EnrolmentPolicy, PublishState, Role
from courses.models import Course, ExperimentPlace, Membership
from courses.roles import CAPABILITIES, Capability, all_branches_roles

_MEMBERSHIPS = "_own_memberships"
_ROLES = "_course_roles"
_GROUPS = "_experiment_groups"


_MEMBERSHIP = Part(Membership, "", " ".join(field.attname for field in Membership._meta.concrete_fields))
_COURSE = Part(
    Course,
    "course__",
    " ".join(field.attname for field in Course._meta.concrete_fields if field.name not in ("description", "grading")),
)


def _current_memberships() -> "QuerySet[Any, Any]":
    own = Membership.objects.filter(user_id=Parameter("person", BigIntegerField()), ended_at__isnull=True)
    return own.order_by("pk").values_list(*_MEMBERSHIP.paths, *_COURSE.paths)


_membership_rows = Prepared(_current_memberships)


def _membership_of(row: Sequence[Any]) -> Membership:
    membership = _MEMBERSHIP.make(row[: len(_MEMBERSHIP.names)])
    membership.course = _COURSE.make(row[len(_MEMBERSHIP.names) :])
    return membership


def own_memberships(user: Any) -> list[Membership]:
    """The person's current memberships with their courses, read once per request and user object."""
    if not user.is_authenticated or not user.is_active:
        return []
    known: list[Membership] | None = getattr(user, _MEMBERSHIPS, None)
    if known is None:
        known = [_membership_of(row) for row in _membership_rows(person=user.pk)]
        setattr(user, _MEMBERSHIPS, known)
    return known


def course_roles(user: Any) -> dict[int, Role]:
    """The person's current role by course id."""
    if not user.is_authenticated or not user.is_active:
        return {}
    known: dict[int, Role] | None = getattr(user, _ROLES, None)
    if known is None:
        known = {m.course_id: Role(m.role) for m in own_memberships(user)}
        setattr(user, _ROLES, known)
    return known


def forget_roles(user: Any) -> None:
    """A membership changed: read it again when next asked."""
    user.__dict__.pop(_ROLES, None)
    user.__dict__.pop(_MEMBERSHIPS, None)


def experiment_groups(user: Any) -> frozenset[int]:
    """The ids of the groups of experiments that the person belongs to, read once per request and user object."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    known: frozenset[int] | None = getattr(user, _GROUPS, None)
    if known is None:
        known = frozenset(ExperimentPlace.objects.filter(user_id=user.pk).values_list("group_id", flat=True))
        setattr(user, _GROUPS, known)
    return known


def forget_groups(user: Any) -> None:
    """The person has come into a group: read them again when next asked."""
    user.__dict__.pop(_GROUPS, None)


def sees_all_branches(user: Any, course_id: int) -> bool:
    """Whether the person is shown every branch of the course's experiments: those who teach or look on, not students."""
    if user.is_authenticated and user.is_active and user.is_superuser:
        return True
    return course_roles(user).get(course_id) in all_branches_roles()


def can(user: Any, capability: Capability, course_id: int) -> bool:
    role = course_roles(user).get(course_id)
    return role is not None and capability in CAPABILITIES[role]


def has_capability(capability: Capability) -> Any:
    """A predicate: the person has ``capability`` in the object's course."""

    @rules.predicate(f"has_{capability}")
    def predicate(user: Any, obj: Any) -> bool:
        return obj is not None and can(user, capability, obj.course.pk)

    return predicate


@rules.predicate
def writes_some_course(user: Any) -> bool:
    """Whether the person has a course to write, so to say before it is known which."""
    return any(
        Capability.AUTHOR in CAPABILITIES[Role(membership.role)] and membership.course.deleted_at is None
        for membership in own_memberships(user)
    )


views = has_capability(Capability.VIEW)
learns = has_capability(Capability.LEARN)
authors = has_capability(Capability.AUTHOR)
manages_people = has_capability(Capability.MANAGE_PEOPLE)
manages_course = has_capability(Capability.MANAGE_COURSE)
views_people = has_capability(Capability.VIEW_PEOPLE)


@rules.predicate
def course_is_published(user: Any, obj: Any) -> bool:
    return obj is not None and obj.course.state == CourseState.PUBLISHED


@rules.predicate
def course_is_open_to_members(user: Any, obj: Any) -> bool:
    return obj is not None and obj.course.state != CourseState.DRAFT


@rules.predicate
def item_is_published(user: Any, item: Any) -> bool:
    return item is not None and item.state == PublishState.PUBLISHED


@rules.predicate
def item_is_preview(user: Any, item: Any) -> bool:
    return item is not None and bool(item.is_preview)


@rules.predicate
def block_has_text(user: Any, block: Any) -> bool:
    return block is not None and block.live_id is not None


@rules.predicate
def is_own_membership(user: Any, membership: Any) -> bool:
    return bool(user.is_authenticated and user.is_active and membership is not None and membership.user_id == user.pk)


@rules.predicate
def is_own_run(user: Any, run: Any) -> bool:
    return bool(user.is_authenticated and user.is_active and run is not None and run.user_id == user.pk)


@rules.predicate
def course_is_kept(user: Any, obj: Any) -> bool:
    return bool(obj is not None and obj.course.deleted_at is None)


@rules.predicate
def is_own_enrolment(user: Any, membership: Any) -> bool:
    return is_own_membership.test(user, membership) and membership.role == Role.STUDENT


@rules.predicate
def enrolment_is_open(user: Any, course: Any) -> bool:
    return bool(
        user.is_authenticated
        and user.is_active
        and course is not None
        and course.state == CourseState.PUBLISHED
        and course.enrolment == EnrolmentPolicy.OPEN
    )


@rules.predicate
def section_item_is_visible(user: Any, section: Any) -> bool:
    return section is not None and view_item.test(user, section.item)


@rules.predicate
def block_item_is_visible(user: Any, block: Any) -> bool:
    return block is not None and view_item.test(user, block.section.item)


@rules.predicate
def section_is_in_shown_branch(user: Any, section: Any) -> bool:
    if section is None or section.inside_id is None:
        return section is not None
    return sees_all_branches(user, section.item.course_id) or section.group_id in experiment_groups(user)


@rules.predicate
def block_is_in_shown_branch(user: Any, block: Any) -> bool:
    return block is not None and section_is_in_shown_branch.test(user, block.section)


@rules.predicate
def page_is_shown(user: Any, page: Any) -> bool:
    return page is not None and bool(page.is_published)


view_course = course_is_published | (views & course_is_open_to_members) | authors
view_item = (
    authors
    | (views & item_is_published & course_is_open_to_members)
    | (course_is_published & item_is_published & item_is_preview)
)

rules.add_perm("courses.view_course", view_course)
rules.add_perm("courses.add_course", creates_courses)
# What lessons, pages, questions and polls show; it is sent before it stands anywhere.
rules.add_perm("courses.add_media", creates_courses | writes_some_course)
rules.add_perm("courses.change_course", authors)
rules.add_perm("courses.publish_course", manages_course)
rules.add_perm("courses.delete_course", manages_course)
rules.add_perm("courses.export_course", authors)
rules.add_perm("courses.view_exportrun", course_is_kept & authors)
rules.add_perm("courses.view_importrun", is_own_run)
rules.add_perm("courses.change_importrun", is_own_run)
rules.add_perm("courses.enrol_oneself", enrolment_is_open)
rules.add_perm("courses.learn", learns & course_is_published)

rules.add_perm("courses.view_module", view_course)
rules.add_perm("courses.change_module", authors)
rules.add_perm("courses.view_item", view_item)
rules.add_perm("courses.change_item", authors)
rules.add_perm("courses.view_section", section_item_is_visible & section_is_in_shown_branch)
rules.add_perm("courses.change_section", authors)
rules.add_perm("courses.view_block", block_item_is_visible & block_is_in_shown_branch & (block_has_text | authors))
rules.add_perm("courses.change_block", authors)

rules.add_perm("courses.view_page", authors | (views & course_is_open_to_members & page_is_shown))
rules.add_perm("courses.change_page", authors)

# One's own, with the course.
rules.add_perm("courses.view_results", learns & course_is_open_to_members)
rules.add_perm("courses.view_people", views_people)
rules.add_perm("courses.manage_people", manages_people)
rules.add_perm("courses.view_courseinvitation", course_is_kept & manages_people)
rules.add_perm("courses.change_owners", manages_course)
rules.add_perm("courses.view_membership", course_is_kept & (is_own_membership | views_people))
rules.add_perm("courses.end_membership", is_own_enrolment | manages_people)
