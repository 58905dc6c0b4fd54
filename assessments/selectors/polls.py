"""What is read about polls. Who may see how a poll was answered is decided here, for pages and API alike."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.models import PollVote
from assessments.poll_settings import Entry, Poll, read_poll
from assessments.selectors.lesson import invitation
from assessments.selectors.shown import block_html, inline_html
from assessments.selectors.telling import is_author, keeps_answers
from courses.block_kinds.base import file_of, resolve_files, shown_revision
from courses.models import Block
from files.models import StoredFile

ANCHOR = "poll-"
# Names of a vote's fields begin with it; a question's id follows.
FIELD = "q-"
# More columns than these do not fit beside the questions of a survey.
_WIDEST_GRID = 6


@dataclass(frozen=True)
class Shown:
    """A question or an option with its picture; ``text`` is Markdown."""

    id: str
    text: str
    image: StoredFile | None
    alt: str


@dataclass(frozen=True)
class Row:
    """One line of the results. ``option`` is empty for the options that are no longer there, taken together."""

    option: Shown
    votes: int
    percent: int


@dataclass(frozen=True)
class Asked:
    """``choice`` is the id of one's own option, empty before voting; ``results`` is None where they may not be seen."""

    question: Shown
    choice: str
    choice_is_gone: bool
    votes: int | None
    results: list[Row] | None


@dataclass(frozen=True)
class PollShown:
    """A poll as one reader may see it now. ``kept`` tells whether a vote of this reader is kept."""

    block: Block
    poll: Poll
    questions: list[Asked]
    options: list[Shown]
    kept: bool
    is_author: bool
    may_vote: bool
    is_trial: bool = False

    @property
    def has_voted(self) -> bool:
        return bool(self.questions) and all(asked.choice for asked in self.questions)

    @property
    def may_change(self) -> bool:
        return self.may_vote and self.has_voted and (self.poll.changes or self.is_trial)

    @property
    def feedback(self) -> str:
        return self.poll.feedback if self.has_voted or self.is_author else ""

    @property
    def is_grid(self) -> bool:
        return len(self.questions) > 1 and len(self.options) <= _WIDEST_GRID


def shows_results(poll: Poll, *, author: bool, voted: bool) -> bool:
    """Whether somebody may see how a poll was answered: as its author set it; authors always."""
    return author or poll.results == "always" or (poll.results == "after" and voted)


def poll_blocks() -> QuerySet[Block]:
    """Poll blocks with all that showing one needs."""
    blocks: QuerySet[Block] = Block.objects.filter(kind="poll")
    return blocks.select_related("section__item__course", "live", "draft")


def polls_shown(
    blocks: Iterable[Block], user: Any, *, trials: Mapping[int, Mapping[str, str]] | None = None
) -> dict[int, PollShown]:
    """The polls that are written in ``blocks``, by block id; two queries for any number, one where no results show.

    ``trials`` are votes that are shown and not kept, by block id.
    """
    polls = {b: read_poll(data) for b in blocks if (data := shown_revision(b).data)}
    own = _own_votes(polls, user)
    for pk, choices in (trials or {}).items():
        own[pk] = dict(choices)
    facts: dict[Block, tuple[bool, bool, bool]] = {}
    for block, poll in polls.items():
        author = is_author(user, block.section.item.course_id)
        voted = all(question.id in own[block.pk] for question in poll.questions)
        facts[block] = author, voted, shows_results(poll, author=author, voted=voted)
    votes = _votes([block.pk for block, (_author, _voted, shown) in facts.items() if shown])
    asks = {block.section.item: user.has_perm("assessments.start_attempt", block.section.item) for block in polls}
    found = {}
    for block, poll in polls.items():
        author, _voted, shown = facts[block]
        options = [_shown(block, option) for option in poll.options]
        found[block.pk] = PollShown(
            block=block,
            poll=poll,
            questions=[
                _asked(block, question, options, own[block.pk].get(question.id, ""), votes[block.pk] if shown else None)
                for question in poll.questions
            ],
            options=options,
            kept=keeps_answers(user, block.section.item.course_id),
            is_author=author,
            may_vote=asks[block.section.item],
            is_trial=block.pk in (trials or {}),
        )
    return found


def _own_votes(polls: Mapping[Block, Poll], user: Any) -> dict[int, dict[str, str]]:
    own: dict[int, dict[str, str]] = defaultdict(dict)
    if polls and user.pk is not None:
        rows = PollVote.objects.filter(user_id=user.pk, block_id__in=[block.pk for block in polls])
        for block_id, question, option in rows.values_list("block_id", "question", "option"):
            own[block_id][question] = option
    return own


def _votes(block_ids: list[int]) -> dict[int, dict[str, dict[str, int]]]:
    """How many votes each option has, by block and question; one query."""
    votes: dict[int, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    if block_ids:
        rows = PollVote.objects.filter(block_id__in=block_ids).values("block_id", "question", "option")
        for row in rows.annotate(n=Count("pk")).order_by():
            votes[row["block_id"]][row["question"]][row["option"]] = row["n"]
    return votes


def _shown(block: Block, entry: Entry) -> Shown:
    return Shown(entry.id, entry.text, file_of(block, entry.image.removeprefix("file:")), entry.alt)


def _asked(
    block: Block, entry: Entry, options: list[Shown], choice: str, votes: Mapping[str, Mapping[str, int]] | None
) -> Asked:
    known = {option.id for option in options}
    question, gone = _shown(block, entry), bool(choice) and choice not in known
    if votes is None:
        return Asked(question, choice, gone, None, None)
    counts = votes.get(entry.id, {})
    total = sum(counts.values())
    rows = [Row(option, counts.get(option.id, 0), _percent(counts.get(option.id, 0), total)) for option in options]
    if other := sum(n for option, n in counts.items() if option not in known):
        rows.append(Row(Shown("", _("Other"), None, ""), other, _percent(other, total)))
    return Asked(question, choice, gone, total, rows)


def _percent(part: int, total: int) -> int:
    """Rounded half up, in whole numbers."""
    return (200 * part + total) // (2 * total) if total else 0


# HTML for the block's template


@dataclass(frozen=True)
class Refused:
    """A vote that was not taken: why, at which questions, and what had been chosen."""

    message: str
    questions: frozenset[str] = field(default_factory=frozenset)
    choices: Mapping[str, str] = field(default_factory=dict)


def lesson_polls(blocks: list[Block], user: Any) -> dict[int, dict[str, Any]]:
    """Template variables of the poll blocks of a page, by block id."""
    shown = polls_shown(blocks, user)
    contexts: dict[int, dict[str, Any]] = {}
    for block in blocks:
        if block.pk in shown:
            contexts[block.pk] = poll_context(shown[block.pk], user)
        else:
            contexts[block.pk] = {"poll": None, "unwritten": is_author(user, block.section.item.course_id)}
    return contexts


def poll_context(shown: PollShown, user: Any, refused: Refused | None = None) -> dict[str, Any]:
    """The variables of ``assessments/blocks/poll.html`` for one poll."""
    block, item = shown.block, shown.block.section.item
    options = [_as_html(block, option, inline=True) for option in shown.options]
    questions = []
    for asked in shown.questions:
        choice = refused.choices.get(asked.question.id, "") if refused else asked.choice
        results = None
        if asked.results is not None:
            results = [
                {
                    **_as_html(block, row.option, inline=True),
                    "votes": row.votes,
                    "percent": row.percent,
                    "own": bool(asked.choice) and _is_own(row, asked),
                }
                for row in asked.results
            ]
        questions.append(
            {
                **_as_html(block, asked.question, inline=False),
                "name": f"{FIELD}{asked.question.id}",
                "options": [{**option, "checked": option["id"] == choice} for option in options],
                "chosen": _chosen(asked, options),
                "votes": asked.votes,
                "results": results,
                "missing": refused is not None and asked.question.id in refused.questions,
            }
        )
    return {
        "poll": {
            "id": block.public_id,
            "url": reverse("assessments:poll", args=[item.course.slug, item.public_id, block.public_id]),
            "html": resolve_files(item, shown_revision(block).html),
            "questions": questions,
            "options": options,
            "is_grid": shown.is_grid,
            "has_voted": shown.has_voted and refused is None,
            "asks": shown.may_vote and (refused is not None or not shown.has_voted),
            "may_change": shown.may_change and refused is None,
            "is_preview": shown.may_vote and not shown.kept,
            "is_private": shown.poll.results == "never",
            "shows_results": any(asked.results is not None for asked in shown.questions),
            "feedback_html": resolve_files(item, block_html(shown.feedback)),
            "error": refused.message if refused else "",
        },
        "invitation": None if shown.may_vote else invitation(user, item),
    }


def _is_own(row: Row, asked: Asked) -> bool:
    return row.option.id == asked.choice or (not row.option.id and asked.choice_is_gone)


def _chosen(asked: Asked, options: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not asked.choice:
        return None
    other = {"id": "", "html": _("Other"), "image_url": "", "alt": ""}
    return next((option for option in options if option["id"] == asked.choice), other)


def _as_html(block: Block, shown: Shown, *, inline: bool) -> dict[str, Any]:
    html = inline_html(shown.text) if inline else block_html(shown.text)
    return {
        "id": shown.id,
        "html": resolve_files(block.section.item, html),
        "image_url": shown.image.get_absolute_url() if shown.image else "",
        "alt": shown.alt,
    }
