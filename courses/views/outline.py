"""The builder: a course's modules and items, their order and states."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.authz import authorize
from core.errors import DomainError, Stale
from core.forms import add_domain_error, domain_errors_as_messages
from core.once import once
from core.shortcuts import get_visible, note_seen
from courses.forms import ModuleForm, MoveForm, NewTitleForm
from courses.models import Course, Item, Module
from courses.selectors import binned, builder
from courses.selectors.teaching import builder_rows, in_course, item_position, module_position
from courses.services import outline, publishing
from courses.views.answers import REFUSED, moved, say_binned, sent, stored_differences, to


def get_course(request: HttpRequest, slug: str) -> Course:
    """The course, for those who write it; insiders who may not get 403, others 404."""
    course = get_visible(Course, request.user, slug=slug)
    authorize(request.user, "courses.change_course", course)
    return course


def get_module(request: HttpRequest, slug: str, module: UUID) -> Module:
    return get_visible(Module.objects.select_related("course"), request.user, course__slug=slug, public_id=module)


def get_item(request: HttpRequest, slug: str, item: UUID) -> Item:
    rows = Item.objects.select_related("course", "module")
    found = get_visible(rows, request.user, course__slug=slug, public_id=item)
    authorize(request.user, "courses.change_item", found)
    return found


@require_safe
def builder_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole outline, drafts included, with everything one can do to it."""
    course = get_course(request, slug)
    note_seen(request, f"course.{course.public_id}")
    return _builder(request, course)


def _builder(
    request: HttpRequest, course: Course, *, refused: NewTitleForm | None = None, where: str = "", status: int = 200
) -> HttpResponse:
    built = builder(course)
    context = {
        "nav_active": "teaching",
        "course": course,
        "built": built,
        "rows": builder_rows(course, built),
        "new_form": NewTitleForm(),
        "refused": refused,
        "where": where,
        "may_manage": request.user.has_perm("courses.publish_course", course),
    }
    return render(request, "courses/builder.html", context, status=status)


@require_POST
def module_new(request: HttpRequest, slug: str) -> HttpResponse:
    course = get_course(request, slug)
    form = NewTitleForm(request.POST)
    if form.is_valid():
        try:
            return redirect(once(request, lambda: _add_module(request, course, form.cleaned_data["title"])))
        except DomainError as error:
            add_domain_error(form, error)
    return _builder(request, course, refused=form, where="course", status=REFUSED)


def _add_module(request: HttpRequest, course: Course, title: str) -> str:
    module = outline.add_module(actor=request.user, course=course, title=title)
    return f"{reverse('courses:builder', args=[course.slug])}#module-{module.public_id}"


@require_POST
def item_new(request: HttpRequest, slug: str, module: UUID) -> HttpResponse:
    """A new lesson as a draft; on to writing it."""
    found = get_module(request, slug, module)
    course = get_course(request, slug)
    form = NewTitleForm(request.POST)
    if form.is_valid():
        try:
            return redirect(once(request, lambda: _add_item(request, found, form.cleaned_data["title"])))
        except DomainError as error:
            add_domain_error(form, error)
    return _builder(request, course, refused=form, where=str(found.public_id), status=REFUSED)


def _add_item(request: HttpRequest, module: Module, title: str) -> str:
    item = outline.add_item(actor=request.user, module=module, title=title)
    return reverse("courses:item-edit", args=[module.course.slug, item.public_id])


@require_http_methods(["GET", "HEAD", "POST"])
def module_edit(request: HttpRequest, slug: str, module: UUID) -> HttpResponse:
    """A module's title and summary."""
    found = get_module(request, slug, module)
    authorize(request.user, "courses.change_module", found)
    stored = {"title": found.title, "summary": found.summary, "version": found.version}
    form = ModuleForm(**sent(request), initial=stored)
    status, theirs = 200, []
    if request.method == "POST":
        status = REFUSED
        if form.is_valid():
            try:
                outline.change_module(actor=request.user, module=found, **form.cleaned_data)
            except Stale as error:
                theirs = stored_differences(form, found)
                form = ModuleForm({**form.cleaned_data, "version": error.current_version})
                form.is_valid()
                add_domain_error(form, error)
                status = error.status
            except DomainError as error:
                add_domain_error(form, error)
            else:
                messages.success(request, _("Saved."))
                return to(reverse("courses:builder", args=[slug]), f"module-{found.public_id}")
    context = {"nav_active": "teaching", "course": found.course, "module": found, "form": form, "theirs": theirs}
    return render(request, "courses/module_edit.html", context, status=status)


@require_POST
def module_move(request: HttpRequest, slug: str, module: UUID) -> HttpResponse:
    found = get_module(request, slug, module)

    def move() -> None:
        position = wanted_position(request, module_position(found))
        outline.move_module(actor=request.user, module=found, position=position)

    return moved(request, move, reverse("courses:builder", args=[slug]), f"module-{found.public_id}")


@require_POST
def module_bin(request: HttpRequest, slug: str, module: UUID) -> HttpResponse:
    found = get_module(request, slug, module)
    with domain_errors_as_messages(request):
        outline.bin_module(actor=request.user, module=found)
        say_binned(request, found.title, reverse("courses:module-restore", args=[slug, module]))
    return redirect("courses:builder", slug)


@require_POST
def module_restore(request: HttpRequest, slug: str, module: UUID) -> HttpResponse:
    course = get_course(request, slug)
    found = get_object_or_404(in_course(Module, course), public_id=module)
    with domain_errors_as_messages(request):
        outline.restore_module(actor=request.user, module=found)
    return to(reverse("courses:builder", args=[slug]), f"module-{module}")


@require_POST
def item_move(request: HttpRequest, slug: str, item: UUID) -> HttpResponse:
    """A step up or down, a place in the module, or a place in another module, at its end if none is said."""
    found = get_item(request, slug, item)
    target = request.POST.get("module", "")
    module = None
    if target:
        module = get_object_or_404(Module.objects.filter(course=found.course), public_id=as_uuid(target))

    def move() -> None:
        position = wanted_position(request, LAST if module else item_position(found))
        outline.move_item(actor=request.user, item=found, position=position, module=module)

    return moved(request, move, reverse("courses:builder", args=[slug]), f"item-{item}")


@require_POST
def item_bin(request: HttpRequest, slug: str, item: UUID) -> HttpResponse:
    found = get_item(request, slug, item)
    with domain_errors_as_messages(request):
        outline.bin_item(actor=request.user, item=found)
        say_binned(request, found.title, reverse("courses:item-restore", args=[slug, item]))
    return redirect("courses:builder", slug)


@require_POST
def item_restore(request: HttpRequest, slug: str, item: UUID) -> HttpResponse:
    course = get_course(request, slug)
    found = get_object_or_404(in_course(Item, course), public_id=item)
    with domain_errors_as_messages(request):
        outline.restore_item(actor=request.user, item=found)
    return to(reverse("courses:builder", args=[slug]), f"item-{item}")


@require_POST
def item_publish(request: HttpRequest, slug: str, item: UUID) -> HttpResponse:
    """Show the item to students with its newest text."""
    found = get_item(request, slug, item)
    with domain_errors_as_messages(request):
        publishing.publish_item(actor=request.user, item=found)
        messages.success(request, _("Published “%(title)s”.") % {"title": found.title})
    return _back(request, found)


@require_POST
def item_unpublish(request: HttpRequest, slug: str, item: UUID) -> HttpResponse:
    """Take the item away from students."""
    found = get_item(request, slug, item)
    with domain_errors_as_messages(request):
        publishing.unpublish_item(actor=request.user, item=found)
        messages.success(
            request, _("“%(title)s” is a draft again. Students no longer see it.") % {"title": found.title}
        )
    return _back(request, found)


def _back(request: HttpRequest, item: Item) -> HttpResponse:
    """To the page that the form stands on: the item's own or the builder."""
    if "stay" in request.POST:
        return redirect("courses:item-edit", item.course.slug, item.public_id)
    return to(reverse("courses:builder", args=[item.course.slug]), f"item-{item.public_id}")


@require_POST
def publish_changes(request: HttpRequest, slug: str) -> HttpResponse:
    """Publish every item whose newest text students do not see yet; items that were never published stay drafts."""
    course = get_course(request, slug)
    changed = [item for item in builder(course).items if item.has_unpublished_changes]
    with domain_errors_as_messages(request):
        for item in changed:
            publishing.publish_item(actor=request.user, item=item)
        messages.success(request, _("Published."))
    return redirect("courses:builder", slug)


@require_safe
def bin_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What of the course lies in the bin."""
    course = get_course(request, slug)
    return render(request, "courses/bin.html", {"nav_active": "teaching", "course": course, "bin": binned(course)})


LAST = 1_000_000


def wanted_position(request: HttpRequest, now_at: int) -> int:
    """Where a move form wants the row, from 0; a form that says nothing leaves it."""
    form = MoveForm(request.POST)
    if not form.is_valid():
        return now_at
    if form.cleaned_data["position"]:
        return int(form.cleaned_data["position"]) - 1
    step = {"up": -1, "down": 1}.get(form.cleaned_data["direction"], 0)
    return max(now_at + step, 0)


def as_uuid(value: Any) -> UUID:
    """The id, or one that nothing has."""
    try:
        return UUID(str(value))
    except ValueError:
        return UUID(int=0)
