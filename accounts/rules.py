"""Who may do what with accounts."""

from typing import Any

import rules

from accounts.roles import SiteCapability
from core.slots import ACCOMMODATION_COURSES, PERSON_ACCESS


@rules.predicate  # type: ignore[untyped-decorator]
def is_oneself(user: Any, person: Any) -> bool:
    return bool(user.is_authenticated and user.is_active and person is not None and person.pk == user.pk)


@rules.predicate  # type: ignore[untyped-decorator]
def is_shown_by_a_slot(user: Any, person: Any) -> bool:
    if person is None or not user.is_authenticated or not user.is_active:
        return False
    return any(person.pk in source(user) for source in PERSON_ACCESS)


@rules.predicate  # type: ignore[untyped-decorator]
def is_signed_in(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_active)


@rules.predicate  # type: ignore[untyped-decorator]
def manages_users(user: Any) -> bool:
    return bool(user.is_authenticated and user.can(SiteCapability.MANAGE_USERS))


@rules.predicate  # type: ignore[untyped-decorator]
def creates_courses(user: Any) -> bool:
    return bool(user.is_authenticated and user.can(SiteCapability.CREATE_COURSES))


@rules.predicate  # type: ignore[untyped-decorator]
def runs_site(user: Any) -> bool:
    return bool(user.is_authenticated and user.can(SiteCapability.RUN_SITE))


@rules.predicate  # type: ignore[untyped-decorator]
def is_own(user: Any, thing: Any) -> bool:
    """A key, a device: what belongs to one person."""
    return bool(user.is_authenticated and user.is_active and thing is not None and thing.user_id == user.pk)


@rules.predicate  # type: ignore[untyped-decorator]
def can_be_looked_at(user: Any, person: Any) -> bool:
    return person is None or bool(person.is_active and not person.is_superuser and person.pk != user.pk)


@rules.predicate  # type: ignore[untyped-decorator]
def looks_after_course(user: Any, accommodation: Any) -> bool:
    """Of an accommodation for one course: the person looks after that course's students."""
    if not is_signed_in.test(user) or accommodation is None or accommodation.course_id is None:
        return False
    return any(accommodation.course_id in courses.looked_after(user) for courses in ACCOMMODATION_COURSES)


@rules.predicate  # type: ignore[untyped-decorator]
def looks_after_student(user: Any, accommodation: Any) -> bool:
    """Of one for the whole site: the person looks after a course in which the other is a student."""
    if not is_signed_in.test(user) or accommodation is None or accommodation.course_id is not None:
        return False
    return has_as_student.test(user, accommodation.user)


@rules.predicate  # type: ignore[untyped-decorator]
def has_as_student(user: Any, person: Any) -> bool:
    if not is_signed_in.test(user) or person is None:
        return False
    return any(person.pk in courses.students(user) for courses in ACCOMMODATION_COURSES)


rules.add_perm("accounts.list_accommodations", is_oneself | manages_users | has_as_student)
rules.add_perm("accounts.view_accommodation", is_own | manages_users | looks_after_course | looks_after_student)
rules.add_perm("accounts.change_accommodation", manages_users | looks_after_course)
rules.add_perm("accounts.view_apikey", is_own)
rules.add_perm("accounts.end_apikey", is_own)
rules.add_perm("accounts.view_device", is_own)
rules.add_perm("accounts.end_device", is_own | manages_users)
rules.add_perm("accounts.view_user", is_oneself | manages_users | is_shown_by_a_slot)
rules.add_perm("accounts.change_user", is_oneself | manages_users)
rules.add_perm("accounts.change_own_email", is_oneself)
rules.add_perm("accounts.list_users", manages_users | creates_courses)
rules.add_perm("accounts.view_whole_user", is_oneself | manages_users)
rules.add_perm("accounts.add_user", manages_users)
rules.add_perm("accounts.impersonate", manages_users & can_be_looked_at)
rules.add_perm("accounts.view_impersonation", is_own | manages_users)
rules.add_perm("accounts.end_impersonation", manages_users)
rules.add_perm("accounts.end_user", manages_users)
rules.add_perm("accounts.suspend_user", manages_users)
rules.add_perm("accounts.change_role", manages_users)
rules.add_perm("accounts.change_factors", is_oneself)
rules.add_perm("accounts.reset_second_factors", manages_users)
rules.add_perm("accounts.change_signinrules", manages_users)
rules.add_perm("accounts.change_connections", runs_site)
rules.add_perm("accounts.view_peopleaction", manages_users)
rules.add_perm("accounts.add_peopleaction", manages_users)
rules.add_perm("accounts.change_policies", runs_site)
rules.add_perm("accounts.answer_policies", is_oneself)
rules.add_perm("accounts.view_peopleimport", manages_users)
rules.add_perm("accounts.add_peopleimport", manages_users)
rules.add_perm("accounts.view_invitation", manages_users)
rules.add_perm("accounts.add_invitation", manages_users)
rules.add_perm("accounts.end_invitation", manages_users)
rules.add_perm("accounts.accept_invitation", is_signed_in)
rules.add_perm("core.view_sent_mail", runs_site)
rules.add_perm("core.view_operations", runs_site)
rules.add_perm("core.run_jobs", runs_site)
rules.add_perm("core.view_styleguide", runs_site | creates_courses)
