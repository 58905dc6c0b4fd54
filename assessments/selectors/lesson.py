"""The questions of a lesson: on its page, right after an answer, and as what is still to be done."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, F, IntegerField, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.enums import AttemptState, Verdict
from assessments.models import Answer, Question, QuestionRevision
from assessments.selectors.shown import as_html, number_text
from assessments.selectors.telling import (
    NOTHING,
    Given,
    Standing,
    extra_tries,
    is_author,
    keeps_answers,
    pasts,
    seen_token,
    standing,
    told,
)
from core.prepared import Parameter, Part, Prepared
from courses.block_kinds.base import shown_revision
from courses.enums import CourseState
from courses.models import Block, ExperimentPlace, Item
from courses.rules import course_roles

ANCHOR = "question-"
_NO_BLOCK = UUID(int=0)
_REVISION = Part(
    QuestionRevision,
    "",
    "id question_id number kind stem hints explanation points attempts_allowed show_answer config",
)
_QUESTION = Part(Question, "question__", "id public_id version")
_LINKS = "question__block_links__block"


def _asked_in(place: str) -> Prepared:
    """The revisions of the questions in a lesson, or in one section of it, that somebody may be shown there."""

    def build() -> "QuerySet[Any, Any]":
        published = Cast(KeyTextTransform("revision", f"{_LINKS}__live__data"), IntegerField())
        rows = QuestionRevision.objects.filter(
            Q(number=F("question__version")) | Q(number=published),
            **{f"{_LINKS}__section__{place}": Parameter("place", BigIntegerField())},
            question__deleted_at__isnull=True,
        )
        return rows.order_by().values_list(f"{_LINKS}_id", *_REVISION.paths, *_QUESTION.paths)

    return Prepared(build)


_IN_LESSON, _IN_SECTION = _asked_in("item_id"), _asked_in("id")


def _shown_revisions(blocks: list[Block]) -> dict[int, QuestionRevision]:
    """As ``block_revisions``, for the blocks of one page of a lesson."""
    sections = {block.section_id for block in blocks}
    # A page of a paged lesson is a section; its neighbours' questions need not be read.
    rows = _IN_SECTION(place=sections.pop()) if len(sections) == 1 else _IN_LESSON(place=blocks[0].section.item_id)
    numbers = {block.pk: shown_revision(block).data.get("revision") for block in blocks}
    found: dict[int, QuestionRevision] = {}
    own = len(_REVISION.names) + 1
    for row in rows:
        pk = row[0]
        if pk in numbers:
            revision = _REVISION.make(row[1:own])
            question = _QUESTION.make(row[own:])
            if revision.number == (numbers[pk] or question.version):
                revision.question = question
                found[pk] = revision
    missing = [block for block in blocks if numbers[block.pk] and block.pk not in found]
    return found | block_revisions(missing)


def block_revisions(blocks: Iterable[Block]) -> dict[int, QuestionRevision]:
    """The question's revision that each block shows; two queries."""
    numbers = {block.pk: shown_revision(block).data.get("revision") for block in blocks}
    if not numbers:
        return {}
    rows = QuestionRevision.objects.filter(
        Q(number__in={number for number in numbers.values() if number}) | Q(number=F("question__version")),
        question__block_links__block_id__in=list(numbers),
        question__deleted_at__isnull=True,
    )
    found: dict[int, QuestionRevision] = {}
    for row in rows.select_related("question").prefetch_related("question__block_links"):
        for link in row.question.block_links.all():
            if link.block_id in numbers and row.number == (numbers[link.block_id] or row.question.version):
                found[link.block_id] = row
    return found


def published_rules(item: Item, question_ids: Collection[int]) -> dict[int, QuestionRevision]:
    """The published revision of each question of the lesson: its tries hold, whatever a person had before them."""
    rows = Block.objects.filter(section__item=item, live__isnull=False, question_link__question_id__in=question_ids)
    return {revision.question_id: revision for revision in block_revisions(rows.select_related("live")).values()}


def points_of(blocks: Iterable[Block]) -> dict[int, Decimal]:
    """The points of each block's question, by block id: those of its published text."""
    return {pk: revision.points for pk, revision in block_revisions(blocks).items()}


def lesson_questions(blocks: list[Block], user: Any) -> dict[int, dict[str, Any]]:
    """Template variables of the question blocks of a page of one lesson, by block id; two queries for any number."""
    if not blocks:
        return {}
    revisions = _shown_revisions(blocks)
    own = pasts(user.pk, blocks[0].section.item_id) if user.pk is not None and revisions else {}
    contexts: dict[int, dict[str, Any]] = {}
    reader = _Reader(user, blocks[0].section.item)
    extra = reader.more_tries(revisions.values())
    for block in blocks:
        revision = revisions.get(block.pk)
        if revision is None:
            contexts[block.pk] = {"question": None, "unwritten": reader.is_author}
            continue
        past = own.get(revision.question_id, NOTHING)
        found = standing(revision, past, author=reader.is_author, extra=extra)
        changed = past.shown is not None and found.given is None
        contexts[block.pk] = reader.context(block, revision, found, changed=changed)
    return contexts


def answered_question(
    block: Block, user: Any, revision: QuestionRevision, *, given: Given | None, error: str = "", entered: Any = None
) -> dict[str, Any]:
    """The same for one block right after an answer, with what was refused about it, if it was.

    ``entered`` is then what the person sent, as their form had it.
    """
    item = block.section.item
    reader = _Reader(user, item)
    past = NOTHING
    if reader.keeps:
        past = pasts(user.pk, item.pk).get(revision.question_id, NOTHING)
    rules = block_revisions([block]).get(block.pk, revision)
    extra = reader.more_tries([rules])
    found = standing(revision, past, author=reader.is_author, given=given, rules=rules, extra=extra)
    if error:
        # Nothing was scored: only what the person may see without this answer.
        found = Standing(None, found.tries_left, reveal=False, extra=found.extra)
    context = reader.context(block, revision, found, changed=False, entered=entered)
    if error:
        context["question"] |= {"error": error, "verdict": ""}
    return context


class _Reader:
    """What is the same for all questions of a lesson about the person who reads it."""

    def __init__(self, user: Any, item: Item) -> None:
        self.user, self.item = user, item
        self.is_author = is_author(user, item.course_id)
        self.keeps = keeps_answers(user, item.course_id)
        self.may_answer: bool = user.has_perm("assessments.start_attempt", item)
        self.invitation = None if self.may_answer else invitation(user, item)
        # Found once for all questions of a page.
        self._address = reverse("assessments:answer", args=[item.course.slug, item.public_id, _NO_BLOCK])

    def more_tries(self, revisions: Iterable[QuestionRevision]) -> int:
        """How many tries the reader has more than others."""
        return extra_tries(self.user.pk, self.item.course_id, revisions) if self.keeps else 0

    def context(
        self, block: Block, revision: QuestionRevision, found: Standing, *, changed: bool, entered: Any = None
    ) -> dict[str, Any]:
        if not self.may_answer:
            # The bare question, for who looks on.
            found = Standing()
        facts = told(revision, user_id=self.user.pk, standing=found)
        if not self.may_answer:
            facts["hints"] = []
        address = self._address.replace(str(_NO_BLOCK), str(block.public_id))
        question = as_html(facts, self.item, entered=entered)
        question |= {
            "id": str(block.public_id),
            "url": f"{address}?seen={seen_token(revision, self.user.pk)}",
            "note": self._note(revision, changed=changed),
            "may_try": self.may_answer and found.tries_left != 0,
            "tries": _tries(revision, found),
        }
        return {"question": question, "may_answer": self.may_answer, "invitation": self.invitation}

    def _note(self, revision: QuestionRevision, *, changed: bool) -> str:
        if not self.keeps and self.may_answer:
            return _("Preview: your answer is not kept")
        if changed:
            return _("Changed since you answered")
        if not revision.points:
            return _("Not counted")
        points = number_text(revision.points)
        return _("1 point") if points == "1" else _("%(points)s points") % {"points": points}


def _tries(revision: QuestionRevision, found: Standing) -> str:
    """How often one may still answer; nothing where that does not matter any more."""
    if found.tries_left is None or (found.given is not None and found.given.verdict == Verdict.RIGHT):
        return ""
    if not found.tries_left:
        return _("No tries left")
    values = {"left": found.tries_left, "all": max(found.tries_left, (revision.attempts_allowed or 0) + found.extra)}
    return ngettext("%(left)s of %(all)s tries left", "%(left)s of %(all)s tries left", values["all"]) % values


def question_blocks() -> QuerySet[Block]:
    """Question blocks with all that showing one needs."""
    blocks: QuerySet[Block] = Block.objects.filter(kind="question")
    return blocks.select_related("section__item__course", "live", "draft")


def invitation(user: Any, item: Item) -> dict[str, str]:
    """Why this reader cannot answer, and the link that helps, if one does."""
    course = item.course
    if course.state == CourseState.ARCHIVED:
        return {"text": _("This course is closed; it takes no more answers."), "url": "", "label": ""}
    if not user.is_authenticated:
        url = f"{reverse('account_login')}?next={item.get_absolute_url()}"
        return {"text": _("Sign in and enrol to answer."), "url": url, "label": _("Sign in")}
    if course.pk in course_roles(user):
        return {"text": _("Only students of this course answer its questions."), "url": "", "label": ""}
    return {
        "text": _("Enrol in this course to answer."),
        "url": course.get_absolute_url(),
        "label": _("See the course"),
    }


# What is still to be done


def open_work(item_ids: list[int], user_ids: list[int]) -> set[tuple[int, int]]:
    """(user id, item id) pairs with a published question that still waits for an answer.

    A question is done with when it is answered rightly, when no tries are left, or, if it is worth no points, when it
    is answered at all. One that is partly right waits while there are tries: it can still be mended. Questions in a
    branch wait only for the people of its group. As a rule two queries, three where there are branches.
    """
    asked = _asked(item_ids)
    if not asked or not user_ids:
        return set()
    tries: dict[tuple[int, int, int], int] = {}
    right: set[tuple[int, int, int]] = set()
    answers = Answer.objects.filter(
        attempt__user_id__in=user_ids,
        attempt__item_id__in=list(asked),
        attempt__state=AttemptState.SUBMITTED,
        response__isnull=False,
    ).exclude(verdict="")
    for user_id, item_id, question_id, verdict in answers.values_list(
        "attempt__user_id", "attempt__item_id", "question_id", "verdict"
    ):
        key = (user_id, item_id, question_id)
        tries[key] = tries.get(key, 0) + 1
        if verdict == Verdict.RIGHT:
            right.add(key)
    places = _places(asked, user_ids)
    return {
        (user_id, item_id)
        for item_id, questions in asked.items()
        for user_id in user_ids
        if any(
            _waits(one, tries.get(key, 0))
            for one in questions
            if (key := (user_id, item_id, one.question_id)) not in right
            and (one.group_id is None or places.get((user_id, one.experiment_id), one.group_id) == one.group_id)
        )
    }


class _Question:
    """A published question of a lesson as ``open_work`` asks about it."""

    __slots__ = ("experiment_id", "group_id", "most_tries", "points", "question_id")

    def __init__(
        self, question_id: int, points: Decimal, most_tries: int | None, group_id: int | None, experiment_id: int | None
    ) -> None:
        self.question_id, self.points, self.most_tries = question_id, points, most_tries
        self.group_id, self.experiment_id = group_id, experiment_id


def _waits(question: _Question, tries: int) -> bool:
    if not question.points and tries:
        return False
    return question.most_tries is None or tries < question.most_tries


def _asked(item_ids: list[int]) -> dict[int, list[_Question]]:
    """The questions that students of these items are asked, as they are published."""
    blocks = Block.objects.filter(
        Q(section__inside__isnull=True)
        | Q(section__inside__deleted_at__isnull=True, section__inside__live__isnull=False),
        section__item_id__in=item_ids,
        live__isnull=False,
        question_link__question__deleted_at__isnull=True,
        question_link__question__isnull=False,
    )
    current = "question_link__question__current__"
    rows = list(
        blocks.values_list(
            "question_link__question_id",
            "live__data",
            "section__item_id",
            "section__group_id",
            "section__group__experiment_id",
            f"{current}number",
            f"{current}points",
            f"{current}attempts_allowed",
        )
    )
    # A newer wording may wait as a draft: then the rules of the published one hold.
    older = {(row[0], row[1].get("revision")) for row in rows if row[1].get("revision") not in (None, row[5])}
    rules: dict[tuple[int, int], tuple[Decimal, int | None]] = {}
    if older:
        found = QuestionRevision.objects.filter(
            question_id__in={pk for pk, _number in older}, number__in={number for _pk, number in older}
        ).values_list("question_id", "number", "points", "attempts_allowed")
        rules = {(pk, number): (points, most) for pk, number, points, most in found}
    asked: dict[int, list[_Question]] = {}
    for question_id, data, item_id, group_id, experiment_id, _number, *newest in rows:
        points, most = rules.get((question_id, data.get("revision")), newest)
        asked.setdefault(item_id, []).append(_Question(question_id, points, most, group_id, experiment_id))
    return asked


def _places(asked: dict[int, list[_Question]], user_ids: list[int]) -> dict[tuple[int, int | None], int]:
    """The group of each person by (user id, experiment id), for the experiments among the questions."""
    experiments = {one.experiment_id for questions in asked.values() for one in questions if one.experiment_id}
    if not experiments:
        return {}
    rows = ExperimentPlace.objects.filter(experiment_id__in=experiments, user_id__in=user_ids)
    return {
        (user, experiment): group
        for user, experiment, group in rows.values_list("user_id", "experiment_id", "group_id")
    }
