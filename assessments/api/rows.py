"""What the API reads, as plain values."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from assessments import selectors
from assessments.enums import AttemptState
from assessments.models import Answer, Attempt, Question, QuestionRevision
from assessments.question_types import TYPES, seed_for
from assessments.selectors import NOTHING, Given, Past, Standing, block_html, inline_html, is_author, standing, told
from core.api.values import decimal_text
from courses.block_kinds.base import resolve_files
from courses.models import Item

_ATTEMPT = (
    "public_id",
    "course__slug",
    "item__public_id",
    "block__public_id",
    "user__public_id",
    "number",
    "state",
    "started_at",
    "submitted_at",
    "points",
    "max_points",
)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def questions(user: Any, *, course: str = "", kind: str = "", search: str = "") -> "QuerySet[Question]":
    """Questions that ``user`` may write, newest first."""
    found: QuerySet[Question] = Question.objects.visible_to(user)
    if course:
        found = found.filter(course__slug=course)
    if kind:
        found = found.filter(current__kind=kind)
    if search.strip():
        found = found.filter(current__stem__icontains=search.strip())
    return selectors.with_places(found).filter(current__isnull=False).order_by("-pk")


def present_questions(page: Iterable[Question]) -> list[dict[str, Any]]:
    return [present_question(question) for question in page]


def present_question(question: Question) -> dict[str, Any]:
    """A question with its key, for its authors."""
    revision = question.current
    assert revision is not None  # noqa: S101 -- every question is made with a revision
    return {
        "id": question.public_id,
        "course": question.course.slug,
        "kind": revision.kind,
        "text": revision.stem,
        "points": decimal_text(revision.points),
        "hints": revision.hints,
        "explanation": revision.explanation,
        "attempts": revision.attempts_allowed,
        "show_answer": revision.show_answer,
        "lessons": [
            {"lesson": block.section.item.public_id, "title": block.section.item.title, "block": block.public_id}
            for block in selectors.places(question)
        ],
        "version": question.version,
        "created_at": question.created_at,
        "updated_at": question.updated_at,
        **_written(revision),
    }


def _written(revision: QuestionRevision) -> dict[str, Any]:
    """The settings of the kind; those of parts as they are sent."""
    if revision.kind == "parts":
        return plain(TYPES[revision.kind].settings(revision.config))
    return revision.config


def plain(value: Any) -> Any:
    """The same with decimals as text, as JSON has them here."""
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def attempts(
    user: Any, *, course: str = "", lesson: Any = None, user_id: Any = None, state: str = ""
) -> "QuerySet[Attempt]":
    """One's own attempts and those of the people whom one grades, newest first."""
    found: QuerySet[Attempt] = Attempt.objects.visible_to(user)
    if course:
        found = found.filter(course__slug=course)
    if lesson:
        found = found.filter(item__public_id=lesson)
    if user_id:
        found = found.filter(user__public_id=user_id)
    if state:
        found = found.filter(state=state)
    return found.order_by("-pk")


def attempt_rows(found: "QuerySet[Attempt]") -> "QuerySet[Any]":
    rows: QuerySet[Any] = found.values(*_ATTEMPT)
    return rows


def present_attempts(page: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": row["public_id"],
            "course": row["course__slug"],
            "lesson": row["item__public_id"],
            "block": row["block__public_id"],
            "user": row["user__public_id"],
            "number": row["number"],
            "state": row["state"],
            "started_at": row["started_at"],
            "submitted_at": row["submitted_at"],
            "points": _text(row["points"]),
            "max_points": _text(row["max_points"]),
        }
        for row in page
    ]


def attempt_detail(user: Any, attempt: Attempt) -> dict[str, Any]:
    """One attempt with its questions as ``user`` may see them now; queries do not grow with their number."""
    shown = present_attempts(attempt_rows(Attempt.objects.filter(pk=attempt.pk)))[0]
    answers = Answer.objects.filter(attempt=attempt).select_related("revision__question").order_by("pk")
    return shown | {"answers": present_answers(user, attempt, answers)}


def present_answers(user: Any, attempt: Attempt, answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """Questions of an attempt and what was answered, as ``user`` may see them now; three queries for any number."""
    rows = list(answers)
    author = is_author(user, attempt.course_id)
    questions = [answer.question_id for answer in rows]
    own = selectors.pasts(attempt.user_id, attempt.item_id)
    rules = selectors.published_rules(attempt.item, questions)
    limiting = [rules.get(answer.question_id, answer.revision) for answer in rows]
    extra = selectors.extra_tries(attempt.user_id, attempt.course_id, limiting)
    return [
        _present_answer(
            attempt,
            answer,
            own.get(answer.question_id, NOTHING),
            rules.get(answer.question_id, answer.revision),
            author=author,
            extra=extra,
        )
        for answer in rows
    ]


def _standing(
    attempt: Attempt, answer: Answer, past: Past, rules: QuestionRevision, *, author: bool, extra: int
) -> Standing:
    if attempt.state == AttemptState.SUBMITTED and answer.response is not None and answer.verdict:
        given = Given(answer.response, answer.verdict)
        return standing(answer.revision, past, author=author, given=given, rules=rules, extra=extra)
    # What was answered at another time is not told to who is answering now.
    return standing(answer.revision, Past(past.tries), rules=rules, extra=extra)


def _present_answer(
    attempt: Attempt, answer: Answer, past: Past, rules: QuestionRevision, *, author: bool, extra: int
) -> dict[str, Any]:
    """One question of an attempt and what was answered, under the names that its student sees."""
    revision = answer.revision
    submitted = attempt.state == AttemptState.SUBMITTED
    facts = told(
        revision,
        user_id=attempt.user_id,
        standing=_standing(attempt, answer, past, rules, author=author, extra=extra),
    )
    response = facts.get("response")
    if response is None and answer.response is not None:
        seed = seed_for(attempt.user_id, revision.question.public_id)
        response = TYPES[revision.kind].shown(answer.response, seed)
    item: Item = attempt.item
    return {
        "question": revision.question.public_id,
        "kind": facts["kind"],
        "text": facts["text"],
        "html": resolve_files(item, block_html(facts["text"])),
        "options": _options(item, facts),
        "unit": facts.get("unit", ""),
        "unit_required": facts.get("unit_required", False),
        "parts": [_present_part(item, part) for part in facts.get("parts", ())],
        "tries": facts["attempts"],
        "tries_left": facts["tries_left"],
        "max_points": decimal_text(revision.points),
        "response": response,
        "version": answer.version,
        "saved_at": answer.saved_at,
        "verdict": facts.get("verdict") or None,
        "points": _text(answer.points) if submitted else None,
        "feedback": facts.get("feedback", {}),
        "remark": facts.get("remark", ""),
        "hints": facts["hints"],
        "key": _key(facts["key"]) if "key" in facts else None,
        "explanation": facts.get("explanation"),
    }


def _present_part(item: Item, part: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": part["id"],
        "kind": part["kind"],
        "text": part["text"],
        "html": resolve_files(item, block_html(part["text"])),
        "points": plain(Decimal(part["points"])),
        "options": _options(item, part),
        "unit": part.get("unit", ""),
        "unit_required": part.get("unit_required", False),
        "verdict": part.get("verdict"),
        "feedback": part.get("feedback", {}),
        "remark": part.get("remark", ""),
    }


def _options(item: Item, facts: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**option, "html": resolve_files(item, inline_html(option["text"]))} for option in facts.get("options", ())]


def _key(key: dict[str, Any]) -> dict[str, Any]:
    if "parts" in key:
        return {"parts": {name: _key(part) for name, part in key["parts"].items()}}
    if "options" in key:
        return {"options": sorted(name for name, option in key["options"].items() if option["right"])}
    return key
