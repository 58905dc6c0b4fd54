"""An answer that came too late, in words: to show it once more before it is sent."""

from typing import Any

from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from assessments.selectors.lesson import answered_question, block_revisions, question_blocks
from core.shortcuts import get_visible


def sent_answer(user: Any, address: dict[str, Any], sent: Any) -> list[tuple[str, str]]:
    """What was chosen or written, by part; ``sent`` is what the form had, ``address`` says which question it is.

    Raises ``Http404`` for a question that ``user`` may not see.
    """
    block = get_visible(
        question_blocks(), user, section__item__public_id=address["item"],
        section__item__course__slug=address["slug"], public_id=address["block"],
    )  # fmt: skip
    revision = block_revisions([block]).get(block.pk)
    if revision is None:
        return []
    # As if it had been refused: nothing of the key is in it.
    question = answered_question(block, user, revision, given=None, error="-", entered=sent)["question"]
    asked = question["parts"] or [question]
    labels = [_("Your answer %(n)d") % {"n": n} for n in range(1, len(asked) + 1)] if asked[1:] else [_("Your answer")]
    answers = (_in_words(one) for one in asked)
    return [(label, answer) for label, answer in zip(labels, answers, strict=True) if answer]


def _in_words(asked: dict[str, Any]) -> str:
    if not asked["options"]:
        return f"{asked['answer']} {asked['unit']}".strip()
    chosen = ((option["text_html"],) for option in asked["options"] if option["checked"])
    return format_html_join("\n", "{}", chosen)
