"""Forms around an account. The rules are the models' and validators'; here are the words and the widgets."""

from accounts.forms.email import EmailForm
from accounts.forms.entrance import (
    ChangePasswordForm,
    NewPasswordForm,
    ProveForm,
    ResetPasswordForm,
    SignInForm,
    SignUpForm,
)
from accounts.forms.factors import (
    CodeForm,
    PasskeyForm,
    PasskeyStepForm,
    ProveByCodeForm,
    ProveByPasskeyForm,
    RecoveryForm,
    ResetFactorsForm,
    RulesForm,
    SignInByPasskeyForm,
    TotpForm,
)
from accounts.forms.invitations import (
    InvitationFilterForm,
    InvitedSignUpForm,
    LinkInvitationForm,
    MailInvitationForm,
)
from accounts.forms.keys import KeyForm
from accounts.forms.people import (
    AccommodationForm,
    ImpersonationForm,
    PeopleActionForm,
    PeopleFilterForm,
    PeopleImportForm,
    PersonEditForm,
    PersonForm,
    RoleForm,
    SuspendForm,
)
from accounts.forms.profile import DEFAULT, ProfileForm

__all__ = [
    "DEFAULT",
    "AccommodationForm",
    "ChangePasswordForm",
    "CodeForm",
    "EmailForm",
    "ImpersonationForm",
    "InvitationFilterForm",
    "InvitedSignUpForm",
    "KeyForm",
    "LinkInvitationForm",
    "MailInvitationForm",
    "NewPasswordForm",
    "PasskeyForm",
    "PasskeyStepForm",
    "PeopleActionForm",
    "PeopleFilterForm",
    "PeopleImportForm",
    "PersonEditForm",
    "PersonForm",
    "ProfileForm",
    "ProveByCodeForm",
    "ProveByPasskeyForm",
    "ProveForm",
    "RecoveryForm",
    "ResetFactorsForm",
    "ResetPasswordForm",
    "RoleForm",
    "RulesForm",
    "SignInByPasskeyForm",
    "SignInForm",
    "SignUpForm",
    "SuspendForm",
    "TotpForm",
]
