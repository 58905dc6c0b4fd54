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
        "questions": [_choice("sample-1", ""), _choice("sample-2", "right"), _number()],
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
