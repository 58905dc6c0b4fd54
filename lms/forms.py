from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import PageForm
from lms.selectors import event_names


class EventFilterForm(PageForm):
    """Part of an address; what makes no sense is passed over."""

    name = forms.ChoiceField(label=_("Kind of event"), required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = [("", _("All")), *((name, name) for name in event_names())]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        self.is_valid()
        return {"name": self.cleaned_data.get("name", ""), "before": self.cleaned_data.get("before")}
