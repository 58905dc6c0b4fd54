from allauth.account import forms as allauth_forms


class SignInForm(allauth_forms.LoginForm):  # type: ignore[misc]
    pass


class SignUpForm(allauth_forms.SignupForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    pass


class NewPasswordForm(allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    pass
