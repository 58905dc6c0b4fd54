"""How somebody wants to be told, as a page sends it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import PageForm
from notifications.defaults import DEFAULTS, choices
from notifications.enums import Category, Channel, Frequency, Weekday
from notifications.models import Timing


class TimingForm(PageForm):
    """Times of day by the person's clock."""

    digest_at = forms.TimeField(
        label=_("Digests come at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    digest_day = forms.ChoiceField(label=_("Weekly digests on"), choices=Weekday.choices)
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )


def timing_form(timing: Timing, data: Any = None) -> TimingForm:
    """The form with what holds now."""
    names = ("digest_at", "digest_day", "quiet_from", "quiet_until")
    return TimingForm(data, initial={name: getattr(timing, name) for name in names})


def field_name(category: str, channel: str) -> str:
    return f"{category}.{channel}"


def sent_frequencies(data: Any) -> dict[tuple[str, str], str]:
    """What the table of preferences says, by category and channel; places that are not sent are not there."""
    return {place: data[field_name(*place)] for place in DEFAULTS if field_name(*place) in data}


def shown_matrix(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The table with what can be chosen in each place."""
    return [
        {
            "label": Category(row["category"]).label,
            "hint": HINTS[row["category"]],
            "cells": [
                {
                    "name": field_name(row["category"], channel),
                    "channel": Channel(channel).label,
                    "value": value,
                    "options": [(one.value, SHORT[one]) for one in choices(row["category"], channel)],
                }
                for channel, value in row["cells"]
            ],
        }
        for row in rows
    ]


SHORT = {
    Frequency.NOW: _("Now"),
    Frequency.DAILY: _("Daily"),
    Frequency.WEEKLY: _("Weekly"),
    Frequency.OFF: _("Off"),
}
HINTS = {
    Category.COURSES: _("Lessons that are published, courses that open"),
    Category.PLACES: _("Being enrolled, your role, leaving"),
    Category.GRADES: _("When a result of yours changes"),
    Category.ACCOUNT: _("What protects it; always in the app"),
    Category.SHARED: _("Files and folders that others open to you"),
    Category.WORK: _("Imports, archives, tables that you wait for"),
    Category.SITE: _("Jobs that failed for good"),
}
