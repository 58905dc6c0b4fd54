from dataclasses import dataclass

from core.events import Event, event


@event
@dataclass(frozen=True, kw_only=True)
class AttemptSubmitted(Event):
    """A student handed in answers and the server scored them. Audience: the student, graders."""

    audience = "student, graders"
    course_id: int
    item_id: int
    attempt_id: int
    user_id: int
    points: str
    max_points: str


@event
@dataclass(frozen=True, kw_only=True)
class QuestionChanged(Event):
    """A question was written, changed, binned or restored. Audience: authors."""

    audience = "authors"
    course_id: int
    question_id: int
    change: str


@event
@dataclass(frozen=True, kw_only=True)
class PollAnswered(Event):
    """A student voted in a poll, or changed their vote; what they chose stays with the votes. Audience: authors."""

    audience = "authors"
    course_id: int
    item_id: int
    block_id: int
    user_id: int
    changed: bool
