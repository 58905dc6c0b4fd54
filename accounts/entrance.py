"""Addresses of signing in and up, under the names that allauth knows them by.

Only the flows this site has: allauth's own list would also open pages that nobody designed, such as
adding addresses to one's account.
"""

from allauth.account import views
from django.urls import URLPattern, path, re_path
from django.views.generic import RedirectView

from accounts.views import auth, factors, proof, sessions

urlpatterns: list[URLPattern] = [
    path("login/", sessions.sign_in, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("signup/", auth.sign_up, name="account_signup"),
    path("inactive/", RedirectView.as_view(pattern_name="account_login"), name="account_inactive"),
    path("confirm-email/", auth.check_your_mail, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", views.confirm_email, name="account_confirm_email"),
    path("second-step/", factors.second_step, name="mfa_authenticate"),
    path("passkey/", factors.sign_in_by_passkey, name="mfa_login_webauthn"),
    path("passkey/options/", factors.passkey_options, name="passkey_options"),
    path("reauthenticate/code/", factors.prove_by_code, name="mfa_reauthenticate"),
    path("reauthenticate/passkey/", factors.prove_by_passkey, name="mfa_reauthenticate_webauthn"),
    path("reauthenticate/", proof.prove, name="account_reauthenticate"),
    path("password/change/", proof.proof_needed()(views.password_change), name="account_change_password"),
    path("password/set/", proof.proof_needed()(views.password_set), name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path("password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]
