"""A course's questions as their authors list and find them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.models import Attempt, Question
from assessments.selectors.lesson import question_blocks
from assessments.selectors.shown import block_html, number_text
from assessments.selectors.telling import is_author
from core.html import plain_text
from core.prepared import preparable
from courses.models import Block, Course, Item


def with_places(questions: QuerySet[Question]) -> QuerySet[Question]:
    """The questions with their wording and the lessons in which they stand; a query or four for any number."""
    rows = questions.select_related("current", "course")
    return rows.prefetch_related("block_links__block__section__item")


def places(question: Question) -> list[Block]:
    """The blocks in which a question of ``with_places`` stands."""
    blocks = [link.block for link in question.block_links.all()]
    return [b for b in blocks if not (b.is_binned or b.section.is_binned or b.section.item.is_binned)]


def bank(user: Any, course: Course) -> QuerySet[Question]:
    """The course's questions as its authors list them, newest first, with where each stands."""
    questions: QuerySet[Question] = Question.objects.visible_to(user)
    return with_places(questions.filter(course=course)).order_by("-pk")


@preparable
def questions_written_by(user: Any) -> QuerySet[Question, Any]:
    """Ids of the questions that ``user`` may write, and with them the files in them."""
    rows: QuerySet[Question, Any] = Question.objects.visible_to(user).order_by().values("pk")
    return rows


def questions_using(user: Any, ids: set[int]) -> list[tuple[str, str]]:
    """Title and address of the questions among ``ids`` that ``user`` may see and that stand in no lesson, which is named itself."""
    rows = Question.objects.visible_to(user).filter(pk__in=ids, block_links__isnull=True).select_related("course")
    return [
        (
            _("A question of %(course)s") % {"course": row.course.title},
            reverse("assessments:question-edit", args=[row.course.slug, row.public_id]),
        )
        for row in rows.order_by("pk")
    ]


@dataclass(frozen=True)
class BankRow:
    question: Question
    summary: str
    kind: str
    points: str
    lessons: list[Item]


def bank_rows(questions: Iterable[Question]) -> list[BankRow]:
    """The rows of the bank's list."""
    rows = []
    for question in questions:
        revision = question.current
        if revision is None:
            continue
        rows.append(
            BankRow(
                question=question,
                summary=plain_text(block_html(revision.stem))[:160],
                kind=revision.get_kind_display(),
                points=number_text(revision.points),
                lessons=[block.section.item for block in places(question)],
            )
        )
    return rows


def binned_questions(user: Any, course: Course) -> QuerySet[Question]:
    """Questions of the course in the bin, for those who may bring them back."""
    rows: QuerySet[Question] = Question.everything.filter(course=course, deleted_at__isnull=False)
    return rows if is_author(user, course.pk) else rows.none()


def question_of(block: Block) -> Question | None:
    """The question that stands in the block."""
    found: Question | None = Question.objects.filter(block_links__block=block).select_related("current").first()
    return found


def place_of(question: Question) -> Block | None:
    """The first block in which the question stands."""
    return question_blocks().filter(question_link__question=question).first()


def asked_question(attempt: Attempt, public_id: Any) -> Question | None:
    """The question of that public id, if the attempt asks it; also one that has gone to the bin since."""
    rows: QuerySet[Question] = Question.everything.filter(answers__attempt=attempt, public_id=public_id)
    return rows.first()
