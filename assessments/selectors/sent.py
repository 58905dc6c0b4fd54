"""An answer that came too late, in words: to show it once more before it is sent."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from assessments.selectors import polls
from assessments.selectors.lesson import answered_question, block_revisions, question_blocks
from core.html import plain_text
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
    return _lines(option["text_html"] for option in asked["options"] if option["checked"])


def sent_vote(user: Any, address: dict[str, Any], sent: Any) -> list[tuple[str, str]]:
    """The questions of a poll with what was chosen; as ``sent_answer``."""
    block = get_visible(
        polls.poll_blocks(), user, section__item__public_id=address["item"],
        section__item__course__slug=address["slug"], public_id=address["block"],
    )  # fmt: skip
    shown = polls.polls_shown([block], user).get(block.pk)
    if shown is None:
        return []
    # As if it had been refused, so that what was chosen now is ticked.
    choices = {name.removeprefix(polls.FIELD): sent[name] for name in sent if name.startswith(polls.FIELD)}
    asked = polls.poll_context(shown, user, polls.Refused("-", choices=choices))["poll"]["questions"]
    rows = [
        (
            plain_text(question["html"]) or question["alt"],
            _lines(_entry(o) for o in question["options"] if o["checked"]),
        )
        for question in asked
    ]
    return [(label or _("Question %(n)d") % {"n": n}, chosen) for n, (label, chosen) in enumerate(rows, 1) if chosen]


def _entry(entry: dict[str, Any]) -> str:
    """An option in words: its text, or what its picture shows."""
    return entry["html"] or escape(entry["alt"] or _("A picture"))


def _lines(cleaned: Iterable[str]) -> str:
    """One line each, of HTML that was cleaned when it was made."""
    return format_html_join("\n", "{}", ((SafeString(html),) for html in cleaned))
