"""Pages beside the outline, as an import writes them."""

from core.authz import Actor
from courses.models import Course
from courses.services.importing.report import ImportEntry
from courses.services.importing.texts import Texts


def write_pages(actor: Actor, course: Course, texts: Texts) -> list[ImportEntry]:
    """Create and change the course's pages; returns what became of each."""
    return []
