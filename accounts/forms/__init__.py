"""Forms around an account. The rules are the models' and validators'; here are the words and the widgets."""

from accounts.forms.entrance import (
    ChangePasswordForm,
    NewPasswordForm,
    ProveForm,
    ResetPasswordForm,
    SignInForm,
    SignUpForm,
)
from accounts.forms.keys import KeyForm
from accounts.forms.people import PeopleFilterForm, PersonForm, RoleForm
from accounts.forms.profile import DEFAULT, ProfileForm

__all__ = [
    "DEFAULT",
    "ChangePasswordForm",
    "KeyForm",
    "NewPasswordForm",
    "PeopleFilterForm",
    "PersonForm",
    "ProfileForm",
    "ProveForm",
    "ResetPasswordForm",
    "RoleForm",
    "SignInForm",
    "SignUpForm",
]
