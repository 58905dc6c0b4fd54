"""The question bank of a course, and writing a question."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import selectors
from assessments.enums import QuestionKind
from assessments.forms.question import KIND_SENTENCES
from assessments.forms.question_editor import QuestionEditor
from assessments.models import Question
from assessments.services import authoring
from core.authz import authorize
from core.errors import DomainError
from core.forms import domain_errors_as_messages
from core.once import once
from core.shortcuts import get_visible
from courses.models import Block, Course
from files.fields import add_files_to_texts

PAGE_SIZE = 25
REFUSED = 422


def get_course(request: HttpRequest, slug: str) -> Course:
    """The course, for those who write it; insiders who may not get 403, others 404."""
    course = get_visible(Course, request.user, slug=slug)
    authorize(request.user, "assessments.add_question", course)
    return course


def get_question(request: HttpRequest, course: Course, question: UUID) -> Question:
    rows = Question.objects.select_related("current", "course")
    found: Question = get_visible(rows, request.user, course=course, public_id=question)
    return found


@require_safe
def question_list(request: HttpRequest, slug: str) -> HttpResponse:
    course = get_course(request, slug)
    page = Paginator(selectors.bank(request.user, course), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "nav_active": "teaching",
        "course": course,
        "page": page,
        "rows": selectors.bank_rows(page.object_list),
        "kinds": KIND_SENTENCES,
    }
    return render(request, "assessments/question_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def question_new(request: HttpRequest, slug: str, block: UUID | None = None) -> HttpResponse:
    """A new question for the bank, or for a ``block`` that waits for one."""
    course = get_course(request, slug)
    place = get_visible(_question_blocks(course), request.user, public_id=block) if block else None
    kind = request.GET.get("kind", "")
    if kind not in QuestionKind.values:
        context = {"nav_active": "teaching", "course": course, "kinds": KIND_SENTENCES, "place": place}
        return render(request, "assessments/question_kind.html", context)
    editor = QuestionEditor(kind, None, None, request.POST if request.method == "POST" else None)
    refused = add_files_to_texts(request, editor.forms) if request.method == "POST" else []
    if request.method == "POST" and "more" in request.POST:
        editor.add_rows(request.POST["more"], request.POST.get("new_part", ""))
        for sentence in refused:
            messages.error(request, sentence)
    elif request.method == "POST" and editor.is_valid():
        try:
            return redirect(once(request, lambda: _make(request, course, place, editor)))
        except DomainError as error:
            editor.refuse(error)
    return _editor_page(request, course, editor, block=place)


def _make(request: HttpRequest, course: Course, block: Block | None, editor: QuestionEditor) -> str:
    question = authoring.create_question(actor=request.user, course=course, **editor.values())
    if block is not None:
        authoring.attach_to_block(actor=request.user, block=block, question=question)
        messages.success(request, _("Saved as a draft. Students see it when the lesson is published."))
    else:
        messages.success(request, _("Saved."))
    return _next_page(course, block)


@require_http_methods(["GET", "HEAD", "POST"])
def question_edit(request: HttpRequest, slug: str, question: UUID) -> HttpResponse:
    course = get_course(request, slug)
    found = get_question(request, course, question)
    kind = found.current.kind if found.current else QuestionKind.SINGLE
    editor = QuestionEditor(kind, found.current, found.version, request.POST if request.method == "POST" else None)
    refused = add_files_to_texts(request, editor.forms) if request.method == "POST" else []
    if request.method == "POST" and "more" in request.POST:
        editor.add_rows(request.POST["more"], request.POST.get("new_part", ""))
        for sentence in refused:
            messages.error(request, sentence)
    elif request.method == "POST" and editor.is_valid():
        version = editor.form.cleaned_data["version"]
        try:
            authoring.change_question(actor=request.user, question=found, version=version, **editor.values())
        except DomainError as error:
            editor.refuse(error)
        else:
            block = selectors.place_of(found)
            messages.success(
                request, _("Saved. Students see it when the lesson is published.") if block else _("Saved.")
            )
            return redirect(_next_page(course, block))
    return _editor_page(request, course, editor, question=found, block=selectors.place_of(found))


@require_http_methods(["GET", "HEAD", "POST"])
def block_question(request: HttpRequest, slug: str, block: UUID) -> HttpResponse:
    """From a lesson's block to its question: to write it, or to change it."""
    course = get_course(request, slug)
    place = get_visible(_question_blocks(course), request.user, public_id=block)
    question = selectors.question_of(place)
    if question is not None:
        return question_edit(request, slug, question.public_id)
    return question_new(request, slug, place.public_id)


@require_POST
def question_bin(request: HttpRequest, slug: str, question: UUID) -> HttpResponse:
    course = get_course(request, slug)
    found = get_question(request, course, question)
    with domain_errors_as_messages(request):
        authoring.bin_question(actor=request.user, question=found)
        undo = reverse("assessments:question-restore", args=[slug, question])
        note = {"text": _("The question is in the bin."), "url": undo}
        messages.success(request, render_to_string("assessments/_undo.html", note, request))
    return redirect("assessments:question-list", slug)


@require_POST
def question_restore(request: HttpRequest, slug: str, question: UUID) -> HttpResponse:
    course = get_course(request, slug)
    found = get_object_or_404(selectors.binned_questions(request.user, course), public_id=question)
    with domain_errors_as_messages(request):
        authoring.restore_question(actor=request.user, question=found)
        messages.success(request, _("The question is back."))
    return redirect("assessments:question-list", slug)


def _question_blocks(course: Course) -> QuerySet[Block]:
    return selectors.question_blocks().filter(section__item__course=course)


def _next_page(course: Course, block: Block | None) -> str:
    if block is not None:
        return reverse("courses:item-edit", args=[course.slug, block.section.item.public_id])
    return reverse("assessments:question-list", args=[course.slug])


def _editor_page(
    request: HttpRequest,
    course: Course,
    editor: QuestionEditor,
    *,
    question: Question | None = None,
    block: Block | None = None,
) -> HttpResponse:
    refused = request.method == "POST" and "more" not in request.POST
    context = {
        "nav_active": "teaching",
        "course": course,
        "editor": editor,
        "form": editor.form,
        "question": question,
        "place": block,
        "back": _next_page(course, block),
    }
    return render(request, "assessments/question_edit.html", context, status=REFUSED if refused else 200)
