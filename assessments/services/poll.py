"""Voting in a poll: once for each student, whatever arrives at the same moment."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from assessments.events import PollAnswered
from assessments.models import PollVote
from assessments.poll_settings import Poll, read_poll
from assessments.selectors import keeps_answers
from core.authz import Actor, authorize
from core.errors import Conflict, Invalid, NotAllowed
from core.events import publish
from courses.models import Block, Membership
from courses.roles import Capability


@dataclass(frozen=True)
class Ballot:
    """One person's options by question; not ``kept`` for an author who tries the poll."""

    choices: dict[str, str]
    kept: bool


@transaction.atomic
def vote(*, actor: Actor, block: Block, choices: Mapping[str, str]) -> Ballot:
    """Answer all questions of a poll at once, each with the id of an option.

    A question that was answered before may be left out. The same vote again is the same vote; another one
    raises ``Conflict`` ``already_voted`` unless the poll lets votes change. Raises ``Conflict`` ``no_poll``
    where students see none, ``Invalid`` with a sentence for each question that lacks an answer.
    """
    authorize(actor, "assessments.vote_block", block)
    course_id = block.section.item.course_id
    kept = keeps_answers(actor, course_id)
    poll = _poll_of(block, kept=kept)
    if not kept or not isinstance(actor, User):
        return Ballot(_checked(poll, choices, {}), kept=False)
    _lock_membership(actor, course_id)
    rows = {row.question: row for row in PollVote.objects.select_for_update().filter(user=actor, block=block)}
    before = {question: row.option for question, row in rows.items()}
    wanted = _checked(poll, choices, before)
    new = {question: option for question, option in wanted.items() if question not in before}
    other = {question: option for question, option in wanted.items() if before.get(question, option) != option}
    if other and not poll.changes:
        raise Conflict("already_voted", _("You have answered this poll. An answer cannot be changed."))
    if new or other:
        _write(actor, block, rows, new, other)
    return Ballot(wanted, kept=True)


def _write(
    user: User,
    block: Block,
    rows: Mapping[str, PollVote],
    new: Mapping[str, str],
    other: Mapping[str, str],
) -> None:
    item = block.section.item
    PollVote.objects.bulk_create(
        [
            PollVote(user=user, course_id=item.course_id, block=block, question=question, option=option)
            for question, option in new.items()
        ]
    )
    for question, option in other.items():
        rows[question].option = option
        rows[question].save(update_fields=["option", "changed_at"])
    publish(
        PollAnswered(
            actor_id=user.pk,
            course_id=item.course_id,
            item_id=item.pk,
            block_id=block.pk,
            user_id=user.pk,
            changed=bool(other),
        )
    )


def _poll_of(block: Block, *, kept: bool) -> Poll:
    """What students see now; an author who tries a poll that is not published yet gets the one being written."""
    revision = block.live if kept or block.live_id is not None else block.draft
    if revision is None or not revision.data:
        raise Conflict("no_poll", _("There is no poll here any more. Reload the page."))
    return read_poll(revision.data)


def _lock_membership(user: User, course_id: int) -> None:
    """Votes of one person come one after the other, and none after they have left."""
    membership = Membership.objects.select_for_update().filter(course_id=course_id, user=user).order_by().first()
    if membership is None or not membership.can(Capability.LEARN):
        raise NotAllowed("assessments.vote_block")


def _checked(poll: Poll, choices: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """The options of all questions, those from ``before`` where nothing else is chosen."""
    problems: dict[str, list[str]] = {}
    wanted: dict[str, str] = {}
    asked = {question.id for question in poll.questions}
    for unknown in sorted(set(choices) - asked):
        problems[unknown] = [_("The poll has no such question. Reload the page.")]
    for question in poll.questions:
        option = choices.get(question.id) or before.get(question.id)
        if not option:
            problems[question.id] = [_("Choose one of the options.")]
        elif option not in poll.option_ids and option != before.get(question.id):
            problems[question.id] = [_("The poll has no such option. Reload the page.")]
        else:
            wanted[question.id] = option
    if problems:
        one = len(poll.questions) == 1
        raise Invalid(
            "vote_incomplete", _("Choose one of the options.") if one else _("Answer every question."), fields=problems
        )
    return wanted
