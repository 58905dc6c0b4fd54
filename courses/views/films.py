"""Films in lessons: where one starts, what the page may load for them, what was seen."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from core.shortcuts import get_visible
from courses.block_kinds.video import seen_words
from courses.models import Block
from courses.selectors.lesson import LessonPage
from courses.selectors.open_lesson import ShownBlock
from courses.selectors.watching import watched_row
from courses.services import watching


def start_films(request: HttpRequest, page: LessonPage) -> None:
    """Let films begin where the address says (``?film=<id>&t=<second>``), otherwise where the reader stopped."""
    wanted, second = request.GET.get("film", ""), request.GET.get("t", "")
    kept = request.GET.copy()
    kept.pop("t", None)
    for shown in _blocks(page):
        if "player" not in shown.context:
            continue
        kept["film"] = str(shown.block.public_id)
        shown.context["here"] = f"?{kept.urlencode()}"
        if shown.context.get("goes_on_at"):
            shown.context["start"] = shown.context["goes_on_at"]
        if second.isdecimal() and len(second) < 6 and wanted == str(shown.block.public_id):
            shown.context.update({"start": int(second), "asked_for": True})


def with_sources(response: HttpResponse, page: LessonPage) -> HttpResponse:
    """The page with its content policy widened by what its own blocks need from elsewhere, and by nothing else."""
    wanted: dict[str, list[str]] = {}
    for shown in _blocks(page):
        for directive, origins in shown.context.get("content_sources", {}).items():
            known = wanted.setdefault(directive, [])
            known += [origin for origin in origins if origin not in known]
    return csp_update(wanted)(lambda _request: response)(None) if wanted else response


@require_POST
def save_watching(request: HttpRequest, slug: str, block: UUID) -> HttpResponse:
    """What was played, sent by the page while a film plays: seconds, and pairs of seconds as JSON."""
    rows = Block.objects.filter(section__item__course__slug=slug).select_related("section__item__course", "live")
    found = get_visible(rows, request.user, public_id=block)
    try:
        values = {name: json.loads(request.POST.get(name, "null")) for name in ("position", "duration", "ranges")}
        row = watching.record(actor=request.user, block=found, **values)
    except (ValueError, RecursionError):
        return JsonResponse({"message": _("Send numbers and pairs of numbers as JSON.")}, status=400)
    except DomainError as error:
        return JsonResponse({"message": str(error.message)}, status=error.status)
    return JsonResponse({"seen": seen_words(watched_row(row))["seen"]})


def _blocks(page: LessonPage) -> Iterator[ShownBlock]:
    for section in page.sections:
        yield from _with_branches(section.blocks)


def _with_branches(blocks: Iterable[ShownBlock]) -> Iterator[ShownBlock]:
    for shown in blocks:
        yield shown
        branches: Any = shown.context.get("branches", [])
        for branch in branches:
            yield from _with_branches(branch.blocks)
