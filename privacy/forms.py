from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import PageForm


class RetentionForm(PageForm):
    """How long a kind of data is kept."""

    days = forms.IntegerField(
        label=_("Days"),
        required=False,
        min_value=1,
        help_text=_("Empty: for good."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": _("Write a whole number.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, least: int = 1, keepable: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not keepable:
            self.fields["days"].help_text = _("A number is needed: this is not kept for good.")
        self.fields["days"].widget.attrs["min"] = str(least)
