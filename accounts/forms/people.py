"""What administrators fill in about people."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import SiteRole
from accounts.validators import validate_address, validate_name
from core.forms import LineField, PageForm


class PersonForm(PageForm):
    """An account for somebody, made by an administrator."""

    name = LineField(
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
        validators=[validate_address],
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
