"""What is told about a question, as the variables of ``components/question.html``."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from html import unescape
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _

from assessments.enums import QuestionKind, Verdict
from assessments.question_types.numeric import bounds
from core.html import markdown, markdown_inline
from courses.block_kinds.base import resolve_files
from courses.models import Item

_VERDICTS = {Verdict.RIGHT: "right", Verdict.PARTLY: "partly", Verdict.WRONG: "not-yet"}


def as_html(facts: dict[str, Any], item: Item, *, entered: Any = None) -> dict[str, Any]:
    """Rendered and cleaned; files are those that the lesson uses. ``entered``: a form that was refused."""
    verdict = facts.get("verdict", "")
    explanation = _block(item, facts.get("explanation", ""))
    if verdict == Verdict.PARTLY and facts["kind"] == QuestionKind.MULTIPLE:
        some = _("Part of it is right: a choice is missing, or one is too many.")
        explanation = format_html("<p>{}</p>", some) + explanation
    shown = _control(facts, item, "", entered)
    if shown["solution"]:
        explanation = format_html("<p>{}</p>", shown["solution"]) + explanation
    return {
        **shown,
        "kind": facts["kind"],
        "text_html": _block(item, facts["text"]),
        "parts": [_part(part, item, entered) for part in facts.get("parts", ())],
        "verdict": _VERDICTS.get(verdict, ""),
        "outcome": _outcome(verdict, facts.get("tries_left")),
        "gained": _gained(facts),
        "explanation_html": explanation,
        "hints_html": [_block(item, hint) for hint in facts.get("hints", ())] if verdict != Verdict.RIGHT else [],
        "error": "",
    }


def _part(part: dict[str, Any], item: Item, entered: Any) -> dict[str, Any]:
    verdict = part.get("verdict", "")
    return {
        **_control(part, item, f"parts.{part['id']}.", entered),
        "id": part["id"],
        "kind": part["kind"],
        "text_html": _block(item, part["text"]),
        "verdict": _VERDICTS.get(verdict, ""),
        "outcome": _outcome(verdict, None),
    }


def _control(facts: Mapping[str, Any], item: Item, prefix: str, entered: Any) -> dict[str, Any]:
    """One thing to choose or to write, with what is said about the answer."""
    key, response = facts.get("key", {}), facts.get("response", {})
    chosen = {response["option"]} if "option" in response else set(response.get("options", ()))
    answer = response.get("answer", "")
    if entered is not None:
        chosen = set(entered.getlist(f"{prefix}option"))
        answer = entered.get(f"{prefix}answer", "")[:1000]
    feedback = facts.get("feedback", {})
    options = [
        {
            "id": option["id"],
            "text_html": _inline(item, option["text"]),
            "checked": option["id"] in chosen,
            "verdict": _option_verdict(option["id"], facts, key, chosen),
            "feedback_html": _inline(item, feedback.get(option["id"], "")),
        }
        for option in facts.get("options", ())
    ]
    remarks = [_block(item, facts.get("remark", ""))]
    # A list to choose from holds plain text only.
    is_list = facts["kind"] == QuestionKind.DROPDOWN and not any("<" in option["text_html"] for option in options)
    solution = ""
    if is_list:
        for option in options:
            option["text"] = unescape(option["text_html"])
        said = [option["feedback_html"] for option in options if option["checked"]]
        remarks += [f"<p>{feedback_html}</p>" for feedback_html in said if feedback_html]
    if facts.get("verdict", "") != Verdict.RIGHT:
        rights = [o["text"] for o in options if o["verdict"] == "right"] if is_list else []
        words = " / ".join(rights) or _solution(key)
        solution = _("The answer is %(answer)s.") % {"answer": words} if words else ""
    return {
        "control": _controls(facts["kind"], is_list=is_list),
        "name": f"{prefix}option" if options else f"{prefix}answer",
        "options": options,
        "answer": answer,
        "unit": facts.get("unit", ""),
        "remarks_html": [remark for remark in remarks if remark],
        "solution": solution,
    }


def _controls(kind: str, *, is_list: bool) -> str:
    """What the form shows: "radio", "checkbox", "select", "text", "number" or "parts"."""
    if is_list:
        return "select"
    names = {
        QuestionKind.SINGLE: "radio",
        QuestionKind.DROPDOWN: "radio",
        QuestionKind.MULTIPLE: "checkbox",
        QuestionKind.NUMERIC: "number",
        QuestionKind.PARTS: "parts",
    }
    return names.get(QuestionKind(kind), "text")


def _option_verdict(name: str, facts: Mapping[str, Any], key: Mapping[str, Any], chosen: set[str]) -> str:
    """Of several choices no single one is marked before the key may be seen: that would be the key."""
    if key:
        right = key["options"][name]["right"]
        return "right" if right else ("wrong" if name in chosen else "")
    if facts["kind"] != QuestionKind.MULTIPLE and name in chosen:
        return {Verdict.WRONG.value: "wrong", Verdict.RIGHT.value: "right"}.get(facts.get("verdict", ""), "")
    return ""


def _solution(key: Mapping[str, Any]) -> str:
    """The right answer to something that is written, in words."""
    if "accept" in key:
        # A pattern alone is no answer that one could read.
        return ", ".join(key["accept"])
    if found := bounds(key.get("range", "")):
        low, low_in, high, high_in = found
        words = {
            (True, True): _("from %(low)s to %(high)s"),
            (True, False): _("from %(low)s to less than %(high)s"),
            (False, True): _("more than %(low)s, up to %(high)s"),
            (False, False): _("more than %(low)s and less than %(high)s"),
        }[low_in, high_in] % {"low": low, "high": high}
        return f"{words} {key['unit']}".strip()
    return f"{key['answer']} {key['unit']}".strip() if "answer" in key else ""


def _outcome(verdict: str, tries_left: int | None) -> str:
    if verdict == Verdict.WRONG:
        return _("Not right") if tries_left == 0 else _("Not yet")
    if verdict == Verdict.PARTLY:
        return _("Partly right")
    return _("Correct") if verdict == Verdict.RIGHT else ""


def _gained(facts: Mapping[str, Any]) -> str:
    """“0.5 of 1 points” where that says more than the verdict."""
    if facts.get("verdict") != Verdict.PARTLY or not facts["points"]:
        return ""
    points = (facts["share"] * facts["points"]).quantize(Decimal("0.01"))
    return _("%(gained)s of %(points)s points") % {
        "gained": number_text(points),
        "points": number_text(facts["points"]),
    }


def number_text(value: Decimal) -> str:
    """Exact, without zeros that say nothing."""
    return f"{value.normalize():f}"


def _block(item: Item, text: str) -> str:
    return resolve_files(item, block_html(text)) if text else ""


def _inline(item: Item, text: str) -> str:
    return resolve_files(item, inline_html(text)) if text else ""


@lru_cache(maxsize=4096)
def block_html(text: str) -> str:
    """Revisions never change, so their Markdown is rendered once in a process."""
    return markdown(text) if text else ""


@lru_cache(maxsize=4096)
def inline_html(text: str) -> str:
    return markdown_inline(text) if text else ""
