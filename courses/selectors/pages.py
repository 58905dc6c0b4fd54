"""Pages of a course beside its outline, as people read and as authors write them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField

from core.html import file_references, link_files, link_parts
from core.prepared import Parameter, Part, Prepared
from courses.models import Course, Page
from courses.roles import Capability
from courses.rules import can
from courses.selectors.outline import reads_all
from courses.selectors.parts import part_address
from files.models import StoredFile

OWNER = "course_page"


_LISTED = Part(Page, "", "id public_id title rank is_published")
_listed = Prepared(
    lambda: Page.objects.filter(course_id=Parameter("course", BigIntegerField())).values_list(*_LISTED.paths)
)


def pages_of(user: Any, course: Course) -> list[Page]:
    """The course's pages that ``user`` may read, without their texts. The rule is that of ``Page.objects.visible_to``."""
    authors = user.is_superuser or can(user, Capability.AUTHOR, course.pk)
    if not authors and not reads_all(user, course):
        return []
    pages = [_LISTED.make(row) for row in _listed(course=course.pk)]
    for page in pages:
        page.course = course
    return [page for page in pages if authors or page.is_published]


def shown_html(page: Page) -> str:
    """The page's text with its files and its links to parts of the course; no query without files."""
    html = link_parts(page.html, lambda part: part_address(page.course.slug, part))
    return with_files(html, owner_kind=OWNER, owner_id=page.pk)


def with_files(html: str, *, owner_kind: str, owner_id: int) -> str:
    """The HTML with the addresses of its files; what its owner does not use, it cannot open, so that has none."""
    if not file_references([html]):
        return html
    rows = StoredFile.objects.filter(usages__owner_kind=owner_kind, usages__owner_id=owner_id).distinct()
    addresses = {str(row.public_id): row.get_absolute_url() for row in rows}
    return link_files(html, addresses.get)


@dataclass(frozen=True)
class WrittenPages:
    pages: list[Page]
    binned: list[Page]


def written_pages(course: Course) -> WrittenPages:
    """All pages of the course for its authors, those in the bin apart."""
    kept: list[Page] = []
    binned: list[Page] = []
    for page in Page.everything.filter(course=course).defer("text", "html").order_by("rank", "pk"):
        page.course = course
        (kept if page.deleted_at is None else binned).append(page)
    return WrittenPages(kept, binned)


def page_position(page: Page) -> int:
    """From 0, among the kept pages of its course."""
    number: int = Page.objects.filter(course=page.course_id, rank__lt=page.rank).count()
    return number
