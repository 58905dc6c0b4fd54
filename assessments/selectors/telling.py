"""Who may see what of a question: the one gate for pages, API and files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, QuerySet

from accounts.selectors.accommodations import extra_attempts
from assessments.enums import AttemptState, ShowAnswer, Verdict
from assessments.models import Answer, Question, QuestionRevision
from assessments.question_types import TYPES, Config, QuestionType, Response, Score, seed_for
from assessments.question_types.base import token
from assessments.question_types.parts import part_seed
from core.prepared import Parameter, Prepared
from courses.roles import Capability
from courses.rules import can


@dataclass(frozen=True)
class Tried:
    """One submitted answer, as far as later pages need it."""

    revision_id: int
    kind: str
    response: Response
    verdict: str


@dataclass(frozen=True)
class Past:
    """What somebody has done at a question of a lesson: their tries, and the one that they are shown."""

    tries: int = 0
    shown: Tried | None = None


@dataclass(frozen=True)
class Given:
    """What somebody answered to the revision that they are shown."""

    response: Response
    verdict: str


@dataclass(frozen=True)
class Standing:
    """Where somebody stands with a question. ``reveal``: they may see the key, the explanation and all feedback."""

    given: Given | None = None
    tries_left: int | None = None
    reveal: bool = False
    # Tries that the person has more than others.
    extra: int = 0


NOTHING = Past()


def keeps_answers(user: Any, course_id: int) -> bool:
    """Whether what ``user`` answers in the course is kept: a student's is, an author's trial is not."""
    return can(user, Capability.LEARN, course_id)


def is_author(user: Any, course_id: int) -> bool:
    return bool(getattr(user, "is_superuser", False)) or can(user, Capability.AUTHOR, course_id)


def may_see_key(rule: str, *, author: bool, given: Given | None, tries_left: int | None) -> bool:
    """Whether ``rule`` (``ShowAnswer``) shows the key now. Authors see it with every trial of theirs."""
    if rule == ShowAnswer.ALWAYS or (author and given is not None):
        return True
    right = given is not None and given.verdict == Verdict.RIGHT
    if rule == ShowAnswer.FINISHED:
        return right or tries_left == 0
    if rule == ShowAnswer.ATTEMPTED:
        return given is not None or tries_left == 0
    return rule == ShowAnswer.RIGHT and right


def standing(
    revision: QuestionRevision,
    past: Past,
    *,
    author: bool = False,
    given: Given | None = None,
    rules: QuestionRevision | None = None,
    extra: int = 0,
) -> Standing:
    """Where somebody with this ``past`` stands with ``revision``.

    ``given`` is the answer that they are shown, if it is not the one of their past. ``rules`` is the revision whose
    tries and whose moment to show the key hold, where ``revision`` itself is an older one. ``extra`` are the tries that the
    person has more than others.
    """
    rules = rules or revision
    given = given or given_to(past.shown, revision)
    left = tries_left(rules, past.tries, extra)
    reveal = may_see_key(rules.show_answer, author=author, given=given, tries_left=left)
    return Standing(given, left, reveal, extra)


def given_to(answer: Tried | None, revision: QuestionRevision) -> Given | None:
    """What ``answer`` means for ``revision``, which may be newer than the one that was answered.

    If the question changed, the answer counts as right only if it would be right now, too, and a wrong
    one is forgotten: the key of a changed question is not given away by an old answer.
    """
    if answer is None:
        return None
    if answer.revision_id == revision.pk:
        return Given(answer.response, answer.verdict)
    if answer.verdict != Verdict.RIGHT or answer.kind != revision.kind:
        return None
    if TYPES[revision.kind].score(revision.config, answer.response).verdict != Verdict.RIGHT:
        return None
    return Given(answer.response, answer.verdict)


def told(revision: QuestionRevision, *, user_id: int | None, standing: Standing) -> dict[str, Any]:
    """Everything about a question that this person may be told now, as plain values with Markdown texts.

    The one gate for pages and API: what is not in here cannot leak. Options have names of their own for
    each person. Hints help and never hold the key, so they may be asked for at any time.
    """
    kind = TYPES[revision.kind]
    seed = seed_for(user_id, revision.question.public_id)
    given = standing.given
    facts: dict[str, Any] = {
        "kind": revision.kind,
        "text": revision.stem,
        "points": revision.points,
        "hints": revision.hints,
        "attempts": None if revision.attempts_allowed is None else revision.attempts_allowed + standing.extra,
        "tries_left": standing.tries_left,
    }
    response = given.response if given else None
    score = kind.score(revision.config, response) if response is not None else None
    facts |= _facts(kind, revision.config, seed, response, score, reveal=standing.reveal)
    if given is not None:
        facts["verdict"] = given.verdict
    if standing.reveal:
        facts["explanation"] = revision.explanation
    return facts


def _facts(
    kind: QuestionType, config: Config, seed: bytes, response: Response | None, score: Score | None, *, reveal: bool
) -> dict[str, Any]:
    """What the kind tells: the same for a question and for a part of one."""
    facts = kind.public(config, seed)
    if response is not None:
        facts["response"] = kind.shown(response, seed)
    if score is not None:
        facts["verdict"], facts["share"] = score.verdict.value, score.fraction
        facts["feedback"] = {token(seed, option_id): text for option_id, text in score.feedback.items()}
        facts["remark"] = score.remark
    if reveal:
        facts["key"] = kind.key_of(config, seed)
        facts["feedback"] = _all_feedback(facts["key"], facts.get("feedback", {}))
    if "parts" in config:
        answers, scores = (response or {}).get("parts", {}), score.parts if score else {}
        facts["parts"] = [
            {"id": part["id"], "kind": part["kind"], "text": part["text"], "points": public["points"]}
            | _facts(
                TYPES[part["kind"]],
                part["config"],
                part_seed(seed, part["id"]),
                answers.get(part["id"]),
                scores.get(part["id"]),
                reveal=reveal,
            )
            for part, public in zip(config["parts"], facts["parts"], strict=True)
        ]
    return facts


def _all_feedback(key: Mapping[str, Any], own: Mapping[str, str]) -> dict[str, str]:
    """With the key, the feedback of every option: what was said about the person's own choice goes before."""
    found = {name: option.get("feedback") for name, option in key.get("options", {}).items()}
    return {name: text for name, text in (found | dict(own)).items() if text}


def _tried() -> "QuerySet[Answer, Any]":
    """All answers of a person in a lesson that count as a try, in the order in which they were given."""
    rows = Answer.objects.filter(
        attempt__user_id=Parameter("user", BigIntegerField()),
        attempt__item_id=Parameter("item", BigIntegerField()),
        attempt__state=AttemptState.SUBMITTED,
        response__isnull=False,
    ).exclude(verdict="")
    return rows.order_by("attempt_id").values_list(
        "question_id", "revision_id", "revision__kind", "response", "verdict"
    )


_TRIED = Prepared(_tried)


def pasts(user_id: int, item_id: int) -> dict[int, Past]:
    """What a person has done in a lesson, by question id; one query.

    They are shown the newest right answer, else the newest.
    """
    tries: dict[int, int] = {}
    shown: dict[int, Tried] = {}
    for question_id, revision_id, kind, response, verdict in _TRIED(user=user_id, item=item_id):
        tries[question_id] = tries.get(question_id, 0) + 1
        kept = shown.get(question_id)
        if kept is None or verdict == Verdict.RIGHT or kept.verdict != Verdict.RIGHT:
            shown[question_id] = Tried(revision_id, kind, response, verdict)
    return {question_id: Past(count, shown[question_id]) for question_id, count in tries.items()}


def tries_left(revision: QuestionRevision, tries: int, extra: int = 0) -> int | None:
    """How many tries are left after ``tries``, with ``extra`` ones; None for as many as one likes."""
    return None if revision.attempts_allowed is None else max(0, revision.attempts_allowed + extra - tries)


def extra_tries(user_id: int | None, course_id: int, revisions: Iterable[QuestionRevision]) -> int:
    """How many tries a person has more than others, by their accommodations; no query where nothing limits tries."""
    if user_id is None or all(revision.attempts_allowed is None for revision in revisions):
        return 0
    return extra_attempts(user_id, course_id)


def seen_token(revision: QuestionRevision, user_id: int | None) -> str:
    """Names the revision that a page shows to a person, so that their answer is scored by what they saw."""
    return token(seed_for(user_id, revision.question.public_id), f"seen {revision.number}")


def revision_seen(question: Question, seen: str, user_id: int | None) -> QuestionRevision | None:
    """The revision that ``seen_token`` named for this person; None for anything else."""
    for revision in question.revisions.order_by("-number"):
        revision.question = question
        if seen_token(revision, user_id) == seen:
            return revision
    return None
