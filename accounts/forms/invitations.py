"""Making invitations, and signing up by one."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.enums import InvitationState, SiteRole
from accounts.forms.entrance import SignUpForm
from accounts.models import Invitation, User
from accounts.services.invitations import MOST_PLACES, sign_up_invited
from core.forms import LastDayField, NoteField, PageForm, PlacesField


class MailInvitationForm(PageForm):
    """An invitation to one address."""

    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        help_text=_("The link works for this address alone, for two weeks."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "dir": "ltr"}),
        error_messages={
            "required": _("Enter the person’s email."),
            "invalid": _("Enter a whole email address, for example imani@northmoor.example."),
        },
    )
    role = forms.ChoiceField(label=_("Role"), choices=SiteRole, initial=SiteRole.STUDENT)


class LinkInvitationForm(PageForm):
    """A link for anybody who has it."""

    note = NoteField(help_text=_("Only you see this. It tells links apart later."))
    places = PlacesField(most=MOST_PLACES)
    expires_at = LastDayField()


class InvitationFilterForm(PageForm):
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[*InvitationState.choices, ("all", _("All"))], initial="open"
    )

    def value(self) -> str:
        """The state to show; what makes no sense is the open ones."""
        self.is_valid()
        return self.cleaned_data.get("state", "") or "open"


class InvitedSignUpForm(SignUpForm):
    """Signing up by an invitation; a mailed one fixes the address."""

    def __init__(self, *args: Any, invitation: Invitation, token: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.token = token
        self.address = ""
        self.mailed = bool(invitation.email)
        if self.mailed:
            self.fields["email"].initial = invitation.email
            self.fields["email"].disabled = True

    def clean_email(self) -> str:
        email: str = super().clean_email()
        if self.mailed and self.account_already_exists:
            # Whoever has the letter has the mailbox, so nothing is given away.
            raise forms.ValidationError(_("There is already an account with this email. Sign in instead."))
        return email

    def save(self, request: HttpRequest) -> User:
        data = self.cleaned_data
        user, taken = sign_up_invited(
            token=self.token,
            name=data["name"],
            email=data["email"],
            password=data["password1"],
            time_zone=data["time_zone"],
            answers={policy.kind: True for policy in self.asked},
        )
        self.address = taken.address
        return user
