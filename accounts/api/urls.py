from django.urls import URLPattern, path

from accounts.api import connections, devices, factors, invitations, keys, me, page_tokens, rules, tokens, users

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("auth/token/", tokens.TokenView.as_view(), name="token"),
    path("auth/token/second-factor/", tokens.TokenSecondFactorView.as_view(), name="token-second-factor"),
    path("auth/token/refresh/", tokens.TokenRefreshView.as_view(), name="token-refresh"),
    path("auth/token/revoke/", tokens.TokenRevokeView.as_view(), name="token-revoke"),
    path("auth/session/token/", page_tokens.PageTokenView.as_view(), name="session-token"),
    path("auth/session/refresh/", page_tokens.PageRefreshView.as_view(), name="session-refresh"),
    path("auth/session/end/", page_tokens.PageEndView.as_view(), name="session-end"),
    path("me/", me.MeView.as_view(), name="me"),
    path("me/second-factors/", factors.FactorsView.as_view(), name="second-factors"),
    path("me/second-factors/totp/", factors.TotpView.as_view(), name="totp"),
    path("me/second-factors/totp/confirm/", factors.TotpConfirmView.as_view(), name="totp-confirm"),
    path("me/recovery-codes/", factors.RecoveryCodesView.as_view(), name="recovery-codes"),
    path("sign-in-rules/<slug:role>/", rules.SignInRuleView.as_view(), name="sign-in-rule"),
    path("me/keys/", keys.KeysView.as_view(), name="keys"),
    path("me/keys/<uuid:public_id>/", keys.KeyView.as_view(), name="key"),
    path("me/devices/", devices.DevicesView.as_view(), name="devices"),
    path("me/devices/<uuid:public_id>/", devices.DeviceView.as_view(), name="device"),
    path("me/sign-out-everywhere/", devices.SignOutView.as_view(), name="sign-out-everywhere"),
    path("me/connections/", connections.OwnConnectionsView.as_view(), name="own-connections"),
    path("me/connections/<uuid:public_id>/", connections.OwnConnectionView.as_view(), name="own-connection"),
    path("connections/", connections.ConnectionsView.as_view(), name="connections"),
    path("connections/<uuid:public_id>/", connections.ConnectionView.as_view(), name="connection"),
    path("connections/<uuid:public_id>/try/", connections.ConnectionTryView.as_view(), name="connection-try"),
    path("invitations/", invitations.InvitationsView.as_view(), name="invitations"),
    path("invitations/accept/", invitations.AcceptInvitationView.as_view(), name="invitation-accept"),
    path("invitations/<uuid:public_id>/", invitations.InvitationView.as_view(), name="invitation"),
    path("users/", users.UsersView.as_view(), name="users"),
    path("users/<uuid:public_id>/", users.UserView.as_view(), name="user"),
    path("users/<uuid:public_id>/sign-out/", devices.UserSignOutView.as_view(), name="user-sign-out"),
    path(
        "users/<uuid:public_id>/reset-second-factors/",
        users.UserResetFactorsView.as_view(),
        name="user-reset-second-factors",
    ),
    path("users/<uuid:public_id>/restore/", users.UserRestoreView.as_view(), name="user-restore"),
]
