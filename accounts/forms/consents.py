"""Answering policies, and writing them."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.enums import PolicyAsks, PolicyKind
from accounts.selectors.consents import AskedPolicy
from core.forms import LineField, PageForm


def policy_field(policy: AskedPolicy) -> forms.BooleanField:
    """A box to agree to a policy, with a link to its words."""
    address = reverse("accounts:policy-version", args=[policy.kind, policy.number])
    return forms.BooleanField(
        label=format_html("{} <a href='{}' dir='auto'>{}</a>", _("I agree:"), address, policy.title),
        required=policy.required,
        help_text="" if policy.required else _("You can say no, and change your mind at any time."),
        error_messages={"required": _("Agree to this to go on.")},
    )


class AnswerForm(PageForm):
    """A box for each policy that is asked about; one that is left empty says no."""

    def __init__(self, *args: Any, asked: list[AskedPolicy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for policy in asked:
            self.fields[policy.kind] = policy_field(policy)

    def answers(self) -> dict[str, bool]:
        return {kind: bool(self.cleaned_data[kind]) for kind in self.fields}


class PolicyForm(PageForm):
    """A version of a policy."""

    kind = forms.ChoiceField(label=_("Policy"), choices=PolicyKind)
    title = LineField(
        label=_("Title"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={"required": _("Give it a title, for instance “Terms of use”.")},
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=100_000,
        help_text=_("Markdown. Once the version is in force, its words stay as they are."),
        widget=forms.Textarea(attrs={"rows": 16, "dir": "auto"}),
        error_messages={"required": _("Write what people are to read.")},
    )
    changes = LineField(
        label=_("What is new"),
        max_length=500,
        required=False,
        help_text=_("A sentence for those who know the version before."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    asks = forms.ChoiceField(label=_("People are asked for"), choices=PolicyAsks, initial=PolicyAsks.NOTHING)
    asks_again = forms.BooleanField(
        label=_("Ask those, too, who agreed to an earlier version"), required=False, initial=True
    )
    effective_from = forms.DateTimeField(
        label=_("In force from"),
        help_text=_("In your time zone. Leave it empty for now."),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": _("Choose a day and a time.")},
    )


class PolicyVersionForm(PolicyForm):
    """A version that is not in force yet; of which policy it is stays."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["kind"]
