"""The columns of a table of people that enrol them: the course, and what they are in it."""

from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.enums import Role
from courses.models import Course, Membership
from courses.services.enrolment import enrol

# What other systems and languages call the roles.
_ROLES = {
    "student": "student learner schüler schülerin étudiant estudiante alumno studente uczeń",
    "teacher": "teacher editingteacher instructor lehrer lehrerin lehrkraft enseignant profesor docente nauczyciel",
    "assistant": "assistant ta tutor tutorin assistent",
    "observer": "observer parent beobachter observateur observador osservatore",
}
ROLES = {word: role for role, words in _ROLES.items() for word in words.split()}


class CourseColumns:
    labels: dict[str, str | Promise] = {
        "course": gettext_lazy("Course (code or address)"),
        "course_role": gettext_lazy("Role in the course"),
    }
    synonyms: dict[str, str] = {
        "course": "course course1 course_code class kurs cours curso corso cursus kurs1",
        "course_role": "course_role role1 role_in_course rolle_im_kurs rolle1",
    }

    def problem(self, actor: Any, values: dict[str, str], known: dict[Any, Any]) -> tuple[str, str] | None:
        if "course" not in values:
            return None
        course = _course(values["course"], known)
        if course is None:
            sentence = _("There is no course “%(name)s”. Make it first, or leave courses out of this import.")
            return "course", sentence % {"name": values["course"]}
        allowed = known.setdefault(("may", course.pk), actor.has_perm("courses.manage_people", course))
        if not allowed:
            return "course", _("You may not add people to this course.")
        if values.get("course_role", "student").lower() not in ROLES:
            return "course_role", _("Choose one of: %(choices)s.") % {"choices": ", ".join(_ROLES)}
        return None

    def changes(self, person: Any, values: dict[str, str], known: dict[Any, Any]) -> bool:
        course = _course(values.get("course", ""), known)
        if course is None:
            return False
        inside = known.get(("in", course.pk))
        if inside is None:
            rows = Membership.objects.active().filter(course=course)
            inside = known["in", course.pk] = set(rows.values_list("user_id", flat=True))
        return person is None or person.pk not in inside

    def take(self, actor: Any, person: Any, values: dict[str, str], known: dict[Any, Any]) -> None:
        course = _course(values.get("course", ""), known)
        if course is not None:
            role = Role(ROLES[values.get("course_role", "student").lower()])
            enrol(actor=actor, course=course, user=person, role=role)
            known.get(("in", course.pk), set()).add(person.pk)


def _course(name: str, known: dict[Any, Any]) -> Course | None:
    """The one course of this code or slug."""
    key = ("course", name.lower())
    if key not in known:
        found = (
            list(Course.objects.filter(Q(slug=name.lower()) | Q(code__iexact=name)).order_by("pk")[:2]) if name else []
        )
        known[key] = found[0] if len(found) == 1 else None
    course: Course | None = known[key]
    return course
