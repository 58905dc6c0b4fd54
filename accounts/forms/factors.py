"""Second factors: codes, passkeys, and the rules that ask for them."""

import json
from typing import Any

from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as allauth_forms
from allauth.mfa.webauthn import forms as passkey_forms
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from accounts.limits import too_many_requests
from accounts.services.factors import NAME_MAX_LENGTH, use_code
from accounts.services.policies import LIMITS
from accounts.services.tries import TooManyTries
from core.errors import DomainError
from core.forms import PageForm, describe_rules

_SETUP_SALT = "accounts.totp-setup"
_SETUP_SECONDS = 3600


class _CodeField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=20,
            widget=forms.TextInput(
                attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr", "autocapitalize": "off"}
            ),
            error_messages={
                "required": _("Enter the code."),
                "max_length": _("Enter the code alone, at most %(limit_value)d characters."),
            },
            **kwargs,
        )


class CodeForm(allauth_forms.AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""

    code = _CodeField(label=_("Code"), help_text=_("From your app, or one of your recovery codes."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        describe_rules(self)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            self.authenticator = use_code(user=self.user, code=code, request=context.request)
        except TooManyTries as error:
            answer = too_many_requests(context.request, seconds=error.retry_after or 1)
            raise ImmediateHttpResponse(answer) from error
        except DomainError as error:
            raise forms.ValidationError(str(error.message)) from error
        self.authenticator.user = self.user
        return code


class ProveByCodeForm(CodeForm):
    """A code before a change that protects the account."""


class _PasskeyAnswer:
    """What a browser says it proved; anything may come instead."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise forms.ValidationError(get_adapter().error_messages["incorrect_code"]) from error


class SignInByPasskeyForm(_PasskeyAnswer, passkey_forms.LoginWebAuthnForm):  # type: ignore[misc]
    pass


class PasskeyStepForm(_PasskeyAnswer, passkey_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ProveByPasskeyForm(_PasskeyAnswer, passkey_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class TotpForm(PageForm):
    """The first code of an app. What the app was given travels with the form, sealed for this person."""

    setup = forms.CharField(widget=forms.HiddenInput, max_length=500)
    code = _CodeField(label=_("Code"), help_text=_("The six digits that the app shows now."))

    def __init__(self, *args: Any, person: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_setup(self) -> str:
        secret = read_setup(self.cleaned_data["setup"], self.person)
        if secret is None:
            raise forms.ValidationError(_("This page was open for too long. Load it anew and scan once more."))
        return secret


def make_setup(secret: str, person: Any) -> str:
    """``secret`` so that only ``person`` can confirm it, for an hour."""
    return signing.dumps([str(person.public_id), secret], salt=_SETUP_SALT)


def read_setup(setup: str, person: Any) -> str | None:
    """The secret again; None if it is too old or was made for somebody else."""
    try:
        whose, secret = signing.loads(setup, salt=_SETUP_SALT, max_age=_SETUP_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return str(secret) if whose == str(person.public_id) else None


class PasskeyNameForm(PageForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_MAX_LENGTH,
        help_text=_("Where it is kept, so that you know later which one it is: “phone”, “blue key”."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={"required": _("Give the passkey a name.")},
    )


class PasskeyForm(PasskeyNameForm):
    """What a browser answers when it made a passkey. A script fills in ``credential``."""

    credential = forms.CharField(widget=forms.HiddenInput, max_length=20000, required=False)

    def clean_credential(self) -> dict[str, Any]:
        try:
            credential = json.loads(self.cleaned_data["credential"] or "null")
        except ValueError:
            credential = None
        if not isinstance(credential, dict):
            raise forms.ValidationError(_("The browser made no passkey. Try again, or use an app instead."))
        try:
            webauthn.parse_registration_response(credential)
            webauthn.complete_registration(credential)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise forms.ValidationError(
                _("This passkey could not be checked. Load the page anew and try again.")
            ) from error
        return credential


class RecoveryForm(PageForm):
    """Nothing to fill in: new codes are asked for by a button."""


class ResetFactorsForm(PageForm):
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        help_text=_("How you made sure who asked. It is kept, and the person is told by mail."),
        error_messages={"required": _("Write why, and how you made sure who asked.")},
    )


class RulesForm(PageForm):
    """What signing in asks of one role."""

    second_factor = forms.BooleanField(label=_("A second factor is required"), required=False)
    grace_days = forms.IntegerField(
        label=_("Days of grace"),
        help_text=_("So long people may go on without one, counted from when they get the role or the rule is made."),
    )
    idle_minutes = forms.IntegerField(label=_("Signed out after minutes without use"))
    kept_idle_minutes = forms.IntegerField(
        label=_("The same for who chose to stay signed in"),
        help_text=_("Minutes. A day has 1440. No effect if it is less than the number above."),
    )
    most_hours = forms.IntegerField(label=_("Signed out after hours in all"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (least, most) in LIMITS.items():
            sentence = _("Enter a number from %(least)d to %(most)d.") % {"least": least, "most": most}
            self.fields[name].error_messages |= {"required": sentence, "invalid": sentence}
            rules = ("required", "invalid", "min", "max")
            self.fields[name].widget.attrs |= {f"data-msg-{rule}": sentence for rule in rules}
            self.fields[name].widget.attrs |= {"min": least, "max": most}
