from django.urls import URLPattern, path

from accounts.api import keys, views

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("auth/token/", views.TokenView.as_view(), name="token"),
    path("auth/token/refresh/", views.TokenRefreshView.as_view(), name="token-refresh"),
    path("auth/token/revoke/", views.TokenRevokeView.as_view(), name="token-revoke"),
    path("me/", views.MeView.as_view(), name="me"),
    path("me/keys/", keys.KeysView.as_view(), name="keys"),
    path("me/keys/<uuid:public_id>/", keys.KeyView.as_view(), name="key"),
    path("users/", views.UsersView.as_view(), name="users"),
    path("users/<uuid:public_id>/", views.UserView.as_view(), name="user"),
    path("users/<uuid:public_id>/restore/", views.UserRestoreView.as_view(), name="user-restore"),
]
