"""What the pages of files are sent."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import PageForm
from core.slots import SHARE_AUDIENCES
from files.enums import ShareLevel
from files.models import Share
from files.selectors.places import KINDS, SORTS, Wanted

KIND_LABELS = {
    "image": _("Pictures"),
    "media": _("Sound and film"),
    "document": _("Documents"),
    "text": _("Text and data"),
    "archive": _("Archives"),
}
SORT_LABELS = {
    "name": _("Name"),
    "-name": _("Name, from the end"),
    "-changed": _("Newest first"),
    "changed": _("Oldest first"),
    "-size": _("Largest first"),
    "size": _("Smallest first"),
}


class ListForm(forms.Form):
    """How a list is to be; what makes no sense is passed over."""

    q = forms.CharField(required=False, max_length=100)
    kind = forms.ChoiceField(
        required=False, choices=[(key, label) for key, label in KIND_LABELS.items() if key in KINDS]
    )
    sort = forms.ChoiceField(
        required=False, choices=[(key, label) for key, label in SORT_LABELS.items() if key in SORTS]
    )

    def wanted(self, page: Any) -> Wanted:
        """What was asked for."""
        self.is_valid()
        found = self.cleaned_data
        return Wanted(found.get("q", ""), found.get("kind", ""), found.get("sort", "") or "name", page)


class NameForm(PageForm):
    name = forms.CharField(label=_("Name"), max_length=200)


class ShareForm(PageForm):
    """With whom; one of the choices of ``kind`` names who or whom ``person`` says."""

    whom = forms.ChoiceField(label=_("With"))
    person = forms.EmailField(
        label=_("Email of the person"), required=False, help_text=_("If you share it with one person.")
    )
    level = forms.ChoiceField(label=_("They"), choices=ShareLevel.choices, initial=ShareLevel.VIEW)
    expires_at = forms.DateTimeField(
        label=_("Until"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("In your time zone. Left empty, until you end it."),
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[Any] = [(Share.PERSON, _("One person"))]
        for kind, audience in SHARE_AUDIENCES.items():
            named = sorted(audience.choices(user).items(), key=lambda pair: pair[1])
            if named:
                choices.append((audience.label, [(f"{kind}:{pk}", name) for pk, name in named]))
        whom: Any = self.fields["whom"]
        whom.choices = choices

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("whom") == Share.PERSON and not found.get("person") and "person" not in self.errors:
            self.add_error("person", _("Say with whom: the email of their account."))
        return found


class LinkForm(PageForm):
    expires_at = forms.DateTimeField(
        label=_("Until"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("In your time zone. Left empty, until you end it."),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=100,
        help_text=_("At least 8 characters. Tell it by another way than the link."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    most_downloads = forms.IntegerField(label=_("Most downloads"), required=False, min_value=1, max_value=100_000)


class UnlockForm(PageForm):
    password = forms.CharField(label=_("Password"), max_length=100, widget=forms.PasswordInput)


class RoomForm(PageForm):
    """How much a space may hold: what all of its kind may, or a limit of its own in megabytes."""

    DEFAULT, OWN = "default", "own"

    limit = forms.ChoiceField(label=_("How much it may hold"), widget=forms.RadioSelect)
    megabytes = forms.IntegerField(
        label=_("Limit of its own, in megabytes"),
        required=False,
        min_value=0,
        max_value=2**33,
        help_text=_("1,024 are a gigabyte. If more is in it already, that stays, and nothing can be added."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, default: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["limit"]
        field.choices = [
            (self.DEFAULT, _("%(size)s, as all others") % {"size": default}),
            (self.OWN, _("A limit of its own")),
        ]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("limit") == self.OWN and found.get("megabytes") is None and "megabytes" not in self.errors:
            self.add_error("megabytes", _("Say how many megabytes."))
        return found

    @property
    def quota(self) -> int | None:
        """In bytes; None for the limit of all."""
        if self.cleaned_data["limit"] == self.DEFAULT:
            return None
        return int(self.cleaned_data["megabytes"]) * 1024**2
