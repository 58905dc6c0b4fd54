"""The description of a course as people read it."""

from core.html import markdown
from courses.models import Course
from courses.selectors.pages import with_files

OWNER = "course_description"


def description_html(course: Course) -> str:
    """Safe HTML for the course's description, with its files; no query without files."""
    return with_files(markdown(course.description), owner_kind=OWNER, owner_id=course.pk)
