"""Comparisons of a course: their groups, and which of them a block of branches is for."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from core.forms import add_domain_error, domain_errors_as_messages
from core.once import once
from courses.forms import BranchesForm, ExperimentChangesForm, ExperimentForm
from courses.models import Course, Experiment
from courses.selectors.teaching import experiments
from courses.services import content, experiment
from courses.services.branches import BRANCHES
from courses.views.answers import REFUSED, sent, to
from courses.views.content import get_block
from courses.views.outline import get_course


@require_http_methods(["GET", "HEAD", "POST"])
def experiments_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The course's experiments, and a new one."""
    course = get_course(request, slug)
    form = ExperimentForm(**sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _add(request, course, form)))
        except DomainError as error:
            add_domain_error(form, error)
    context = {"nav_active": "teaching", "course": course, "experiments": experiments(course), "form": form}
    return render(request, "courses/experiments.html", context, status=REFUSED if form.errors else 200)


def _add(request: HttpRequest, course: Course, form: ExperimentForm) -> str:
    groups = form.cleaned_data["groups"].splitlines()
    experiment.add_experiment(actor=request.user, course=course, name=form.cleaned_data["name"], groups=groups)
    messages.success(request, _("Saved."))
    return reverse("courses:experiments", args=[course.slug])


@require_http_methods(["GET", "HEAD", "POST"])
def experiment_edit(request: HttpRequest, slug: str, experiment_id: UUID) -> HttpResponse:
    """Names of an experiment and its groups, which of them are closed, more groups."""
    course = get_course(request, slug)
    found = get_object_or_404(Experiment, course=course, public_id=experiment_id)
    entry = next(entry for entry in experiments(course) if entry.experiment.pk == found.pk)
    form = ExperimentChangesForm(**sent(request), groups=entry.groups, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        try:
            experiment.change_experiment(actor=request.user, experiment=found, **form.values())
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("courses:experiments", slug)
    context = {"nav_active": "teaching", "course": course, "entry": entry, "form": form}
    return render(request, "courses/experiment_edit.html", context, status=REFUSED if form.errors else 200)


@require_POST
def experiment_delete(request: HttpRequest, slug: str, experiment_id: UUID) -> HttpResponse:
    course = get_course(request, slug)
    found = get_object_or_404(Experiment, course=course, public_id=experiment_id)
    with domain_errors_as_messages(request):
        experiment.delete_experiment(actor=request.user, experiment=found)
        messages.success(request, _("“%(name)s” is deleted.") % {"name": found.name})
    return redirect("courses:experiments", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def branches_edit(request: HttpRequest, slug: str, block: UUID) -> HttpResponse:
    """The experiment of a block of branches."""
    found = get_block(request, slug, block)
    item = found.section.item
    lesson = reverse("courses:item-edit", args=[slug, item.public_id])
    if found.kind != BRANCHES:
        return to(lesson, f"block-{block}")
    known = [entry.experiment for entry in experiments(item.course)]
    chosen = found.draft.data.get("experiment", "") if found.draft else ""
    stored = {"experiment": _chosen(known, chosen), "version": found.version}
    form = BranchesForm(**sent(request), experiments=known, initial=stored)
    if request.method == "POST" and form.is_valid():
        data = {"experiment": form.cleaned_data["experiment"]}
        try:
            content.change_block(actor=request.user, block=found, version=form.cleaned_data["version"], data=data)
        except DomainError as error:
            add_domain_error(form, error)
        else:
            messages.success(request, _("Saved as a draft."))
            return to(lesson, f"block-{block}")
    context = {"nav_active": "teaching", "course": item.course, "item": item, "form": form, "known": known}
    return render(request, "courses/branches_edit.html", context, status=REFUSED if form.errors else 200)


def _chosen(known: list[Experiment], name: str) -> str:
    """The public id of the experiment that a setting names by that or by its id in the source."""
    found = next((row for row in known if name and name in (str(row.public_id), row.source_id)), None)
    return str(found.public_id) if found else ""
