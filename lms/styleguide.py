"""Invented things for the style guide to show; nothing of it is in the database."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import PageForm


class SampleForm(PageForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    email = forms.EmailField(label=gettext_lazy("Email"), help_text=gettext_lazy("Only teachers see it."))
    about = forms.CharField(label=gettext_lazy("About you"), required=False, widget=forms.Textarea)


def sample() -> dict[str, Any]:
    here = "#learning"
    lesson = {"number": "3.2", "title": _("Who was asked"), "url": here, "state": "part", "current": True, "minutes": 9}
    return {
        "hero": {
            "about": _("STAT 1, module 3"),
            "title": _("Who was asked"),
            "url": here,
            "plate": "statistics",
            "ground": "a",
            "progress": 40,
            "left": _("about 6 min left"),
            "stopped_at": _("a list of everybody"),
            "when": _("2 h ago"),
            "outline_url": here,
        },
        "courses": [
            {
                "code": "STAT 1",
                "title": _("Statistics"),
                "url": here,
                "plate": "statistics",
                "ground": "a",
                "next": _("Who was asked"),
                "progress": 54,
                "progress_label": _("14 of 26 lessons"),
            },
            {
                "code": "ECO 2",
                "title": _("Field ecology"),
                "url": here,
                "plate": "ecology",
                "ground": "d",
                "summary": _("Hedges, ponds and what lives there."),
                "about": _("12 lessons"),
                "tag": _("Draft"),
                "tag_kind": "draft",
            },
        ],
        "module": {
            "number": 3,
            "title": _("Collecting data"),
            "meta": _("1 of 3 done"),
            "progress": 33,
            "open": True,
            "lessons": [
                {"number": "3.1", "title": _("Asking everybody"), "url": here, "state": "done", "minutes": 7},
                lesson,
                {"number": "3.3", "title": _("Asking some"), "url": "", "state": "", "minutes": 12},
            ],
        },
        "entries": [
            {"when": _("Tonight"), "time": "23:59", "label": _("Who was asked"), "url": here, "state": "now"},
            {
                "when": _("Sun 22"),
                "time": "18:00",
                "label": _("Report"),
                "url": here,
                "tag": _("Empty"),
                "tag_kind": "warning",
            },
        ],
        "questions": [
            _choice("sample-1", ""),
            _choice("sample-2", "right"),
            _number(),
            _boxes(),
            _list(),
            _parts(),
        ],
        "polls": [_poll("sample-7"), _poll("sample-8", voted=True), _survey()],
        "blocks": _blocks(),
        "items": [
            {"id": "a", "title": _("Asking everybody"), "url": here, "meta": _("7 min"), "move_url": here},
            {
                "id": "b",
                "title": _("Who was asked"),
                "url": here,
                "selected": True,
                "tag": _("Draft"),
                "tag_kind": "draft",
                "move_url": here,
                "actions": [{"label": _("Edit"), "url": here, "icon": "pencil", "method": "get"}],
            },
        ],
    }


def _choice(key: str, verdict: str) -> dict[str, Any]:
    chosen = verdict == "right"
    return {
        "id": key,
        "url": "#learning",
        "control": "radio",
        "name": "option",
        "may_try": True,
        "text_html": _("Whom does a poll of telephone owners leave out?"),
        "options": [
            {"id": "1", "text_html": _("People without one"), "checked": chosen, "verdict": verdict},
            {"id": "2", "text_html": _("Nobody"), "checked": False, "verdict": ""},
        ],
        "verdict": verdict,
    }


def _boxes() -> dict[str, Any]:
    return {
        "id": "sample-4",
        "url": "#learning",
        "control": "checkbox",
        "name": "option",
        "may_try": True,
        "note": _("2 points"),
        "tries": _("1 of 3 tries left"),
        "text_html": _("Which of these measure spread?"),
        "options": [
            {"id": "1", "text_html": _("The range"), "checked": True, "verdict": "right"},
            {
                "id": "2",
                "text_html": _("The median"),
                "checked": True,
                "verdict": "wrong",
                "feedback_html": _("It says where the middle is."),
            },
            {"id": "3", "text_html": _("The standard deviation"), "checked": False, "verdict": ""},
        ],
        "verdict": "partly",
        "outcome": _("Partly right"),
        "gained": _("1 of 2 points"),
    }


def _list() -> dict[str, Any]:
    return {
        "id": "sample-5",
        "url": "#learning",
        "control": "select",
        "name": "option",
        "may_try": True,
        "text_html": _("The mean of 2, 4 and 6 is … their median."),
        "options": [{"id": "1", "text": _("above")}, {"id": "2", "text": _("equal to")}],
        "verdict": "",
        "error": _("Give an answer first."),
    }


def _parts() -> dict[str, Any]:
    part = {"control": "number", "options": (), "verdict": "", "outcome": ""}
    return {
        "id": "sample-6",
        "url": "#learning",
        "control": "parts",
        "may_try": False,
        "tries": _("No tries left"),
        "text_html": _("A journey takes 100 minutes."),
        "parts": [
            part
            | {"id": "a", "name": "parts.a.answer", "text_html": _("How many whole hours?"), "answer": "1", "unit": "h"}
            | {"verdict": "right", "outcome": _("Right")},
            part
            | {"id": "b", "name": "parts.b.answer", "text_html": _("How many minutes more?"), "answer": "30"}
            | {"verdict": "not-yet", "outcome": _("Not yet"), "solution": _("Right is 40.")},
        ],
        "verdict": "partly",
        "outcome": _("Partly right"),
        "explanation_html": _("An hour has 60 minutes."),
    }


def _poll(key: str, *, voted: bool = False) -> dict[str, Any]:
    options = [{"id": "1", "html": _("Clear")}, {"id": "2", "html": _("Hard")}]
    results = [
        options[0] | {"votes": 3, "percent": 75, "own": True},
        options[1] | {"votes": 1, "percent": 25, "own": False},
    ]
    question = {"id": "q", "name": f"{key}-q", "html": _("How was this part?"), "options": options, "votes": 4}
    return {
        "id": key,
        "url": "#learning",
        "questions": [question | {"results": results, "chosen": options[0]}] if voted else [question],
        "options": options,
        "has_voted": voted,
        "asks": not voted,
        "shows_results": voted,
        "may_change": voted,
    }


def _survey() -> dict[str, Any]:
    options = [{"id": "1", "html": _("Helped")}, {"id": "2", "html": _("Confused")}]
    rows = [("w", _("The words")), ("p", _("The pictures"))]
    return {
        "id": "sample-9",
        "url": "#learning",
        "html": _("What helped you here?"),
        "questions": [
            {"id": key, "name": f"sample-9-{key}", "html": text, "options": options, "missing": key == "p"}
            for key, text in rows
        ],
        "options": options,
        "is_grid": True,
        "is_private": True,
        "asks": True,
        "error": _("Choose one of the options in each row."),
    }


def _blocks() -> list[dict[str, Any]]:
    """Blocks of a lesson: a template and its variables each."""
    words = _("The spread of an average shrinks with the root of the number.")
    return [
        {"template": f"courses/blocks/{name}.html", "context": context}
        for name, context in (
            ("callout", {"tone": "note", "html": words}),
            ("callout", {"tone": "tip", "title": _("Remember"), "html": words}),
            ("callout", {"tone": "warning", "html": words}),
            ("file", {"file": None, "title": _("All 400 waits"), "html": ""}),
            ("image", {"file": None, "alt": _("A histogram of 400 waits"), "html": _("400 waits.")}),
            ("notice", {"title": _("Which word comes to mind?"), "html": ""}),
            ("notice", {"title": "", "source": "word_cloud", "is_author": True, "html": ""}),
            ("branches", {"note": _("There is nothing for your group here."), "branches": ()}),
        )
    ]


def _number() -> dict[str, Any]:
    return {
        "id": "sample-3",
        "url": "#learning",
        "control": "number",
        "name": "answer",
        "may_try": True,
        "text_html": _("What is the mean of 2, 3 and 7?"),
        "answer": "5",
        "verdict": "not-yet",
        "hints_html": [_("Add them up first.")],
    }
