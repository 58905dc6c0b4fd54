"""Pages of a course beside its outline. What is saved is what readers see; a page that is not ready is not shown."""

from typing import Any
from uuid import UUID

from django.db import transaction

from core.authz import Actor, authorize
from core.events import publish
from core.html import file_references, markdown
from core.imported_html import imported_html
from courses.enums import Markup
from courses.events import OutlineChanged
from courses.models import Course, Page
from courses.services.content import require_usable
from courses.services.rows import (
    assign,
    check_text,
    check_version,
    locked,
    locked_course,
    position_of,
    put_in_bin,
    rank_at,
    rank_at_end,
    save_new_version,
    take_from_bin,
)
from files import services as files

OWNER = "course_page"
_FIELDS = frozenset({"title", "markup", "text", "is_published"})
# The page's title is its first level.
_TOP_LEVEL = 2


def render_page_text(markup: str, text: str) -> str:
    """Safe HTML for a page's text; ``file:`` and ``part:`` addresses are resolved when it is shown."""
    return imported_html(text, level=_TOP_LEVEL) if markup == Markup.HTML else markdown(text)


@transaction.atomic
def add_page(
    *,
    actor: Actor,
    course: Course,
    title: str,
    text: str = "",
    markup: str = Markup.MARKDOWN,
    is_published: bool = True,
    source_id: str = "",
) -> Page:
    """A new page at the end of the course's pages. Raises ``Invalid`` with sentences by field."""
    authorize(actor, "courses.change_course", course)
    course = locked(course)
    page = Page(course=course, rank=rank_at_end(Page.everything.filter(course=course)))
    _write(actor, page, {"title": title, "text": text, "markup": markup, "is_published": is_published}, source_id)
    page.save()
    _note_files(actor, page)
    _tell(actor, page, "added")
    return page


@transaction.atomic
def change_page(*, actor: Actor, page: Page, version: int | None = None, **fields: Any) -> Page:
    """The page with another title, text, markup, or shown or not. The same again writes nothing.

    Raises ``Stale`` if somebody saved since ``version``, ``Invalid`` with sentences by field.
    """
    authorize(actor, "courses.change_page", page)
    page = locked(page, "course")
    check_version(page, version)
    if changed := _write(actor, page, fields):
        save_new_version(page, [*changed, "html"])
        _note_files(actor, page)
        _tell(actor, page, "changed")
    return page


@transaction.atomic
def move_page(*, actor: Actor, page: Page, position: int) -> Page:
    """Put the page at ``position`` (from 0) among the pages of its course."""
    authorize(actor, "courses.change_page", page)
    locked_course(page.course_id)
    page = locked(page, "course")
    others = Page.everything.filter(course_id=page.course_id).exclude(pk=page.pk)
    if position_of(page, others) != min(max(position, 0), others.filter(deleted_at__isnull=True).count()):
        page.rank = rank_at(others, position)
        page.save(update_fields=["rank", "updated_at"])
        _tell(actor, page, "moved")
    return page


def publish_page(*, actor: Actor, page: Page) -> Page:
    """Show the page to the people of the course."""
    return change_page(actor=actor, page=page, is_published=True)


def unpublish_page(*, actor: Actor, page: Page) -> Page:
    """Take the page away from students."""
    return change_page(actor=actor, page=page, is_published=False)


@transaction.atomic
def bin_page(*, actor: Actor, page: Page) -> Page:
    """Move the page to the bin."""
    authorize(actor, "courses.change_page", page)
    page = locked(page, "course", binned=True)
    if put_in_bin(page, actor):
        _tell(actor, page, "binned")
    return page


@transaction.atomic
def restore_page(*, actor: Actor, page: Page) -> Page:
    """Bring the page back to where it was. Raises ``Conflict`` if an import brought it in again meanwhile."""
    authorize(actor, "courses.change_page", page)
    page = locked(page, "course", binned=True)
    if take_from_bin(page, course_id=page.course_id):
        _tell(actor, page, "restored")
    return page


def _write(actor: Actor, page: Page, fields: dict[str, Any], source_id: str = "") -> list[str]:
    """Put checked values into the page without saving; returns the names of the fields that differ now."""
    before = page.text
    if "text" in fields:
        written_in = fields.get("markup", page.markup)
        fields = {**fields, "text": check_text(fields["text"], is_markdown=written_in == Markup.MARKDOWN)}
    allowed = _FIELDS | {"source_id"} if source_id else _FIELDS
    changed = assign(page, {**fields, "source_id": source_id} if source_id else fields, allowed=allowed)
    if {"text", "markup"} & set(changed):
        require_usable(actor, field="text", text=page.text, before=before)
        page.html = render_page_text(page.markup, page.text)
    return changed


def _note_files(actor: Actor, page: Page) -> None:
    named = {UUID(found) for found in file_references([page.text])}
    files.set_usages(owner_kind=OWNER, owner_id=page.pk, file_ids=named, actor=actor)


def _tell(actor: Actor, page: Page, change: str) -> None:
    publish(OutlineChanged(actor_id=actor.pk, course_id=page.course_id, kind="page", object_id=page.pk, change=change))
