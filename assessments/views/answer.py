from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from assessments import selectors
from assessments.models import QuestionRevision
from assessments.selectors import Given
from assessments.services import attempt
from core.errors import Conflict, Invalid
from core.shortcuts import get_visible
from courses.models import Block

REFUSED = 422


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, slug: str, item: UUID, block: UUID) -> HttpResponse:
    """Check an answer given in a lesson. By GET, as after signing in, back to the question."""
    found = get_visible(
        selectors.question_blocks(), request.user, section__item__public_id=item,
        section__item__course__slug=slug, public_id=block,
    )  # fmt: skip
    if request.method != "POST":
        return _back(found)
    seen = request.GET.get("seen", "")
    try:
        checked = attempt.answer_check(actor=request.user, block=found, given=request.POST, seen=seen)
    except Invalid as error:
        revision = attempt.revision_for(found, request.user, seen)
        return _shown(request, found, revision, None, error=str(error.message), status=REFUSED)
    except Conflict as error:
        messages.error(request, str(error.message))
        return HttpResponse(headers={"HX-Refresh": "true"}) if getattr(request, "htmx", False) else _back(found)
    if checked.answer is not None and not getattr(request, "htmx", False):
        return _back(found)
    return _shown(request, found, checked.revision, Given(checked.response, checked.score.verdict))


def _back(block: Block) -> HttpResponse:
    return redirect(f"{block.section.item.get_absolute_url()}#{selectors.ANCHOR}{block.public_id}")


def _shown(
    request: HttpRequest,
    block: Block,
    revision: QuestionRevision,
    given: Given | None,
    *,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    """Only the question for htmx; without a script, a page with it: there is nothing stored to come back to."""
    context: dict[str, Any] = selectors.answered_question(
        block, request.user, revision, given=given, error=error, entered=request.POST if error else None
    )
    if getattr(request, "htmx", False):
        return render(request, "assessments/blocks/question.html", context, status=status)
    context |= {"nav_active": "courses", "item": block.section.item, "course": block.course}
    return render(request, "assessments/question_answered.html", context, status=status)
