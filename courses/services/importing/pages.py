"""Pages beside the outline, as an import writes them."""

from typing import Any

from django.utils.translation import gettext as _

from core.authz import Actor
from courses.formats.course_rows import part_id
from courses.models import Course, Page
from courses.services.importing.report import CHANGED, CREATED, LEFT, UNCHANGED, ImportEntry
from courses.services.importing.texts import Texts
from courses.services.page import add_page, change_page, move_page


def write_pages(actor: Actor, course: Course, texts: Texts) -> list[ImportEntry]:
    """Create and change the course's pages, in the order of the source; returns what became of each."""
    known = {part_id(page): page for page in Page.objects.filter(course=course).order_by("rank", "pk")}
    entries = []
    after = -1
    order = list(known)
    for data in texts.data.pages:
        fields: dict[str, Any] = {
            "title": data.title,
            "markup": data.markup,
            "text": texts.page(data),
            "is_published": data.published,
        }
        page = known.pop(data.source_id, None)
        if page is None:
            page = add_page(actor=actor, course=course, source_id=data.source_id, **fields)
            verdict = CREATED
            order.append(data.source_id)
        else:
            before = page.version
            page = change_page(actor=actor, page=page, **fields)
            verdict = CHANGED if page.version != before else UNCHANGED
        place = order.index(data.source_id)
        if place < after:
            order.remove(data.source_id)
            order.insert(after, data.source_id)
            page = move_page(actor=actor, page=page, position=after)
            place = after
        after = place
        entries.append(ImportEntry("page", data.title, data.source_id, verdict, page=str(page.public_id)))
    gone = _("not in the source any more")
    for source_id, page in known.items():
        entries.append(ImportEntry("page", page.title, source_id, LEFT, gone, page=str(page.public_id)))
    return entries
