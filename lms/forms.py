from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import PageForm
from lms.selectors import EventFilter, event_names


class EventFilterForm(PageForm):
    """Part of an address; what makes no sense is passed over."""

    name = forms.ChoiceField(label=_("Kind of event"), required=False)
    person = forms.CharField(label=_("Person (name or email)"), required=False, max_length=254)
    object = forms.CharField(label=_("About (id, or a course's address)"), required=False, max_length=100)
    request = forms.CharField(label=_("Request"), required=False, max_length=36)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = [("", _("All")), *((name, name) for name in event_names())]  # type: ignore[attr-defined]

    def wanted(self) -> EventFilter:
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value and name != "before"}
        return EventFilter(**given)

    def before_id(self) -> int | None:
        self.is_valid()
        return self.cleaned_data.get("before")


class ClientErrorFilterForm(PageForm):
    """Part of an address; what makes no sense is passed over."""

    search = forms.CharField(label=_("Search"), required=False, max_length=100)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Open")), ("resolved", _("Resolved")), ("all", _("All"))],
    )

    def values(self) -> dict[str, Any]:
        self.is_valid()
        resolved = {"resolved": True, "all": None}.get(self.cleaned_data.get("state", ""), False)
        return {"search": self.cleaned_data.get("search", ""), "resolved": resolved}
