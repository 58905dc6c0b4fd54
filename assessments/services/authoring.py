"""Questions: written, changed, put into lessons, copied, moved to the bin and back."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from assessments.enums import ShowAnswer
from assessments.events import QuestionChanged
from assessments.models import BlockQuestion, Question, QuestionRevision
from assessments.question_types import TYPES
from assessments.validators import (
    question_problems,
    read_attempts,
    read_config,
    read_hints,
    read_points,
    read_show_answer,
)
from core.authz import SYSTEM, Actor, authorize
from core.errors import Conflict, Invalid, Stale
from core.events import publish
from core.html import file_references
from courses.models import Block, Course
from courses.services import content
from files.services import set_usages

BLOCK_KIND = "question"
FILES_OWNER = "question"
KEEP: Final = object()
_FIELDS = ("kind", "stem", "hints", "explanation", "points", "attempts_allowed", "show_answer", "config")


@transaction.atomic
def create_question(
    *,
    actor: Actor,
    course: Course,
    kind: str,
    stem: str,
    settings: Mapping[str, Any],
    hints: Sequence[str] = (),
    explanation: str = "",
    points: Any = Decimal(1),
    attempts: int | None = None,
    show_answer: str = ShowAnswer.FINISHED,
) -> Question:
    """Add a question to the course's bank. ``settings`` are those of its kind, as in a course folder.

    ``attempts`` is how many tries a student has, None for as many as they like.

    Raises ``Invalid`` with all that must be mended, by field.
    """
    authorize(actor, "assessments.add_question", course)
    values = _checked(
        kind=kind,
        stem=stem,
        hints=hints,
        explanation=explanation,
        points=points,
        attempts=attempts,
        show_answer=show_answer,
        config=read_config(kind, settings),
    )
    _require_files(actor, values, before=None)
    return _create(actor, course, values)


@transaction.atomic
def change_question(
    *,
    actor: Actor,
    question: Question,
    version: int | None = None,
    kind: str | None = None,
    stem: str | None = None,
    settings: Mapping[str, Any] | None = None,
    hints: Sequence[str] | None = None,
    explanation: str | None = None,
    points: Any = None,
    attempts: Any = KEEP,
    show_answer: str | None = None,
) -> Question:
    """Write a new revision with what is given; lessons show it to students when they are next published.

    Answers keep the revision that was seen. Saving what is there already changes nothing. Raises
    ``Stale`` if somebody changed the question after ``version``, ``Invalid`` for what must be mended.
    """
    authorize(actor, "assessments.change_question", question)
    question = _locked(question)
    if version is not None and version != question.version:
        raise Stale(current_version=question.version)
    before = _current(question)
    if kind is not None and kind != before.kind and settings is None:
        sentence = _("Send the settings of the new kind, too.")
        raise Invalid("question_settings", sentence, fields={"settings": [sentence]})
    new_kind = before.kind if kind is None else kind
    values = _checked(
        kind=new_kind,
        stem=before.stem if stem is None else stem,
        hints=before.hints if hints is None else hints,
        explanation=before.explanation if explanation is None else explanation,
        points=before.points if points is None else points,
        attempts=before.attempts_allowed if attempts is KEEP else attempts,
        show_answer=before.show_answer if show_answer is None else show_answer,
        config=before.config if settings is None else read_config(new_kind, settings),
    )
    _require_files(actor, values, before=before)
    if _write_revision(actor, question, values):
        _show_in_drafts(actor, question, except_block=None)
    return question


@transaction.atomic
def store_for_block(
    *, actor: Actor, block: Block, kind: str, stem: str, settings: Mapping[str, Any], **texts: Any
) -> int:
    """The question of a lesson's block, made or changed; returns the number of its revision.

    The caller writes that number into the block's own revision. ``texts`` are hints, explanation, points, attempts
    and show_answer; one that is left out has its default value.
    """
    authorize(actor, "courses.change_block", block)
    values = _checked(
        kind=kind,
        stem=stem,
        hints=texts.get("hints", ()),
        explanation=texts.get("explanation", ""),
        points=texts.get("points", Decimal(1)),
        attempts=texts.get("attempts"),
        show_answer=texts.get("show_answer", ShowAnswer.FINISHED),
        config=read_config(kind, settings),
    )
    link = BlockQuestion.objects.filter(block=block).select_related("question__current").first()
    _require_files(actor, values, before=link.question.current if link else None)
    if link is None:
        question = _create(actor, block.course, values)
        BlockQuestion.objects.create(block=block, question=question)
        return _current(question).number
    question = _locked(link.question)
    if _write_revision(actor, question, values):
        _show_in_drafts(actor, question, except_block=block)
    return _current(question).number


@transaction.atomic
def attach_to_block(*, actor: Actor, block: Block, question: Question) -> BlockQuestion:
    """Let ``question`` stand in ``block``, as a draft until the lesson is published.

    Raises ``Conflict`` ``other_course`` for a question of another course, ``not_a_question_block``.
    """
    authorize(actor, "courses.change_block", block)
    authorize(actor, "assessments.change_question", question)
    if block.kind != BLOCK_KIND:
        raise Conflict("not_a_question_block", _("A question can only stand in a question block."))
    question = _locked(question)
    if question.course_id != block.course.pk:
        raise Conflict("other_course", _("This question belongs to another course. Copy it into this one first."))
    link, created = BlockQuestion.objects.select_for_update().get_or_create(
        block=block, defaults={"question": question}
    )
    if not created and link.question_id != question.pk:
        link.question = question
        link.save(update_fields=["question"])
    _put_into_draft(actor, block, _current(question))
    return link


@transaction.atomic
def bin_question(*, actor: Actor, question: Question) -> Question:
    """Move a question to the bin. Raises ``Conflict`` ``question_in_use`` while it stands in a lesson."""
    authorize(actor, "assessments.delete_question", question)
    question = _locked(question, binned=True)
    if question.deleted_at is not None:
        return question
    used = Block.objects.filter(question_link__question=question).select_related("section__item").first()
    if used is not None:
        raise Conflict(
            "question_in_use",
            _("This question stands in the lesson “%(lesson)s”. Take it out there first.")
            % {"lesson": used.section.item.title},
        )
    question.deleted_at = timezone.now()
    question.deleted_by_id = actor.pk
    question.save(update_fields=["deleted_at", "deleted_by", "updated_at"])
    _tell(actor, question, "binned")
    return question


@transaction.atomic
def restore_question(*, actor: Actor, question: Question) -> Question:
    """Bring a question back from the bin; one that is not there stays as it is."""
    authorize(actor, "assessments.delete_question", question)
    question = _locked(question, binned=True)
    if question.deleted_at is None:
        return question
    question.deleted_at = None
    question.deleted_by = None
    question.save(update_fields=["deleted_at", "deleted_by", "updated_at"])
    _tell(actor, question, "restored")
    return question


@transaction.atomic
def copy_question(*, block: Block, copied: Block, ids: Mapping[str, str]) -> Question | None:
    """Give ``copied`` a question of its own with the revisions of ``block``'s; None if that has none.

    Part of copying a lesson, which has asked for permission. ``ids`` maps public ids to those of the copy.
    """
    link = BlockQuestion.objects.filter(block=block).select_related("question").first()
    if link is None:
        return None
    question: Question = Question.objects.create(course=copied.course)
    for revision in link.question.revisions.order_by("number"):
        fresh = QuestionRevision.objects.create(
            question=question,
            number=revision.number,
            kind=revision.kind,
            stem=_with_ids(revision.stem, ids),
            hints=_with_ids(revision.hints, ids),
            explanation=_with_ids(revision.explanation, ids),
            points=revision.points,
            attempts_allowed=revision.attempts_allowed,
            show_answer=revision.show_answer,
            config=_with_ids(revision.config, ids),
            created_by_id=revision.created_by_id,
        )
        if revision.pk == link.question.current_id:
            question.current = fresh
    question.save(update_fields=["current"])
    if question.current is not None:
        _note_files(SYSTEM, question, {name: getattr(question.current, name) for name in _FIELDS})
    BlockQuestion.objects.create(block=copied, question=question)
    return question


_READERS: dict[str, Callable[[Any], Any]] = {
    "points": read_points,
    "hints": read_hints,
    "attempts": read_attempts,
    "show_answer": read_show_answer,
}


def _checked(**values: Any) -> dict[str, Any]:
    for name in ("stem", "explanation"):
        if not isinstance(values[name], str):
            raise _invalid({name: [_("Write text here.")]})
        values[name] = values[name].replace("\r\n", "\n").replace("\r", "\n").strip()
    problems: dict[str, list[str]] = {}
    for name, read in _READERS.items():
        try:
            values[name] = read(values[name])
        except ValidationError as error:
            problems[name] = error.messages
    texts = {name: values[name] for name in ("kind", "stem", "hints", "explanation", "config")}
    problems = question_problems(**texts | ({"hints": ()} if "hints" in problems else {})) | problems
    if problems:
        raise _invalid(problems)
    values["attempts_allowed"] = values.pop("attempts")
    return values


def _require_files(actor: Actor, values: Mapping[str, Any], *, before: QuestionRevision | None) -> None:
    # Naming a file shows it to the readers, so an author may only name what they may read themselves.
    named = file_references(_words(values))
    if before is not None:
        named -= file_references(_words({name: getattr(before, name) for name in _FIELDS}))
    if not named:
        return
    if content.unusable_files(actor, {UUID(found) for found in named}):
        sentence = _("This file is not there, or you may not use it. Upload it again.")
        raise Invalid("file_unknown", sentence, fields={"stem": [sentence]})


def _note_files(actor: Actor, question: Question, values: Mapping[str, Any]) -> None:
    # A question that stands in no lesson yet needs its pictures as well.
    named = {UUID(found) for found in file_references(_words(values))}
    set_usages(owner_kind=FILES_OWNER, owner_id=question.pk, file_ids=named, actor=actor)


def _words(values: Mapping[str, Any]) -> list[str]:
    return [values["stem"], *values["hints"], values["explanation"], *TYPES[values["kind"]].texts(values["config"])]


def _invalid(problems: dict[str, list[str]]) -> Invalid:
    return Invalid("invalid", _("Some fields need another value."), fields=problems)


def _create(actor: Actor, course: Course, values: dict[str, Any]) -> Question:
    question: Question = Question.objects.create(course=course)
    _add_revision(actor, question, 1, values)
    _tell(actor, question, "created")
    return question


def _write_revision(actor: Actor, question: Question, values: dict[str, Any]) -> bool:
    """A new revision of a locked question, unless it would say what the current one says."""
    before = _current(question)
    if all(getattr(before, name) == values[name] for name in _FIELDS):
        return False
    _add_revision(actor, question, before.number + 1, values)
    _tell(actor, question, "changed")
    return True


def _add_revision(actor: Actor, question: Question, number: int, values: dict[str, Any]) -> None:
    question.current = QuestionRevision.objects.create(
        question=question, number=number, created_by=actor if isinstance(actor, User) else None, **values
    )
    question.version = number
    question.save(update_fields=["current", "version", "updated_at"])
    if number > 1 or file_references(_words(values)):
        _note_files(actor, question, values)


def _show_in_drafts(actor: Actor, question: Question, *, except_block: Block | None) -> None:
    blocks = Block.objects.filter(question_link__question=question)
    if except_block is not None:
        blocks = blocks.filter(~Q(pk=except_block.pk))
    for block in blocks.select_related("section__item__course", "draft"):
        _put_into_draft(actor, block, _current(question))


def _put_into_draft(actor: Actor, block: Block, revision: QuestionRevision) -> None:
    content.change_block(actor=actor, block=block, text=revision.stem, data={"revision": revision.number})


def _locked(question: Question, *, binned: bool = False) -> Question:
    fresh: Question | None = (
        Question.everything.select_for_update(of=("self",))
        .select_related("current", "course")
        .filter(pk=question.pk)
        .first()
    )
    if fresh is None:
        raise Conflict("gone", _("This is no longer here. Go back and reload the page."))
    if fresh.deleted_at is not None and not binned:
        raise Conflict("in_bin", _("This was moved to the bin. Restore it before you change it."))
    return fresh


def _current(question: Question) -> QuestionRevision:
    if question.current is None:
        raise Conflict("gone", _("This question was never written."))
    return question.current


def _tell(actor: Actor, question: Question, change: str) -> None:
    publish(QuestionChanged(actor_id=actor.pk, course_id=question.course_id, question_id=question.pk, change=change))


def _with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for old, new in ids.items():
            value = value.replace(f"file:{old}", f"file:{new}")
        return value
    if isinstance(value, list):
        return [_with_ids(entry, ids) for entry in value]
    if isinstance(value, dict):
        return {key: _with_ids(entry, ids) for key, entry in value.items()}
    return value
