"""A problem of Open edX as the settings and text of a question, or why it cannot be one."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from courses.formats.olx.problem_answers import RESPONSES, RULES, Answer, NotHere, Reading, fields_of, read_answer
from courses.formats.olx.problem_markdown import escaped
from courses.formats.olx.problem_tags import Element, Losses, Node
from courses.formats.olx.problem_text import (
    TextReader,
    depth,
    drop,
    has_content,
    replace,
)

MAX_TEXT = 20_000
MAX_PART_TEXT = 10_000
MAX_HINT = 5_000
MAX_HINTS = 10
MAX_PARTS = 20
# Elements in each other: people write a few dozen.
MAX_DEPTH = 150
MAX_POINTS = Decimal(10_000)
MAX_ATTEMPTS = 100

# What only a program, or a person, can mark.
_PROGRAMS = frozenset(
    {
        "customresponse", "formularesponse", "symbolicresponse", "schematicresponse", "imageresponse", "coderesponse",
        "externalresponse", "annotationresponse", "javascriptresponse", "choicetextresponse", "chemicalequationresponse",
        "matlabresponse", "jsmeresponse",
    }
)  # fmt: skip
_PROGRAM_FIELDS = frozenset(
    {
        "jsinput", "javascriptinput", "drag_and_drop_input", "schematic", "imageinput", "crystallography", "vsepr_input",
        "chemicalequationinput", "editamoleculeinput", "designprotein2dinput", "editageneinput", "annotationinput",
        "filesubmission", "textbox", "matlabinput", "jsmeinput",
    }
)  # fmt: skip
_NO_TEXT = frozenset({"script", "demandhint", "solution", "solutionset", "answer"}) | RULES
# Elements that only hold others, so that a field inside one divides the text around it.
_FRAMES = frozenset({"problem", "div", "section", "form", "center", "span", "fieldset", "article", "main", "label"})

# What Studio calls a problem until its author does.
_NO_TITLES = frozenset(
    {
        "problem", "blank problem", "blank common problem", "blank advanced problem", "multiple choice", "single select",
        "multi-select", "checkboxes", "dropdown", "numerical input", "text input", "multiple choice with hints and feedback",
        "checkboxes with hints and feedback", "dropdown with hints and feedback", "text input with hints and feedback",
        "numerical input with hints and feedback",
    }
)  # fmt: skip
# Set on a response while it is read, so that texts inside it find their part.
_NUMBER = "aumbry-response"
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_SHOW = {
    "always": "always",
    "answered": "right",
    "attempted": "attempted",
    "attempted_no_past_due": "attempted",
    "finished": "finished",
    "after_all_attempts_or_correct": "finished",
    "never": "never",
}
_SHOW_NEARLY = {
    "closed": "finished",
    "past_due": "finished",
    "after_all_attempts": "finished",
    "after_attempts": "finished",
    "correct_or_past_due": "right",
}


@dataclass(frozen=True)
class ProblemContext:
    """``where`` names the file and line; ``rewrite`` turns an address of the source into one of ours."""

    where: str
    title: str
    rewrite: Callable[[str], str]


@dataclass(frozen=True)
class ProblemData:
    """``losses``: sentences about what was changed or left out on the way."""

    settings: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    losses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unsupported:
    """``reason``: a sentence for the manager."""

    reason: str


@dataclass
class _Segment:
    """What stands before a field, or behind the last one: texts, each with the number of the response around it."""

    nodes: list[tuple[Node, int]] = field(default_factory=list)

    def of(self, *responses: int) -> list[Node]:
        return [node for node, response in self.nodes if response in responses]


def read_problem(element: Element, context: ProblemContext) -> ProblemData | Unsupported:
    """One ``<problem>`` as a question. Programs in it are never run."""
    if depth(element) > MAX_DEPTH:
        return Unsupported(_("Its elements stand deeper in each other than can be read here."))
    try:
        return _Problem(element, context).read()
    except NotHere as error:
        return Unsupported(str(error))


class _Problem:
    def __init__(self, element: Element, context: ProblemContext) -> None:
        self._root = deepcopy(element)
        self._root.tail = None
        self._title = " ".join(context.title.split())
        self._losses = Losses()
        self._text = TextReader(context.rewrite, self._losses)
        # By the number of its field: what is asked, and which response it is of.
        self._answers: list[Answer] = []
        self._response_of: list[int] = []

    def read(self) -> ProblemData:
        self._refuse_programs()
        settings = self._rules()
        for name in ("explanation", "hints"):
            if found := self._explanation() if name == "explanation" else self._hints():
                settings[name] = found
        self._read_fields()
        segments = self._segments()
        if len(self._answers) == 1:
            own, text = self._alone(segments)
        else:
            own, text = self._parts(segments)
        if self._title and self._title.casefold() not in _NO_TITLES:
            text = f"#### {escaped(self._title).replace('#', chr(92) + '#')}\n\n{text}".strip()
        elif not text:
            text = escaped(self._title, at_start=True) or _("Answer this question.")
        if len(text) > MAX_TEXT:
            raise NotHere(_("Its text has more than %(n)d characters.") % {"n": MAX_TEXT})
        return ProblemData({"kind": own.pop("kind")} | self._points() | settings | own, text, self._losses.all())

    # Programs

    def _refuse_programs(self) -> None:
        tags = {found.tag for found in self._root.iter() if isinstance(found.tag, str)}
        others = {tag for tag in tags if tag.endswith("response") and tag not in RESPONSES}
        if found := sorted((tags & _PROGRAMS) | (tags & _PROGRAM_FIELDS) | others):
            raise NotHere(
                _("It is marked by a program or a rule that is not run here (%(names)s): it needs a person.")
                % {"names": ", ".join(found)}
            )
        if not tags & RESPONSES:
            raise NotHere(_("It asks nothing that could be answered."))
        scripts = [found for found in self._root.iter("script") if "python" in (found.get("type") or "").lower()]
        names = {name for script in scripts for name in re.findall(r"[A-Za-z_]\w*", "".join(script.itertext()))}
        if names and (used := self._variables() & names):
            raise NotHere(
                _("It needs a program that is not run here: %(names)s is worked out for each student.")
                % {"names": ", ".join(f"${name}" for name in sorted(used)[:5])}
            )
        if scripts:
            self._losses.add(_("A program in it is not run; nothing in its text or its key needs it."))
        if any(found not in scripts for found in self._root.iter("script")):
            self._losses.add(_("Scripts of the source are left out."))
        if next(self._root.iter("link", "style"), None) is not None:
            self._losses.add(_("Its own style sheets are not used: texts look as they do everywhere here."))

    def _variables(self) -> set[str]:
        found: set[str] = set()
        for element in self._root.iter():
            if not isinstance(element.tag, str):
                continue
            texts = [element.tail or "", *(v for name, v in element.attrib.items() if name != "markdown")]
            if element.tag != "script":
                texts.append(element.text or "")
            for text in texts:
                for name in _VARIABLE.findall(text):
                    # The source puts in the longest name that fits the beginning.
                    found.update(name[:length] for length in range(1, len(name) + 1))
        return found

    # Settings of the whole

    def _attribute(self, name: str) -> str:
        return (self._root.get(name) or "").strip().strip('"')

    def _points(self) -> dict[str, Any]:
        text = self._attribute("weight")
        points = Decimal(len(self._answers))
        if text and text.lower() not in ("null", "none"):
            try:
                points = Decimal(text).quantize(Decimal("0.00001"))
            except InvalidOperation:
                points = Decimal(-1)
            if not 0 <= points <= MAX_POINTS:
                self._losses.add(_("Its weight %(text)s is no number of points: it is worth 1.") % {"text": text[:40]})
                points = Decimal(1)
        whole = points == points.to_integral_value()
        return {} if points == 1 else {"points": int(points) if whole else points.normalize()}

    def _rules(self) -> dict[str, Any]:
        settings: dict[str, Any] = {}
        attempts = self._attribute("max_attempts")
        if attempts.isascii() and attempts.isdecimal() and len(attempts) < 10 and int(attempts):
            if int(attempts) <= MAX_ATTEMPTS:
                settings["attempts"] = int(attempts)
            else:
                self._losses.add(_("It had more tries than can be counted here: there is no limit."))
        elif attempts and attempts.lower() not in ("0", "null", "none"):
            self._losses.add(
                _("Its number of tries, %(text)s, is no number: there is no limit.") % {"text": attempts[:40]}
            )
        if (shown := self._show_answer()) != "finished":
            settings["show_answer"] = shown
        wait = self._attribute("submission_wait_seconds")
        if wait and wait != "0":
            self._losses.add(_("Students do not have to wait between two tries; in the source they had to."))
        if self._attribute("show_correctness").lower() not in ("", "always"):
            self._losses.add(_("Students see at once whether they are right; in the source they did not."))
        return settings

    def _show_answer(self) -> str:
        name = self._attribute("showanswer").lower()
        if name == "after_attempts" and self._attribute("attempts_before_showanswer_button") in ("", "0", "1"):
            return "attempted"
        if not name or name in _SHOW:
            return _SHOW.get(name, "finished")
        self._losses.add(
            _("When the answer is shown (%(name)s) follows a rule that is not known here; a near one is used.")
            % {"name": name[:40]}
        )
        return _SHOW_NEARLY.get(name, "finished")

    def _explanation(self) -> str:
        found = [self._text.explanation(one) for one in self._root.iter("solution")]
        text = "\n\n".join(one for one in found if one)
        if len(text) > MAX_TEXT:
            self._losses.add(_("Its explanation is left out: it has more than %(n)d characters.") % {"n": MAX_TEXT})
            return ""
        return text

    def _hints(self) -> list[str]:
        found = [self._text.blocks([hint]) for part in self._root.iter("demandhint") for hint in part.iter("hint")]
        hints = [text for text in found if text]
        if len(hints) > MAX_HINTS:
            hints = [*hints[: MAX_HINTS - 1], "\n\n".join(hints[MAX_HINTS - 1 :])]
        if any(len(text) > MAX_HINT for text in hints):
            self._losses.add(_("A hint is left out: it has more than %(n)d characters.") % {"n": MAX_HINT})
        return [text for text in hints if len(text) <= MAX_HINT]

    # Fields and the texts around them

    def _read_fields(self) -> None:
        """Read each field and leave a mark in its place."""
        reading = Reading(self._text, self._losses)
        responses = [one for one in self._root.iter() if one.tag in RESPONSES]
        if sum(max(1, len(fields_of(one))) for one in responses) > MAX_PARTS:
            raise NotHere(_("It has more than %(n)d parts.") % {"n": MAX_PARTS})
        for number, response in enumerate(responses, start=1):
            response.set(_NUMBER, str(number))
            if any(found.get("hintfn") for found in response.iter("hintgroup")):
                self._losses.add(_("Remarks that a program wrote are left out."))
            fields = fields_of(response)
            for one in fields or [None]:
                self._answers.append(read_answer(response, one, reading))
                self._response_of.append(number)
                mark = etree.Element("gap", n=str(len(self._answers) - 1))
                if one is None:
                    response.append(mark)
                else:
                    mark.tail, one.tail = one.tail, None
                    one.getparent().replace(one, mark)
        for found in [one for one in self._root.iter() if one.tag in _NO_TEXT and one is not self._root]:
            if found.getparent() is not None:
                drop(found)

    def _segments(self) -> list[_Segment]:
        segments = [_Segment()]
        for node, response in self._walk(self._root, 0):
            if not isinstance(node, str) and node.tag == "gap":
                segments.append(_Segment())
            elif isinstance(node, str) or isinstance(node.tag, str):
                segments[-1].nodes.append((node, response))
        return segments

    def _walk(self, element: Element, response: int) -> Iterator[tuple[Node, int]]:
        """Texts, elements and marks in their order, with what only holds others taken apart."""
        response = int(element.get(_NUMBER, response))
        yield element.text or "", response
        for child in list(element):
            if not isinstance(child.tag, str) or child.tag == "gap":
                yield child, response
            elif (gaps := list(child.iter("gap"))) and not (child.tag in RESPONSES or _only_holds(child)):
                inner = next((int(one.get(_NUMBER)) for one in child.iter() if one.get(_NUMBER)), response)
                marks = [etree.Element("gap") for _gap in gaps]
                _label_fields(child, gaps)
                yield child, inner
                for mark in marks:
                    yield mark, inner
            elif gaps:
                yield from self._walk(child, response)
            else:
                yield child, response
            yield child.tail or "", response

    def _alone(self, segments: list[_Segment]) -> tuple[dict[str, Any], str]:
        answer = self._answers[0]
        text = self._joined([node for segment in segments for node, _response in segment.nodes])
        return answer.settings, _with(text, answer.behind)

    def _parts(self, segments: list[_Segment]) -> tuple[dict[str, Any], str]:
        intro: list[Node] = []
        behind: list[Node] = []
        texts: list[list[Node]] = [[] for _answer in self._answers]
        last = len(self._answers) - 1
        for number, segment in enumerate(segments):
            for node, response in segment.nodes:
                before = number - 1
                if number <= last and (response == self._response_of[number] or (response == 0 and number)):
                    texts[number].append(node)
                elif before >= 0 and response == self._response_of[before]:
                    texts[before].append(node)
                else:
                    (behind if number else intro).append(node)
        if not has_content(texts[0]):
            intro, texts[0] = _divided(intro, others_have=any(has_content(nodes) for nodes in texts[1:]))
        parts = []
        for number, (answer, nodes) in enumerate(zip(self._answers, texts, strict=True), start=1):
            # A field needs a name; a number is how its place in a table is called, too.
            text = _with(self._joined(nodes), answer.behind) or f"({number})"
            if len(text) > MAX_PART_TEXT:
                raise NotHere(_("Its text has more than %(n)d characters.") % {"n": MAX_PART_TEXT})
            own = dict(answer.settings)
            parts.append({"id": f"part-{number}", "kind": own.pop("kind")} | {"text": text} | own)
        return {"kind": "parts", "parts": parts}, self._joined([*intro, *behind])

    def _joined(self, nodes: list[Node]) -> str:
        return self._text.blocks(nodes) if has_content(nodes) else ""


def _label_fields(element: Element, gaps: list[Element]) -> None:
    """Say in a sentence or table where its fields belong: by number, or by a line if there is only one."""
    numbered = len(gaps) > 1
    for gap in gaps:
        at_end = not "".join(_texts_after(gap, element)).strip()
        sign = f"({int(gap.get('n')) + 1})" if numbered else "" if at_end else "____"
        replace(gap, f" {sign} {gap.tail or ''}" if sign else gap.tail or "")


def _texts_after(element: Element, root: Element) -> Iterator[str]:
    while element is not root:
        yield element.tail or ""
        for sibling in element.itersiblings():
            yield from sibling.itertext()
            yield sibling.tail or ""
        element = element.getparent()


def _only_holds(element: Element) -> bool:
    """Whether the element says nothing itself, so that a field in it stands between the texts around."""
    if element.tag in _FRAMES:
        return True
    return element.tag in ("p", "li", "td") and not any(
        (one.text or "").strip() if one is element else one.tag not in ("gap", *RESPONSES) or (one.tail or "").strip()
        for one in element.iter()
    )


def _divided(intro: list[Node], *, others_have: bool) -> tuple[list[Node], list[Node]]:
    """The introduction, and what at its end asks the first question when the other questions have their own texts."""
    for at in range(len(intro) - 1, -1, -1):
        if not isinstance(intro[at], str) and intro[at].tag == "label":
            return intro[:at], intro[at:]
    if others_have:
        for at in range(len(intro) - 1, -1, -1):
            if has_content([intro[at]]):
                return intro[:at], intro[at:]
    return intro, []


def _with(text: str, behind: str) -> str:
    """Words that stood behind the field, at the end of the text."""
    return f"{text}\n\n… {behind}".strip() if behind else text
