"""What questions and polls keep of people."""

from assessments.services.erasing import erase_written_answers
from core.slots import PERSONAL_STEPS, PersonalStep, PersonalTable, columns, register_personal_tables

_COUNTS = "Counts in the course: points and figures stay what they were. It has a number instead of a name."
_BINNED = "Says who put it into the bin; it is the course’s and not about them."
_WRITTEN = "Belongs to the course. It has a number instead of a name."


def register() -> None:
    """Called once, with the app's other registrations."""
    register_personal_tables(
        _table(
            "Attempt",
            "user",
            "attempts",
            columns(id="public_id", course="course__code", item="item__title")
            | columns("number state started_at submitted_at points max_points"),
            _COUNTS,
        ),
        _table(
            "Answer",
            "attempt__user",
            "answers",
            columns(attempt="attempt__public_id", question="revision__stem")
            | columns("response verdict points saved_at"),
            "Points and choices count; what was written in words is taken out by a step of its own.",
        ),
        _table(
            "PollVote",
            "user",
            "votes",
            columns(course="course__code") | columns("question option created_at changed_at"),
            "Counts in the poll. It has a number instead of a name.",
        ),
        _table(
            "QuestionRevision",
            "created_by",
            "questions_written",
            columns(course="question__course__code") | columns("number kind stem explanation created_at"),
            _WRITTEN,
        ),
        PersonalTable("assessments.Question", "deleted_by", not_exported=_BINNED, kept=_BINNED),
    )
    PERSONAL_STEPS.register("written_answers", PersonalStep(erase_written_answers))


def _table(model: str, person: str, area: str, fields: dict[str, str], kept: str) -> PersonalTable:
    return PersonalTable(f"assessments.{model}", person, area=area, fields=fields, kept=kept)
