"""Questions as blocks of a lesson.

The block's own revision holds only which revision of its question it shows; wording and key stay with
the question. So a change of a question waits, like that of a text, until the lesson is published again.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments import selectors
from assessments.enums import QuestionKind, ShowAnswer
from assessments.models import QuestionRevision
from assessments.question_types import TYPES
from assessments.services import authoring
from assessments.validators import (
    question_problems,
    read_attempts,
    read_config,
    read_hints,
    read_points,
    read_show_answer,
)
from core.authz import Actor
from core.errors import Invalid
from core.html import markdown, plain_text
from courses.models import Block, BlockRevision

_COMMON = ("kind", "points", "hint", "hints", "explanation", "attempts", "show_answer")


class QuestionBlock:
    label = gettext_lazy("Question")
    icon = "message-circle-question"
    template = "assessments/blocks/question.html"
    settings = (*_COMMON, *sorted({key for kind in TYPES.values() for key in kind.settings_keys}))

    def context(self, blocks: list[Block], user: Any) -> dict[int, dict[str, Any]]:
        return selectors.lesson_questions(blocks, user)

    def edit_url(self, block: Block) -> str:
        """Where an author writes the block's question; found without a query."""
        return reverse("assessments:block-question", args=[block.section.item.course.slug, block.public_id])

    def validate(self, data: dict[str, Any], text: str) -> list[str]:
        """Problems of the block's own settings, or of a question as a course folder writes it."""
        if not data and not text:
            return []
        if set(data) == {"revision"}:
            number = data["revision"]
            return [] if type(number) is int and number > 0 else [_("“revision” must be a number from 1.")]
        return folder_problems(data, text)

    def copy(self, block: Block, copied: Block, ids: dict[str, str]) -> None:
        authoring.copy_question(block=block, copied=copied, ids=ids)

    def export(self, block: Block, revision: BlockRevision) -> tuple[dict[str, Any], str]:
        question = self._revision(block, revision)
        return (folder_settings(question), question.stem) if question else ({}, "")

    def load(self, block: Block, settings: dict[str, Any], text: str, actor: Actor) -> tuple[dict[str, Any], str]:
        if set(settings) <= {"revision"}:
            return settings, text
        if problems := folder_problems(settings, text):
            raise Invalid("block_invalid", problems[0], fields={"": problems})
        number = authoring.store_for_block(
            actor=actor,
            block=block,
            kind=settings["kind"],
            stem=text,
            settings={key: value for key, value in settings.items() if key not in _COMMON},
            **({"hints": _hints(settings)} if "hint" in settings or "hints" in settings else {}),
            **{key: settings[key] for key in ("points", "explanation", "attempts", "show_answer") if key in settings},
        )
        return {"revision": number}, text.strip()

    def prepare(self, blocks: list[Block]) -> None:
        """Read the questions that are being written in all of these blocks, so that ``check`` need not ask for each."""
        for block in blocks:
            block.shown = block.draft  # type: ignore[attr-defined]
        for pk, question in selectors.block_revisions(blocks).items():
            next(block for block in blocks if block.pk == pk).question_written = question  # type: ignore[attr-defined]

    def check(self, block: Block, revision: BlockRevision) -> list[str]:
        question = self._revision(block, revision)
        if question is None:
            return [_("This question is not written yet.")]
        found = question_problems(
            kind=question.kind,
            stem=question.stem,
            hints=question.hints,
            explanation=question.explanation,
            config=question.config,
        )
        problems = [sentence for sentences in found.values() for sentence in sentences]
        if not question.explanation:
            problems.append(_("The question has no explanation: say why the right answer is right."))
        return problems

    def render(self, text: str) -> str:
        return markdown(text)

    def search_text(self, block: Block, revision: BlockRevision) -> str:
        question = self._revision(block, revision)
        if question is None:
            return ""
        words = [question.stem, *TYPES[question.kind].searchable(question.config)]
        return plain_text(" ".join(markdown(text) for text in words))

    def open_work(self, item_ids: list[int], user_ids: list[int]) -> set[tuple[int, int]]:
        return selectors.open_work(item_ids, user_ids)

    def points(self, blocks: list[Block]) -> dict[int, Decimal]:
        return selectors.points_of(blocks)

    def bin(self, blocks: list[Block]) -> None:
        """The question stays in the bank, and what was answered stays."""

    def restore(self, blocks: list[Block]) -> None:
        """Its question never went away."""

    def _revision(self, block: Block, revision: BlockRevision | None) -> QuestionRevision | None:
        written: QuestionRevision | None = getattr(block, "question_written", None)
        if written is not None and revision == block.draft:
            return written
        rows = QuestionRevision.objects.filter(question__block_links__block=block).select_related("question")
        number = revision.data.get("revision") if revision else None
        found = rows.filter(number=number).first() if number else None
        return found or rows.order_by("-number").first()


def folder_settings(revision: QuestionRevision) -> dict[str, Any]:
    """A question's settings as a course folder and the API write them; its text goes beside them."""
    own = TYPES[revision.kind].settings(revision.config)
    options = own.pop("options", None)
    settings: dict[str, Any] = {"kind": revision.kind}
    if revision.points != 1:
        whole = revision.points == revision.points.to_integral_value()
        settings["points"] = int(revision.points) if whole else revision.points.normalize()
    settings |= own
    if revision.attempts_allowed is not None:
        settings["attempts"] = revision.attempts_allowed
    if revision.show_answer != ShowAnswer.FINISHED:
        settings["show_answer"] = revision.show_answer
    if len(revision.hints) == 1:
        settings["hint"] = revision.hints[0]
    elif revision.hints:
        settings["hints"] = list(revision.hints)
    if revision.explanation:
        settings["explanation"] = revision.explanation
    return settings if options is None else settings | {"options": options}


def _hints(settings: Mapping[str, Any]) -> Any:
    """``hint = "…"`` is a list of one."""
    if "hint" not in settings:
        return settings.get("hints", [])
    return [settings["hint"]] if isinstance(settings["hint"], str) else settings["hint"]


def folder_problems(settings: Mapping[str, Any], text: str) -> list[str]:
    """What is wrong with a question in a course folder; sentences for its author."""
    kind = settings.get("kind")
    if not isinstance(kind, str) or kind not in TYPES:
        return [_("“kind” must be one of %(kinds)s.") % {"kinds": ", ".join(QuestionKind.values)}]
    problems = []
    texts: dict[str, Any] = {"stem": text}
    for name in ("hint", "explanation"):
        texts[name] = settings.get(name, "")
        if not isinstance(texts[name], str):
            problems.append(_("“%(name)s” must be text.") % {"name": name})
            texts[name] = ""
    hint = texts.pop("hint")
    texts["hints"] = [hint] if hint else []
    if "hint" in settings and "hints" in settings:
        problems.append(_("Give “hint” or “hints”, not both."))
    for name, read, default in (
        ("points", read_points, 1),
        ("hints", read_hints, []),
        ("attempts", read_attempts, None),
        ("show_answer", read_show_answer, ShowAnswer.FINISHED.value),
    ):
        try:
            value = read(settings.get(name, default))
        except ValidationError as error:
            problems += [f"“{name}”: {sentence}" for sentence in error.messages]
        else:
            texts["hints"] += value if name == "hints" else []
    try:
        config = read_config(kind, {key: value for key, value in settings.items() if key not in _COMMON})
    except Invalid as error:
        return problems + [str(sentence) for sentence in error.fields.get("", [error.message])]
    found = question_problems(kind=kind, config=config, **texts)
    return problems + [sentence for sentences in found.values() for sentence in sentences]
