from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.forms import domain_errors_as_messages
from core.shortcuts import get_visible
from courses.enums import ProgressState
from courses.forms import PlaceForm
from courses.models import Item
from courses.selectors import lesson_page
from courses.selectors.lesson import completion_rule, draft_blocks, lesson_head, next_lesson_url, open_lesson
from courses.services import progress


def get_item(user: Any, slug: str, item: Any) -> Item:
    """The item with its course and module, or 404."""
    return get_visible(Item.objects.select_related("course", "module"), user, course__slug=slug, public_id=item)


@require_safe
@login_not_required
def lesson(request: HttpRequest, slug: str, item: Any) -> HttpResponse:
    """A lesson to read. Its authors see the text being written with ``?draft=1``, and where nothing is published yet."""
    found, blocks = open_lesson(request.user, slug, item)
    may_edit = request.user.has_perm("courses.change_item", found)
    draft = may_edit and ("draft" in request.GET or not found.is_published)
    page = lesson_page(request.user, found, draft_blocks(found) if draft else blocks, draft=draft)
    if page.visit_is_due:
        known = {} if page.was_here else {"known": None}
        progress.note_visit(user=request.user, item=found, **known)
    args = [slug, found.public_id]
    may_learn = page.learns and page.lesson is not None and not draft
    context = {
        "nav_active": "courses",
        "course": found.course,
        "item": found,
        "page": page,
        "head": lesson_head(page),
        "rule": completion_rule(found),
        "may_edit": may_edit,
        "is_outside": page.is_preview_for_outsiders,
        "may_learn": may_learn,
        "place_url": reverse("courses:lesson-place", args=args) if may_learn else "",
        "finish_url": reverse("courses:lesson-done", args=args) if may_learn and found.needs_end else "",
    }
    return render(request, "courses/lesson.html", context)


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
            return redirect(found)
    return redirect(found if "stay" in request.POST else next_lesson_url(request.user, found))


@require_POST
def mark_not_done(request: HttpRequest, slug: str, item: Any) -> HttpResponse:
    found = get_item(request.user, slug, item)
    with domain_errors_as_messages(request):
        progress.unmark(actor=request.user, item=found)
        messages.success(request, _("“%(title)s” is no longer marked as done.") % {"title": found.title})
    return redirect(found)


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
