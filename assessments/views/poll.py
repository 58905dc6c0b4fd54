from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from assessments.selectors import polls
from assessments.services.poll import vote
from core.errors import Conflict, Invalid
from core.shortcuts import get_visible
from courses.models import Block

REFUSED = 422


@require_http_methods(["GET", "HEAD", "POST"])
def poll(request: HttpRequest, slug: str, item: UUID, block: UUID) -> HttpResponse:
    """Vote in a poll of a lesson. By GET, as after signing in, back to the poll."""
    found = get_visible(
        polls.poll_blocks(), request.user, section__item__public_id=item,
        section__item__course__slug=slug, public_id=block,
    )  # fmt: skip
    if request.method != "POST":
        return _back(found)
    sent = ((name, str(value)) for name, value in request.POST.items() if name.startswith(polls.FIELD))
    choices = {name.removeprefix(polls.FIELD): value for name, value in sent if value}
    try:
        ballot = vote(actor=request.user, block=found, choices=choices)
    except Invalid as error:
        refused = polls.Refused(str(error.message), frozenset(error.fields), choices)
        return _shown(request, found, polls.polls_shown([found], request.user)[found.pk], refused)
    except Conflict as error:
        messages.error(request, str(error.message))
        return HttpResponse(headers={"HX-Refresh": "true"}) if getattr(request, "htmx", False) else _back(found)
    if ballot.kept and not getattr(request, "htmx", False):
        return _back(found)
    trials = {} if ballot.kept else {found.pk: ballot.choices}
    return _shown(request, found, polls.polls_shown([found], request.user, trials=trials)[found.pk])


def _back(block: Block) -> HttpResponse:
    return redirect(f"{block.section.item.get_absolute_url()}#{polls.ANCHOR}{block.public_id}")


def _shown(
    request: HttpRequest, block: Block, shown: polls.PollShown, refused: polls.Refused | None = None
) -> HttpResponse:
    """Only the poll for htmx; without a script, a page with it: there is nothing stored to come back to."""
    context = polls.poll_context(shown, request.user, refused)
    status = REFUSED if refused else 200
    if getattr(request, "htmx", False):
        return render(request, "assessments/blocks/poll.html", context, status=status)
    context |= {"nav_active": "courses", "item": block.section.item, "course": block.course}
    return render(request, "assessments/poll_answered.html", context, status=status)
