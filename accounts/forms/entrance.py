"""Signing in, signing up and passwords."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.internal import flows
from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from accounts.forms.consents import policy_field
from accounts.forms.dress import dress_email, dress_password
from accounts.models import User
from accounts.selectors.consents import asked_policies
from accounts.services import signup
from accounts.services.people import AccountSuspended
from accounts.sessions import note_wishes
from accounts.validators import known_time_zones, validate_name
from core.errors import Conflict
from core.forms import LineField, describe_rules


class SignInForm(allauth_forms.LoginForm):  # type: ignore[misc]
    """Email, password, whether to stay signed in; a script fills in where the browser is."""

    time_zone = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-module": "time-zone"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        dress_email(self.fields["login"], autocomplete="username")
        dress_password(self.fields["password"], label=_("Password"), required=_("Enter your password."), new=False)
        self.fields["remember"].label = _("Keep me signed in on this device")
        # On a shared computer nobody should have to think of unticking it.
        self.fields["remember"].initial = False
        describe_rules(self)

    def clean(self) -> Any:
        try:
            return super().clean()
        except AccountSuspended as error:
            raise forms.ValidationError(str(error.message)) from error

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponseBase:
        data = self.cleaned_data
        note_wishes(request, zone=data["time_zone"], remembered=bool(data.get("remember")))
        response: HttpResponseBase = super().login(request, redirect_url)
        return response


class SignUpForm(allauth_forms.SignupForm):  # type: ignore[misc]
    """Name, email, password; a script fills in the time zone, and without one it stays open."""

    field_order = ("name", "email", "password1", "time_zone")

    name = LineField(
        label=_("Name"),
        max_length=150,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        error_messages={
            "required": _("Enter your name as others should see it."),
            "max_length": _("Use a shorter form of your name, at most %(limit_value)d characters."),
        },
    )
    time_zone = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-module": "time-zone"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        dress_email(self.fields["email"], autocomplete="email")
        dress_password(self.fields["password1"], label=_("Password"), required=_("Choose a password."), new=True)
        # What may be refused is asked after the first sign-in, where there is room for it.
        self.asked = [policy for policy in asked_policies() if policy.required]
        for policy in self.asked:
            self.fields[f"policy_{policy.kind}"] = policy_field(policy)
        describe_rules(self)

    @property
    def policy_fields(self) -> list[forms.BoundField]:
        return [self[f"policy_{policy.kind}"] for policy in self.asked]

    def clean_time_zone(self) -> str:
        # A browser's guess is no reason to refuse somebody.
        zone = self.cleaned_data["time_zone"]
        return zone if zone in known_time_zones() else ""

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponseBase | None]:
        """A taken address gives the same answer, after the same work, and its owner a mail."""
        if self.account_already_exists:
            User().set_password(self.cleaned_data["password1"])
        else:
            try:
                return self.save(request), None
            except Conflict as conflict:
                if conflict.code != "email_taken":
                    raise
        return None, flows.signup.prevent_enumeration(request, email=self.cleaned_data["email"])

    def save(self, request: HttpRequest) -> User:
        data = self.cleaned_data
        return signup.register(
            name=data["name"],
            email=data["email"],
            password=data["password1"],
            time_zone=data["time_zone"],
            answers={policy.kind: True for policy in self.asked},
        )


class ResetPasswordForm(allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        dress_email(self.fields["email"], autocomplete="username")
        describe_rules(self)


class NewPasswordForm(allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        _one_new_password(self)


class ChangePasswordForm(allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        dress_password(
            self.fields["oldpassword"],
            label=_("Current password"),
            required=_("Enter the password you have now."),
            new=False,
        )
        _one_new_password(self)


def _one_new_password(form: Any) -> None:
    """One field that can be made visible serves better than typing it twice."""
    del form.fields["password2"]
    dress_password(
        form.fields["password1"],
        label=_("New password"),
        required=_("Choose a password."),
        new=True,
        person=form.user,
    )
    describe_rules(form)


class ProveForm(allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before a change that protects the account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        dress_password(self.fields["password"], label=_("Password"), required=_("Enter your password."), new=False)
        self.fields["password"].help_text = ""
        describe_rules(self)
