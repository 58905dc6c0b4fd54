from django.urls import URLPattern, path

from accounts.views import auth, keys, people, profile, security

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("accounts/resend/", auth.resend, name="resend"),
    path("profile/", profile.profile, name="profile"),
    path("profile/security/", security.security, name="security"),
    path("profile/keys/", keys.keys, name="keys"),
    path("profile/keys/<uuid:public_id>/end/", keys.key_end, name="key-end"),
    path("people/", people.people, name="people"),
    path("people/new/", people.person_new, name="person-new"),
    path("people/<uuid:public_id>/", people.person, name="person"),
    path("people/<uuid:public_id>/role/", people.person_role, name="person-role"),
    path("people/<uuid:public_id>/end/", people.person_end, name="person-end"),
    path("people/<uuid:public_id>/restore/", people.person_restore, name="person-restore"),
    path("people/<uuid:public_id>/invite/", people.person_invite, name="person-invite"),
]
