"""Polls for programs: what one may see of them, and voting."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.poll_settings import RESULTS, read_poll
from assessments.selectors import block_html, inline_html
from assessments.selectors.polls import PollShown, Shown, poll_blocks, polls_shown
from assessments.services.poll import vote
from core.api.inputs import Input
from core.api.views import Endpoint
from core.shortcuts import get_visible
from courses.block_kinds.base import resolve_files, shown_revision
from courses.models import Block, Item

_MARKDOWN = _("Markdown.")
_PAGES = [
    OpenApiParameter("page", OpenApiTypes.INT),
    OpenApiParameter("page_size", OpenApiTypes.INT, description="At most 100."),
]


class PollFilter(Input):
    lesson = serializers.UUIDField(required=False)
    course = serializers.SlugField(required=False, max_length=64)


class VoteInput(Input):
    choices = serializers.DictField(
        child=serializers.CharField(max_length=64), help_text=_("The id of an option for the id of each question.")
    )


class PollOptionOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    text = serializers.CharField(help_text=_MARKDOWN)
    html = serializers.CharField()
    image = serializers.CharField(allow_null=True, help_text=_("The address of a picture."))
    alt = serializers.CharField()


class PollResultOutput(serializers.Serializer[Any]):
    option = serializers.CharField(allow_null=True, help_text=_("null: options that are no longer there."))
    votes = serializers.IntegerField()
    percent = serializers.IntegerField()


class PollQuestionOutput(PollOptionOutput):
    choice = serializers.CharField(allow_null=True, help_text=_("One's own option."))
    votes = serializers.IntegerField(allow_null=True, help_text=_("How many people answered."))
    results = PollResultOutput(many=True, allow_null=True, help_text=_("null where they may not be seen."))


class PollOutput(serializers.Serializer[Any]):
    block = serializers.UUIDField()
    lesson = serializers.UUIDField()
    course = serializers.CharField(help_text=_("The course's slug."))
    html = serializers.CharField(help_text=_("What stands before the questions."))
    results = serializers.ChoiceField(choices=RESULTS, help_text=_("When students see how all answered."))
    changes = serializers.BooleanField(help_text=_("Whether a vote may be changed."))
    may_vote = serializers.BooleanField()
    has_voted = serializers.BooleanField()
    kept = serializers.BooleanField(help_text=_("Whether a vote of yours is kept; that of an author is not."))
    questions = PollQuestionOutput(many=True)
    options = PollOptionOutput(many=True)
    feedback = serializers.CharField(help_text=_("Markdown; once voted."))


class PollsView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="polls_list",
        summary="The polls that you may see",
        tags=["polls"],
        parameters=[PollFilter, *_PAGES],
        responses=PollOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        asked = self.query(PollFilter)
        found = poll_blocks().visible_to(request.user).filter(section__item__deleted_at__isnull=True)  # type: ignore[attr-defined]
        if "lesson" in asked:
            found = found.filter(section__item__public_id=asked["lesson"])
        if "course" in asked:
            found = found.filter(section__item__course__slug=asked["course"])
        found = found.order_by("section__item_id", "section__rank", "section_id", "rank", "pk")
        return self.page_of(found, lambda page: present_polls(page, request.user))


class PollView(Endpoint):
    scope = "learning"

    @extend_schema(operation_id="polls_read", summary="One poll", tags=["polls"], responses=PollOutput)
    def get(self, request: Request, block: UUID) -> Response:
        found = get_visible(poll_blocks(), request.user, public_id=block)
        return Response(present_polls([found], request.user)[0])


class VoteView(Endpoint):
    scope = "learning"

    @extend_schema(
        operation_id="polls_vote",
        summary="Vote in a poll",
        description=(
            "All questions at once. The same vote again gives the same answer; another one is refused "
            "unless the poll lets votes change."
        ),
        tags=["polls"],
        request=VoteInput,
        responses=PollOutput,
    )
    def post(self, request: Request, block: UUID) -> Response:
        found = get_visible(poll_blocks(), request.user, public_id=block)
        self.require("assessments.vote_block", found)
        actor: Any = request.user
        ballot = vote(actor=actor, block=found, choices=self.parse(VoteInput)["choices"])
        trials = {} if ballot.kept else {found.pk: ballot.choices}
        return Response(_present(polls_shown([found], request.user, trials=trials)[found.pk]))


def present_polls(blocks: Iterable[Block], user: Any) -> list[dict[str, Any]]:
    """The polls as ``user`` may see them; one that is not written yet has no questions."""
    items: dict[int, Item] = {}
    page = list(blocks)
    for block in page:
        # One row of each lesson, so that its files are looked up once.
        block.section.item = items.setdefault(block.section.item_id, block.section.item)
    shown = polls_shown(page, user)
    return [_present(shown[block.pk]) if block.pk in shown else _unwritten(block) for block in page]


def _unwritten(block: Block) -> dict[str, Any]:
    unwritten = PollShown(block, read_poll({}), [], [], kept=False, is_author=True, may_vote=False)
    return _present(unwritten)


def _present(shown: PollShown) -> dict[str, Any]:
    block, item = shown.block, shown.block.section.item
    return {
        "block": block.public_id,
        "lesson": item.public_id,
        "course": item.course.slug,
        "html": resolve_files(item, shown_revision(block).html),
        "results": shown.poll.results,
        "changes": shown.poll.changes,
        "may_vote": shown.may_vote,
        "has_voted": shown.has_voted,
        "kept": shown.kept,
        "questions": [
            _entry(item, asked.question, block_html)
            | {
                "choice": asked.choice or None,
                "votes": asked.votes,
                "results": None
                if asked.results is None
                else [
                    {"option": row.option.id or None, "votes": row.votes, "percent": row.percent}
                    for row in asked.results
                ],
            }
            for asked in shown.questions
        ],
        "options": [_entry(item, option, inline_html) for option in shown.options],
        "feedback": shown.feedback,
    }


def _entry(item: Item, entry: Shown, render: Any) -> dict[str, Any]:
    return {
        "id": entry.id,
        "text": entry.text,
        "html": resolve_files(item, render(entry.text)),
        "image": entry.image.get_absolute_url() if entry.image else None,
        "alt": entry.alt,
    }
