from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from core.errors import DomainError
from core.forms import domain_errors_as_messages
from core.shortcuts import get_visible, note_seen
from courses.enums import ProgressState
from courses.forms import PlaceForm
from courses.models import Item
from courses.rules import sees_all_branches
from courses.selectors import lesson_page
from courses.selectors.lesson import (
    LessonPage,
    anchor_of,
    completion_rule,
    first_page,
    lesson_head,
    lesson_way,
    next_lesson_url,
)
from courses.selectors.open_lesson import OpenLesson, open_lesson
from courses.services import experiment, progress
from courses.views.answers import to
from courses.views.films import start_films, with_sources


def get_item(user: Any, slug: str, item: Any) -> Item:
    """The item with its course and module, or 404."""
    return get_visible(Item.objects.select_related("course", "module"), user, course__slug=slug, public_id=item)


@require_safe
@login_not_required
def lesson(request: HttpRequest, slug: str, item: UUID) -> HttpResponse:
    """A lesson to read; one with a page for each section leads to the page where the reader stopped."""
    found, draft = _opened(request, slug, item)
    page = first_page(request.user, found) if found.item.is_paged else None
    if page is not None:
        return redirect(reverse("courses:lesson-section", args=[slug, item, page]) + _query(request))
    note_seen(request, f"lesson.{item}")
    return _lesson(request, found, draft=draft)


@require_safe
@login_not_required
def lesson_section(request: HttpRequest, slug: str, item: UUID, section: UUID) -> HttpResponse:
    """One page of a lesson with a page for each section."""
    found, draft = _opened(request, slug, item, page=section)
    if section not in [row.public_id for row in found.sections]:
        raise Http404
    if not found.item.is_paged:
        return to(found.item, anchor_of(section))
    note_seen(request, f"lesson.{item}")
    return _lesson(request, found, page=section, draft=draft)


def _opened(request: HttpRequest, slug: str, item: UUID, page: UUID | None = None) -> tuple[OpenLesson, bool]:
    """The lesson, and whether with the text being written: its authors see that with ``?draft=1``, and where nothing is
    published yet."""
    found = open_lesson(request.user, slug, item, page=page)
    wanted = "draft" in request.GET or not found.item.is_published
    if not wanted or not request.user.has_perm("courses.change_item", found.item):
        return found, False
    return open_lesson(request.user, slug, item, page=page, draft=True), True


def _in_branches(request: HttpRequest, found: OpenLesson) -> OpenLesson:
    """With the branches of the student's own groups alone; for people who teach all, or those of the group they choose."""
    if sees_all_branches(request.user, found.item.course_id):
        return found.as_group(request.GET.get("group", ""))
    if not found.unplaced:
        return found
    groups: list[int] = []
    if isinstance(request.user, User) and request.user.has_perm("courses.learn", found.item):
        groups = experiment.groups_of_visitor(user=request.user, experiments=found.unplaced)
    return found.only(groups, of=found.unplaced)


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 5 else 1


def _query(request: HttpRequest) -> str:
    """What the links between the pages of a lesson keep of the address."""
    kept = {name: request.GET[name] for name in ("draft", "group") if name in request.GET}
    return f"?{urlencode(kept)}" if kept else ""


def _lesson(request: HttpRequest, found: OpenLesson, *, page: UUID | None = None, draft: bool) -> HttpResponse:
    item = found.item
    found = _in_branches(request, found).turned_to(_number(request.GET.get("leaf", "")))
    shown = lesson_page(request.user, found, page=page, draft=draft, query=_query(request))
    _note_visit(request, shown)
    start_films(request, shown)
    args = [item.course.slug, item.public_id]
    may_learn = shown.learns and shown.lesson is not None and not draft
    ends_here = may_learn and shown.is_at_end
    context = {
        "nav_active": "courses",
        "course": item.course,
        "item": item,
        "page": shown,
        "head": lesson_head(shown),
        "way": lesson_way(shown),
        "rule": completion_rule(item),
        "may_edit": request.user.has_perm("courses.change_item", item),
        "is_outside": shown.is_preview_for_outsiders,
        "may_learn": ends_here,
        "place_url": reverse("courses:lesson-place", args=args) if may_learn and not item.is_paged else "",
        "finish_url": reverse("courses:lesson-done", args=args) if ends_here and item.needs_end else "",
    }
    return with_sources(render(request, "courses/lesson.html", context), shown)


def _note_visit(request: HttpRequest, shown: LessonPage) -> None:
    if not shown.visit_is_due:
        return
    if shown.at is not None:
        at = shown.at
        progress.turn_page(
            user=request.user, item=shown.item, section=at.public_id, number=at.number, count=len(shown.links)
        )
    else:
        progress.note_visit(user=request.user, item=shown.item, **({} if shown.was_here else {"known": None}))


@require_POST
def mark_done(request: HttpRequest, slug: str, item: Any) -> HttpResponse:
    """Mark the end as reached, then go on to the next lesson, or stay if the form says so."""
    found = get_item(request.user, slug, item)
    with domain_errors_as_messages(request):
        row = progress.mark_end(actor=request.user, item=found)
        if row.state == ProgressState.DONE:
            messages.success(request, _("“%(title)s” is done.") % {"title": found.title})
        else:
            messages.info(request, _("Marked. The lesson is done when its questions are answered rightly."))
            return redirect(_same_page(request, found))
    return redirect(_same_page(request, found) if "stay" in request.POST else next_lesson_url(request.user, found))


@require_POST
def mark_not_done(request: HttpRequest, slug: str, item: Any) -> HttpResponse:
    found = get_item(request.user, slug, item)
    with domain_errors_as_messages(request):
        progress.unmark(actor=request.user, item=found)
        messages.success(request, _("“%(title)s” is no longer marked as done.") % {"title": found.title})
    return redirect(_same_page(request, found))


def _same_page(request: HttpRequest, item: Item) -> str:
    """The page of the lesson that the form stood on."""
    try:
        section = UUID(request.POST.get("at", ""))
    except ValueError:
        return item.get_absolute_url()
    leaf = _number(request.POST.get("leaf", ""))
    address = reverse("courses:lesson-section", args=[item.course.slug, item.public_id, section])
    return f"{address}?leaf={leaf}" if leaf > 1 else address


@require_POST
def save_place(request: HttpRequest, slug: str, item: Any) -> HttpResponse:
    """Where the reader is, sent by the page while it is read."""
    found = get_item(request.user, slug, item)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    try:
        progress.save_place(actor=request.user, item=found, **form.cleaned_data)
    except DomainError as error:
        return HttpResponse(status=error.status)
    return HttpResponse(status=204)
