"""Keys for programs."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.scopes import PARTS, READ, WRITE
from core.forms import PageForm


class KeyForm(PageForm):
    """A key for a program."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("What uses it, so that you know later which one to end."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={"required": _("Name what will use the key.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    expires_on = forms.DateField(
        label=_("Last day"),
        help_text=_("Within a year. An ended key stops working at once."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose the last day."), "invalid": _("Choose a day.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (f"{part}:{way}", f"{label}: {words}")
            for part, label in PARTS.items()
            for way, words in ((READ, gettext("read")), (WRITE, gettext("read and change")))
        ]
        self.fields["expires_on"].initial = today + timedelta(days=90)
        self.fields["expires_on"].widget.attrs |= {
            "min": today.isoformat(),
            "max": (today + timedelta(days=365)).isoformat(),
        }
