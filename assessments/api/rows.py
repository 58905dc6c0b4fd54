"""What the API reads, as plain values."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from assessments import selectors
from assessments.enums import AttemptState, Verdict
from assessments.models import Answer, Attempt, Question
from assessments.question_types import TYPES, seed_for
from assessments.selectors import Given, block_html, inline_html, is_author, told
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


def decimal_text(value: Decimal | None) -> str | None:
    """Exact, without zeros that say nothing."""
    return None if value is None else f"{value.normalize():f}"


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
        "hint": revision.hint,
        "explanation": revision.explanation,
        "lessons": [
            {"lesson": block.section.item.public_id, "title": block.section.item.title, "block": block.public_id}
            for block in selectors.places(question)
        ],
        "version": question.version,
        "created_at": question.created_at,
        "updated_at": question.updated_at,
        **revision.config,
    }


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
            "points": decimal_text(row["points"]),
            "max_points": decimal_text(row["max_points"]),
        }
        for row in page
    ]


def attempt_detail(user: Any, attempt: Attempt) -> dict[str, Any]:
    """One attempt with its questions as ``user`` may see them now; queries do not grow with their number."""
    shown = present_attempts(attempt_rows(Attempt.objects.filter(pk=attempt.pk)))[0]
    answers = Answer.objects.filter(attempt=attempt).select_related("revision__question").order_by("pk")
    author = is_author(user, attempt.course_id)
    return shown | {"answers": [present_answer(attempt, answer, author=author) for answer in answers]}


def present_answer(attempt: Attempt, answer: Answer, *, author: bool) -> dict[str, Any]:
    """One question of an attempt and what was answered, under the names that its student sees."""
    revision = answer.revision
    given = None
    submitted = attempt.state == AttemptState.SUBMITTED
    if submitted and answer.response is not None and answer.verdict:
        given = Given(answer.response, answer.verdict, reveal=author or answer.verdict == Verdict.RIGHT)
    facts = told(revision, user_id=attempt.user_id, given=given)
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
        "options": [
            {**option, "html": resolve_files(item, inline_html(option["text"]))} for option in facts.get("options", ())
        ],
        "unit": facts.get("unit", ""),
        "unit_required": facts.get("unit_required", False),
        "max_points": decimal_text(revision.points),
        "response": response,
        "version": answer.version,
        "saved_at": answer.saved_at,
        "verdict": facts.get("verdict") or None,
        "points": decimal_text(answer.points) if submitted else None,
        "feedback": facts.get("feedback", {}),
        "hint": facts.get("hint"),
        "key": _key(facts["key"]) if "key" in facts else None,
        "explanation": facts.get("explanation"),
    }


def _key(key: dict[str, Any]) -> dict[str, Any]:
    if "options" in key:
        return {"options": sorted(name for name, option in key["options"].items() if option["right"])}
    return key
