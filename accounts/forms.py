"""Forms around an account. The rules are the models' and validators'; here are the words and the widgets."""

from datetime import timedelta
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.internal import flows
from django import forms
from django.conf import settings
from django.core.validators import EmailValidator, MaxLengthValidator
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import ReadingFace, SiteRole, Theme
from accounts.models import User
from accounts.scopes import PARTS, READ, WRITE
from accounts.services import signup
from accounts.validators import known_time_zones, password_length_sentence, validate_name, validate_time_zone
from core.errors import Conflict
from core.forms import PageForm, describe_rules

# Longer ones gain nothing and cost the server time to hash.
PASSWORD_MAX_LENGTH = 200
EMAIL_MAX_LENGTH = 254


def _password_hint() -> str:
    return ngettext(
        "At least %(count)d character; a few words are fine.",
        "At least %(count)d characters; a few words are fine.",
        settings.PASSWORD_MIN_LENGTH,
    ) % {"count": settings.PASSWORD_MIN_LENGTH}


def _dress_email(field: forms.Field, *, autocomplete: str) -> None:
    field.label = _("Email")
    field.error_messages |= {
        "required": _("Enter your email."),
        "invalid": _("Enter a whole email address, for example imani@northmoor.example."),
    }
    field.max_length = EMAIL_MAX_LENGTH  # type: ignore[attr-defined]
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= {"autocomplete": autocomplete, "dir": "ltr", "maxlength": str(EMAIL_MAX_LENGTH)}
    # Validators of its own: Django's are shared by all forms of the process.
    field.validators = [
        EmailValidator(field.error_messages["invalid"]),
        MaxLengthValidator(EMAIL_MAX_LENGTH, field.error_messages["invalid"]),
    ]


def _dress_password(field: forms.Field, *, label: Any, required: Any, new: bool) -> None:
    field.label = label
    field.help_text = _password_hint() if new else ""
    field.error_messages["required"] = required
    field.widget.attrs.pop("placeholder", None)
    field.max_length = PASSWORD_MAX_LENGTH  # type: ignore[attr-defined]
    field.widget.attrs["maxlength"] = str(PASSWORD_MAX_LENGTH)
    field.validators.append(
        MaxLengthValidator(PASSWORD_MAX_LENGTH, _("Use a shorter password, at most %(limit_value)d characters."))
    )
    if new:
        field.widget.attrs |= {
            "minlength": str(settings.PASSWORD_MIN_LENGTH),
            "data-msg-minlength": password_length_sentence(),
        }


class SignInForm(allauth_forms.LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        _dress_email(self.fields["login"], autocomplete="username")
        _dress_password(self.fields["password"], label=_("Password"), required=_("Enter your password."), new=False)
        self.fields["remember"].label = _("Keep me signed in on this device")
        self.fields["remember"].initial = True
        describe_rules(self)


class SignUpForm(allauth_forms.SignupForm):  # type: ignore[misc]
    """Name, email, password; a script fills in the time zone, and without one it stays open."""

    field_order = ("name", "email", "password1", "time_zone")

    name = forms.CharField(
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
        _dress_email(self.fields["email"], autocomplete="email")
        _dress_password(self.fields["password1"], label=_("Password"), required=_("Choose a password."), new=True)
        describe_rules(self)

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
            name=data["name"], email=data["email"], password=data["password1"], time_zone=data["time_zone"]
        )


class ResetPasswordForm(allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        _dress_email(self.fields["email"], autocomplete="username")
        describe_rules(self)


class NewPasswordForm(allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        # One field that can be made visible serves better than typing it twice.
        del self.fields["password2"]
        _dress_password(self.fields["password1"], label=_("New password"), required=_("Choose a password."), new=True)
        describe_rules(self)


class ChangePasswordForm(allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, label_suffix="")
        del self.fields["password2"]
        _dress_password(
            self.fields["oldpassword"],
            label=_("Current password"),
            required=_("Enter the password you have now."),
            new=False,
        )
        _dress_password(self.fields["password1"], label=_("New password"), required=_("Choose a password."), new=True)
        describe_rules(self)


class _ZoneSelect(forms.Select):
    """Names of zones grouped by their continent, as the browser's own list shows them best."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        self.choices = _zone_choices(value[0] if value else "")
        return super().optgroups(name, value, attrs)


def _zone_choices(chosen: str) -> list[Any]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted(known_time_zones()):
        area, _slash, place = zone.partition("/")
        if place and area not in {"Etc", "SystemV", "US", "posix", "right"}:
            groups.setdefault(area, []).append((zone, place.replace("_", " ").replace("/", ", ")))
    choices: list[Any] = [("", gettext("The site’s own: %(zone)s") % {"zone": settings.TIME_ZONE}), ("UTC", "UTC")]
    known = {"", "UTC"} | {zone for rows in groups.values() for zone, _place in rows}
    if chosen not in known:
        choices.append((chosen, chosen))
    return choices + list(groups.items())


# Stands for the empty value in a form, where an empty choice could not be told from none.
DEFAULT = "default"


def _named_choice(choices: Any, *, label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=[(value or DEFAULT, words) for value, words in choices.choices],
        coerce=lambda value: "" if value == DEFAULT else value,
        widget=forms.RadioSelect,
    )


class ProfileForm(PageForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        validators=[validate_name],
        help_text=_("As teachers and fellow students see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
        error_messages={
            "required": _("Enter your name as others should see it."),
            "max_length": _("Use a shorter form of your name, at most %(limit_value)d characters."),
        },
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        required=False,
        max_length=64,
        validators=[validate_time_zone],
        help_text=_("Dates and times are shown in it."),
        widget=_ZoneSelect,
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    theme = _named_choice(Theme, label=_("Colours"))
    reading_face = _named_choice(ReadingFace, label=_("Reading typeface"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(settings.LANGUAGES) > 1:
            choices = [("", _("As in this browser")), *settings.LANGUAGES]
            self.fields["language"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["language"]

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        value = super().get_initial_for_field(field, field_name)
        return value or DEFAULT if isinstance(field, forms.TypedChoiceField) else value


class PersonForm(PageForm):
    """An account for somebody, made by an administrator."""

    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={
            "required": _("Enter the person’s name."),
            "max_length": _("Use a shorter form of the name, at most %(limit_value)d characters."),
        },
    )
    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        help_text=_("A link to choose a password is sent there."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "dir": "ltr"}),
        error_messages={
            "required": _("Enter the person’s email."),
            "invalid": _("Enter a whole email address, for example imani@northmoor.example."),
        },
    )
    role = forms.ChoiceField(label=_("Role"), choices=SiteRole, initial=SiteRole.STUDENT)


class RoleForm(PageForm):
    role = forms.ChoiceField(label=_("Role on this site"), choices=SiteRole)


class PeopleFilterForm(PageForm):
    """Search and filters of the list of people; what makes no sense is passed over."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("All roles")), *SiteRole.choices])
    state = forms.ChoiceField(
        label=_("Accounts"),
        required=False,
        choices=[("", _("Open accounts")), ("ended", _("Closed accounts")), ("all", _("All accounts"))],
    )

    def values(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


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
