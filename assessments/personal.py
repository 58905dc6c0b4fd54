"""What questions and polls keep of people."""

from assessments.services.erasing import erase_written_answers
from core.slots import PERSONAL_STEPS, PersonalStep, PersonalTable, register_personal_table

_COUNTS = "Counts in the course: points and figures stay what they were. It has a number instead of a name."
_WRITTEN = "Belongs to the course. It has a number instead of a name."


def register() -> None:
    """Called once, with the app's other registrations."""
    _table(
        "Attempt",
        "user",
        "attempts",
        {
            "id": "public_id",
            "course": "course__code",
            "item": "item__title",
            **_same("number state started_at submitted_at points max_points"),
        },
        _COUNTS,
    )
    _table(
        "Answer",
        "attempt__user",
        "answers",
        {
            "attempt": "attempt__public_id",
            "question": "revision__stem",
            **_same("response verdict points saved_at"),
        },
        "Points and choices count; what was written in words is taken out by a step of its own.",
    )
    _table(
        "PollVote",
        "user",
        "votes",
        {"course": "course__code", **_same("question option created_at changed_at")},
        "Counts in the poll. It has a number instead of a name.",
    )
    _table(
        "QuestionRevision",
        "created_by",
        "questions_written",
        {"course": "question__course__code", **_same("number kind stem explanation created_at")},
        _WRITTEN,
    )
    binned = "Says who put it into the bin; it is the course’s and not about them."
    register_personal_table(PersonalTable("assessments.Question", "deleted_by", not_exported=binned, kept=binned))
    PERSONAL_STEPS.register("written_answers", PersonalStep(erase_written_answers))


def _table(model: str, person: str, area: str, fields: dict[str, str], kept: str) -> None:
    register_personal_table(PersonalTable(f"assessments.{model}", person, area=area, fields=fields, kept=kept))


def _same(names: str) -> dict[str, str]:
    return {name: name for name in names.split()}
