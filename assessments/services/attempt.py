"""Attempts: started, saved, submitted and scored by the server.

Whoever learns in a course holds the lock of their own membership while an attempt is numbered, so that
fifteen equal requests at once become one attempt.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from assessments.enums import AttemptState, Verdict
from assessments.events import AttemptSubmitted
from assessments.models import Answer, Attempt, BlockQuestion, Question, QuestionRevision
from assessments.question_types import TYPES, Response, Score, seed_for
from assessments.selectors import (
    NOTHING,
    block_revisions,
    extra_tries,
    keeps_answers,
    pasts,
    published_rules,
    revision_seen,
    tries_left,
)
from core.authz import Actor, authorize
from core.errors import Conflict, Invalid, NotAllowed, Stale
from core.events import publish
from courses.models import Block, Item, Membership
from courses.roles import Capability
from courses.services import progress, results

# Points are kept with five decimals.
_STEP = Decimal("0.00001")


@dataclass(frozen=True)
class Checked:
    """The outcome of an inline check; ``answer`` is None for an author's trial, which is not kept."""

    revision: QuestionRevision
    response: Response
    score: Score
    answer: Answer | None


@transaction.atomic
def start_attempt(
    *, actor: Actor, item: Item | None = None, block: Block | None = None, now: datetime | None = None
) -> Attempt:
    """An open attempt at all questions of a lesson, or at the one of a block; the open one if there is one.

    Each question is pinned to the revision that students see now. Raises ``Conflict`` ``answers_not_kept``
    for who is no student of the course, ``no_questions`` where there is nothing to answer, ``no_tries_left`` where
    every question has been tried as often as it may be.
    """
    item = _item_of(item, block)
    authorize(actor, "assessments.start_attempt", item)
    user = _student(actor, item)
    return _open_attempt(user, item, block, now or timezone.now())


@transaction.atomic
def save_answer(
    *, actor: Actor, attempt: Attempt, question: Question, given: Mapping[str, Any], version: int | None = None
) -> Answer:
    """Keep an answer of an open attempt without scoring it; the same again changes nothing.

    Raises ``Invalid`` for what is no answer to this question, ``Stale`` if a newer one than ``version``
    was saved, ``Conflict`` ``attempt_submitted``, ``question_not_asked``, ``no_tries_left``.
    """
    authorize_own(actor, attempt)
    attempt = _locked(attempt)
    if attempt.state != AttemptState.OPEN:
        raise Conflict("attempt_submitted", _("This attempt has been submitted. Start a new one to answer again."))
    answer = attempt.answers.select_related("revision__question").filter(question=question).first()
    if answer is None:
        raise Conflict("question_not_asked", _("This question is not part of the attempt."))
    response = parse_answer(answer.revision, given, user_id=attempt.user_id)
    if answer.response != response:
        _require_tries(attempt.user, attempt.item, answer.revision)
    return _keep(answer, response, version=version, now=timezone.now())


@transaction.atomic
def submit_attempt(*, actor: Actor, attempt: Attempt, now: datetime | None = None) -> Attempt:
    """Hand in an attempt: scored once, by the revisions it is pinned to; again, it is the same attempt.

    Settles the item's progress in the same transaction and says what counts as the person's result. An answer to a
    question whose tries were used up meanwhile, elsewhere, does not count.
    """
    authorize_own(actor, attempt)
    # Attempts at a lesson and at one of its blocks are different rows; their tries are counted together.
    _student(actor, attempt.item)
    return _submit(_locked(attempt), now or timezone.now())


@transaction.atomic
def answer_check(
    *, actor: Actor, block: Block, given: Mapping[str, Any], seen: str = "", now: datetime | None = None
) -> Checked:
    """Answer the question of a block: start, save and submit in one.

    ``seen`` names the revision that the page showed; without it, the one that students see now. The answer
    that was submitted last, given once more, is that same answer and no new attempt. An author's trial
    is scored and not kept. Raises ``Invalid``, ``Conflict`` ``no_questions``, ``no_tries_left``.
    """
    item = block.section.item
    authorize(actor, "assessments.start_attempt", item)
    revision = revision_for(block, actor, seen)
    response = parse_answer(revision, given, user_id=actor.pk)
    if not keeps_answers(actor, item.course_id):
        return Checked(revision, response, TYPES[revision.kind].score(revision.config, response), None)
    user = _student(actor, item)
    moment = now or timezone.now()
    answer = _last_submitted(user, block)
    if answer is None or answer.revision_id != revision.pk or answer.response != response:
        _require_tries(user, item, revision)
        answer = _answer_now(user, item, block, revision, response, moment)
    return Checked(revision, response, TYPES[revision.kind].score(revision.config, response), answer)


def parse_answer(revision: QuestionRevision, given: Mapping[str, Any], *, user_id: int | None) -> Response:
    """The answer as it is stored, or ``Invalid`` with a sentence."""
    seed = seed_for(user_id, revision.question.public_id)
    return TYPES[revision.kind].parse(revision.config, given, seed)


def revision_for(block: Block, actor: Actor, seen: str) -> QuestionRevision:
    """The revision that the page showed to ``actor``, or else the one that it would show now."""
    link = BlockQuestion.objects.select_related("question").filter(block=block).first()
    revision = None
    if link is not None and seen:
        revision = revision_seen(link.question, seen, actor.pk)
    revision = revision or block_revisions([block]).get(block.pk)
    if revision is None or (block.live_id is None and keeps_answers(actor, block.section.item.course_id)):
        raise Conflict("no_questions", _("There is no question here any more. Reload the page."))
    return revision


def authorize_own(actor: Actor, attempt: Attempt) -> None:
    """Raise ``NotAllowed`` unless ``actor`` may answer in this attempt, which is their own."""
    authorize(actor, "assessments.answer_attempt", attempt)
    if attempt.user_id != actor.pk:
        # Who may do everything still answers only for themselves.
        raise NotAllowed("assessments.answer_attempt")


def _item_of(item: Item | None, block: Block | None) -> Item:
    if block is not None:
        return block.section.item
    if item is None:
        raise Invalid("nothing_to_answer", _("Name a lesson or a block."))
    return item


def _student(actor: Actor, item: Item) -> User:
    """The student, with their membership locked: it ends, or the attempt is made, not both at once."""
    if isinstance(actor, User) and keeps_answers(actor, item.course_id):
        membership = (
            Membership.objects.select_for_update().filter(course_id=item.course_id, user=actor).order_by().first()
        )
        if membership is None or not membership.can(Capability.LEARN):
            raise NotAllowed("assessments.start_attempt")
        return actor
    raise Conflict("answers_not_kept", _("Only students' answers are kept. You can try each question in the lesson."))


def _open_attempt(user: User, item: Item, block: Block | None, moment: datetime) -> Attempt:
    own = Attempt.objects.filter(user=user, item=item, block=block)
    # Locked, so that it is not submitted meanwhile.
    attempt = own.filter(state=AttemptState.OPEN).select_for_update(of=("self",)).first()
    if attempt is not None:
        return attempt
    revisions = _asked(user, item, block)
    used = pasts(user.pk, item.pk)
    extra = extra_tries(user.pk, item.course_id, revisions)
    if all(tries_left(one, used.get(one.question_id, NOTHING).tries, extra) == 0 for one in revisions):
        raise _no_tries_left()
    last = own.aggregate(last=Max("number"))["last"] or 0
    attempt = Attempt.objects.create(
        user=user, course_id=item.course_id, item=item, block=block, number=last + 1, started_at=moment
    )
    Answer.objects.bulk_create(
        [Answer(attempt=attempt, question_id=revision.question_id, revision=revision) for revision in revisions]
    )
    return attempt


def _asked(user: User, item: Item, block: Block | None) -> list[QuestionRevision]:
    """The revisions that students see now, in the order of the lesson; each question once."""
    if block is not None:
        blocks = [block] if block.live_id is not None else []
    else:
        # Of a lesson's branches, the person's own.
        readable = Block.objects.visible_to(user)
        rows = readable.filter(section__item=item, live__isnull=False, question_link__isnull=False)
        blocks = list(rows.select_related("live").order_by("section__rank", "section_id", "rank", "pk"))
    found = block_revisions(blocks)
    revisions = {found[b.pk].question_id: found[b.pk] for b in blocks if b.pk in found}
    if not revisions:
        raise Conflict("no_questions", _("There is nothing to answer here."))
    return list(revisions.values())


def _require_tries(user: User, item: Item, revision: QuestionRevision) -> None:
    """Raises ``Conflict`` ``no_tries_left``. The person's membership is locked, so nobody counts at the same time."""
    rules = published_rules(item, [revision.question_id]).get(revision.question_id, revision)
    if rules.attempts_allowed is not None:
        past = pasts(user.pk, item.pk).get(revision.question_id, NOTHING)
        if tries_left(rules, past.tries, extra_tries(user.pk, item.course_id, [rules])) == 0:
            raise _no_tries_left()


def _no_tries_left() -> Conflict:
    return Conflict("no_tries_left", _("You have no tries left for this question. Your best try counts."))


def _last_submitted(user: User, block: Block) -> Answer | None:
    return (
        Answer.objects.filter(attempt__user=user, attempt__block=block, attempt__state=AttemptState.SUBMITTED)
        .select_related("attempt")
        .order_by("-attempt__number")
        .first()
    )


def _answer_now(
    user: User, item: Item, block: Block, revision: QuestionRevision, response: Response, moment: datetime
) -> Answer:
    attempt = _open_attempt(user, item, block, moment)
    answer, _created = Answer.objects.get_or_create(
        attempt=attempt, question_id=revision.question_id, defaults={"revision": revision}
    )
    if answer.revision_id != revision.pk:
        # Opened elsewhere before the question changed; what counts is what the person had before them.
        answer.revision = revision
        answer.save(update_fields=["revision"])
    _keep(answer, response, version=None, now=moment)
    _submit(attempt, moment)
    answer.refresh_from_db()
    return answer


def _keep(answer: Answer, response: Response, *, version: int | None, now: datetime) -> Answer:
    if answer.response == response:
        return answer
    if version is not None and version != answer.version:
        raise Stale(current_version=answer.version)
    answer.response = response
    answer.version += 1
    answer.saved_at = now
    answer.save(update_fields=["response", "version", "saved_at"])
    return answer


def _submit(attempt: Attempt, moment: datetime) -> Attempt:
    if attempt.state == AttemptState.SUBMITTED:
        return attempt
    answers = list(attempt.answers.select_related("revision"))
    questions = [answer.question_id for answer in answers]
    rules = published_rules(attempt.item, questions)
    used = pasts(attempt.user_id, attempt.item_id)
    limiting = [rules.get(answer.question_id, answer.revision) for answer in answers]
    extra = extra_tries(attempt.user_id, attempt.course_id, limiting)
    for answer in answers:
        past = used.get(answer.question_id, NOTHING)
        answer.points, answer.verdict = Decimal(0), ""
        if tries_left(rules.get(answer.question_id, answer.revision), past.tries, extra) != 0:
            answer.points, answer.verdict = _marked(answer)
    Answer.objects.bulk_update(answers, ["points", "verdict"])
    attempt.points = sum((answer.points or Decimal(0) for answer in answers), Decimal(0))
    attempt.max_points = sum((answer.revision.points for answer in answers), Decimal(0))
    attempt.state = AttemptState.SUBMITTED
    attempt.submitted_at = moment
    attempt.save(update_fields=["points", "max_points", "state", "submitted_at", "updated_at"])
    publish(
        AttemptSubmitted(
            actor_id=attempt.user_id,
            course_id=attempt.course_id,
            item_id=attempt.item_id,
            attempt_id=attempt.pk,
            user_id=attempt.user_id,
            points=str(attempt.points),
            max_points=str(attempt.max_points),
        )
    )
    _record_results(attempt, [answer.question_id for answer in answers if answer.verdict], moment)
    progress.settle(user=attempt.user, item=attempt.item, now=moment)
    return attempt


def _record_results(attempt: Attempt, question_ids: Collection[int], moment: datetime) -> None:
    """Let the best try at each question count, at every block of the lesson in which it stands."""
    best: dict[int, tuple[Decimal, Decimal]] = {}
    tries: Counter[int] = Counter()
    rows = Answer.objects.filter(
        attempt__user_id=attempt.user_id,
        attempt__item_id=attempt.item_id,
        attempt__state=AttemptState.SUBMITTED,
        question_id__in=question_ids,
    ).exclude(verdict="")
    for question_id, points, most in rows.values_list("question_id", "points", "revision__points").order_by("pk"):
        tries[question_id] += 1
        # A question may have been worth more or less before it was changed, so shares are compared.
        gained = points or Decimal(0)
        kept = best.get(question_id)
        if kept is None or gained * kept[1] > kept[0] * most or (not kept[1] and most):
            best[question_id] = (gained, most)
    links = BlockQuestion.objects.filter(
        question_id__in=list(best), block__section__item_id=attempt.item_id, block__deleted_at__isnull=True
    )
    for link in links.select_related("block__section__item"):
        points, most = best[link.question_id]
        results.record(
            actor=attempt.user,
            user=attempt.user,
            block=link.block,
            points=points,
            max_points=most,
            tries=tries[link.question_id],
            now=moment,
        )


def _marked(answer: Answer) -> tuple[Decimal, str]:
    """Points and verdict of one answer; a question left out has no verdict."""
    if answer.response is None:
        return Decimal(0), ""
    revision = answer.revision
    score = TYPES[revision.kind].score(revision.config, answer.response)
    if score.verdict == Verdict.RIGHT:
        return revision.points, Verdict.RIGHT
    return (score.fraction * revision.points).quantize(_STEP, rounding=ROUND_HALF_EVEN), score.verdict


def _locked(attempt: Attempt) -> Attempt:
    return Attempt.objects.select_for_update(of=("self",)).select_related("user", "item__course").get(pk=attempt.pk)
