"""What is read about questions: in a lesson, in the bank, in an attempt. Who may see what of a key is decided here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from assessments.enums import AttemptState, Verdict
from assessments.models import Answer, Attempt, BlockQuestion, Question, QuestionRevision
from assessments.question_types import TYPES, seed_for
from assessments.question_types.base import token
from core.html import markdown, markdown_inline, plain_text
from courses.block_kinds.base import resolve_files, shown_revision
from courses.enums import CourseState
from courses.models import Block, Course, Item
from courses.roles import Capability
from courses.rules import can, course_roles

ANCHOR = "question-"


@dataclass(frozen=True)
class Given:
    """What somebody answered to a revision, and what they may be told about it.

    ``reveal``: the key, the explanation and all feedback may be seen, because the answer was right or
    because the person writes the course.
    """

    response: dict[str, Any]
    verdict: str
    reveal: bool


# Who may see what


def told(revision: QuestionRevision, *, user_id: int | None, given: Given | None) -> dict[str, Any]:
    """Everything about a question that this person may be told now, as plain values with Markdown texts.

    The one gate for pages and API: what is not in here cannot leak. Options have names of their own for
    each person.
    """
    kind = TYPES[revision.kind]
    seed = seed_for(user_id, revision.question.public_id)
    facts: dict[str, Any] = {
        "kind": revision.kind,
        "text": revision.stem,
        "points": revision.points,
        **kind.public(revision.config, seed),
    }
    if given is None:
        return facts
    facts["response"] = kind.shown(given.response, seed)
    facts["verdict"] = given.verdict
    if not given.reveal:
        feedback = kind.score(revision.config, given.response).feedback
        facts["feedback"] = {token(seed, option_id): text for option_id, text in feedback.items()}
        facts["hint"] = revision.hint
        return facts
    facts["key"] = kind.key_of(revision.config, seed)
    options = facts["key"].get("options", {})
    facts["feedback"] = {name: option["feedback"] for name, option in options.items() if option["feedback"]}
    facts["explanation"] = revision.explanation
    return facts


def keeps_answers(user: Any, course_id: int) -> bool:
    """Whether what ``user`` answers in the course is kept: a student's is, an author's trial is not."""
    return can(user, Capability.LEARN, course_id)


def is_author(user: Any, course_id: int) -> bool:
    return bool(getattr(user, "is_superuser", False)) or can(user, Capability.AUTHOR, course_id)


def best_answers(
    user_id: int, *, item_ids: Iterable[int], question_ids: Iterable[int]
) -> dict[tuple[int, int], Answer]:
    """A person's submitted answers by (item id, question id): the newest right one, else the newest; one query."""
    rows = Answer.objects.filter(
        attempt__user_id=user_id,
        attempt__item_id__in=set(item_ids),
        attempt__state=AttemptState.SUBMITTED,
        question_id__in=set(question_ids),
        response__isnull=False,
    )
    best: dict[tuple[int, int], Answer] = {}
    for answer in rows.select_related("attempt", "revision").order_by("attempt_id"):
        key = (answer.attempt.item_id, answer.question_id)
        kept = best.get(key)
        if kept is None or answer.verdict == Verdict.RIGHT or kept.verdict != Verdict.RIGHT:
            best[key] = answer
    return best


def given_to(answer: Answer | None, revision: QuestionRevision, *, author: bool = False) -> Given | None:
    """What ``answer`` means for ``revision``, which may be newer than the one that was answered.

    If the question changed, the answer counts as right only if it would be right now, too, and a wrong
    one is forgotten: the key of a changed question is not given away by an old answer.
    """
    if answer is None or answer.response is None or not answer.verdict:
        return None
    if answer.revision_id == revision.pk:
        return Given(answer.response, answer.verdict, reveal=author or answer.verdict == Verdict.RIGHT)
    if answer.verdict != Verdict.RIGHT or answer.revision.kind != revision.kind:
        return None
    if TYPES[revision.kind].score(revision.config, answer.response).verdict != Verdict.RIGHT:
        return None
    return Given(answer.response, answer.verdict, reveal=True)


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


# Lessons


def block_revisions(blocks: Iterable[Block]) -> dict[int, QuestionRevision]:
    """The question's revision that each block shows; one query, and one more if a newer one waits as a draft."""
    numbers = {block.pk: shown_revision(block).data.get("revision") for block in blocks}
    links = BlockQuestion.objects.filter(block_id__in=numbers, question__deleted_at__isnull=True)
    found: dict[int, QuestionRevision] = {}
    others: dict[tuple[int, int], list[int]] = {}
    for link in links.select_related("question__current"):
        question = link.question
        wanted = numbers[link.block_id] or question.version
        if question.current is not None and question.current.number == wanted:
            question.current.question = question
            found[link.block_id] = question.current
        else:
            others.setdefault((question.pk, wanted), []).append(link.block_id)
    if others:
        either = reduce(or_, (Q(question_id=pk, number=number) for pk, number in others))
        for row in QuestionRevision.objects.filter(either).select_related("question"):
            found |= dict.fromkeys(others[row.question_id, row.number], row)
    return found


def points_of(blocks: Iterable[Block]) -> dict[int, Decimal]:
    """The points of each block's question, by block id: those of its published text."""
    return {pk: revision.points for pk, revision in block_revisions(blocks).items()}


def lesson_questions(blocks: list[Block], user: Any) -> dict[int, dict[str, Any]]:
    """Template variables of the question blocks of a page, by block id; at most three queries for any number."""
    revisions = block_revisions(blocks)
    answers: dict[tuple[int, int], Answer] = {}
    if user.pk is not None and revisions:
        items = {block.section.item_id for block in blocks}
        questions = [revision.question_id for revision in revisions.values()]
        answers = best_answers(user.pk, item_ids=items, question_ids=questions)
    contexts: dict[int, dict[str, Any]] = {}
    texts: dict[int, dict[str, Any]] = {}
    for block in blocks:
        revision = revisions.get(block.pk)
        item = block.section.item
        author = is_author(user, item.course_id)
        if revision is None:
            contexts[block.pk] = {"question": None, "unwritten": author}
            continue
        answer = answers.get((item.pk, revision.question_id))
        given = given_to(answer, revision, author=author)
        texts[block.pk] = told(revision, user_id=user.pk, given=given)
        contexts[block.pk] = _around(block, revision, user, changed=answer is not None and given is None)
    lessons = {block.pk: block.section.item for block in blocks}
    for pk, facts in texts.items():
        contexts[pk]["question"] |= as_html(facts, lessons[pk])
    return contexts


def answered_question(
    block: Block, user: Any, revision: QuestionRevision, *, given: Given | None, error: str = "", entered: str = ""
) -> dict[str, Any]:
    """The same for one block right after an answer, with what was refused about it, if it was."""
    facts = told(revision, user_id=user.pk, given=given)
    context = _around(block, revision, user, changed=False)
    context["question"] |= as_html(facts, block.section.item)
    if error:
        context["question"] |= {"error": error, "verdict": "", "answer": entered}
    return context


def outcome(revision: QuestionRevision, response: dict[str, Any], user: Any, block: Block) -> Given:
    """What somebody may be told who has just answered."""
    verdict = TYPES[revision.kind].score(revision.config, response).verdict
    author = is_author(user, block.section.item.course_id)
    return Given(response, verdict, reveal=author or verdict == Verdict.RIGHT)


def question_blocks() -> QuerySet[Block]:
    """Question blocks with all that showing one needs."""
    blocks: QuerySet[Block] = Block.objects.filter(kind="question")
    return blocks.select_related("section__item__course", "live", "draft")


def _around(block: Block, revision: QuestionRevision, user: Any, *, changed: bool) -> dict[str, Any]:
    item = block.section.item
    address = reverse("assessments:answer", args=[item.course.slug, item.public_id, block.public_id])
    asked = user.has_perm("assessments.start_attempt", item)
    if not keeps_answers(user, item.course_id) and asked:
        note = _("Preview: your answer is not kept")
    elif changed:
        note = _("Changed since you answered")
    else:
        note = _("Not graded")
    return {
        "question": {
            "id": block.public_id,
            "url": f"{address}?seen={seen_token(revision, user.pk)}",
            "note": note,
        },
        "may_answer": asked,
        "invitation": None if asked else invitation(user, item),
    }


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


def open_work(item_ids: list[int], user_ids: list[int]) -> set[tuple[int, int]]:
    """(user id, item id) pairs with a published question that is not answered rightly yet; two queries."""
    asked: dict[int, set[int]] = {}
    rows = Block.objects.filter(
        section__item_id__in=item_ids, live__isnull=False, question_link__question__deleted_at__isnull=True
    ).values_list("section__item_id", "question_link__question_id")
    for item_id, question_id in rows:
        if question_id is not None:
            asked.setdefault(item_id, set()).add(question_id)
    if not asked or not user_ids:
        return set()
    right: dict[tuple[int, int], set[int]] = {}
    answers = Answer.objects.filter(
        attempt__user_id__in=user_ids,
        attempt__item_id__in=list(asked),
        attempt__state=AttemptState.SUBMITTED,
        verdict=Verdict.RIGHT,
    ).values_list("attempt__user_id", "attempt__item_id", "question_id")
    for user_id, item_id, question_id in answers.distinct():
        right.setdefault((user_id, item_id), set()).add(question_id)
    return {
        (user_id, item_id)
        for item_id, questions in asked.items()
        for user_id in user_ids
        if questions - right.get((user_id, item_id), set())
    }


# HTML for the component


def as_html(facts: dict[str, Any], item: Item) -> dict[str, Any]:
    """What is told, as the variables of ``components/question.html``; files are those that the lesson uses."""

    def rendered(text: str) -> str:
        return resolve_files(item, block_html(text)) if text else ""

    def rendered_inline(text: str) -> str:
        return resolve_files(item, inline_html(text)) if text else ""

    verdict = facts.get("verdict", "")
    key = facts.get("key", {})
    response = facts.get("response", {})
    chosen = {response["option"]} if "option" in response else set(response.get("options", ()))
    explanation = rendered(facts.get("explanation", ""))
    if verdict == Verdict.PARTLY:
        some = _("Part of it is right: a choice is missing, or one is too many.")
        explanation = format_html("<p>{}</p>", some) + explanation
    if verdict != Verdict.RIGHT and (solution := _solution(key)):
        explanation = format_html("<p>{}</p>", _("The answer is %(answer)s.") % {"answer": solution}) + explanation
    return {
        "kind": facts["kind"],
        "text_html": rendered(facts["text"]),
        "options": [
            {
                "id": option["id"],
                "text_html": rendered_inline(option["text"]),
                "checked": option["id"] in chosen,
                "verdict": _option_verdict(option["id"], facts, key, chosen),
                "feedback_html": rendered_inline(facts.get("feedback", {}).get(option["id"], "")),
            }
            for option in facts.get("options", ())
        ],
        "answer": response.get("answer", ""),
        "unit": facts.get("unit", ""),
        "verdict": {Verdict.RIGHT: "right", Verdict.PARTLY: "not-yet", Verdict.WRONG: "not-yet"}.get(verdict, ""),
        "explanation_html": explanation,
        "hint_html": rendered(facts.get("hint", "")),
        "error": "",
    }


def _option_verdict(name: str, facts: Mapping[str, Any], key: Mapping[str, Any], chosen: set[str]) -> str:
    """Of several choices no single one is marked before all are right: that would be the key."""
    if key:
        right = key["options"][name]["right"]
        return "right" if right else ("wrong" if name in chosen else "")
    if facts["kind"] == "single" and name in chosen and facts.get("verdict") == Verdict.WRONG:
        return "wrong"
    return ""


def _solution(key: Mapping[str, Any]) -> str:
    if "accept" in key:
        return ", ".join(key["accept"])
    return f"{key['answer']} {key['unit']}".strip() if "answer" in key else ""


@lru_cache(maxsize=4096)
def block_html(text: str) -> str:
    """Revisions never change, so their Markdown is rendered once in a process."""
    return markdown(text) if text else ""


@lru_cache(maxsize=4096)
def inline_html(text: str) -> str:
    return markdown_inline(text) if text else ""


# The bank


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
                points=f"{revision.points.normalize():f}",
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
