from django.urls import URLPattern, path

from accounts.views import auth, devices, keys, late_forms, people, profile, security, sessions, tokens

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path(".well-known/jwks.json", tokens.key_set, name="key-set"),
    path("accounts/resend/", auth.resend, name="resend"),
    path("accounts/session/", sessions.session, name="session"),
    path("accounts/late-form/<uuid:public_id>/", late_forms.late_form, name="late-form"),
    path("accounts/late-form/<uuid:public_id>/send/", late_forms.late_form_send, name="late-form-send"),
    path("accounts/late-form/<uuid:public_id>/discard/", late_forms.late_form_discard, name="late-form-discard"),
    path("profile/", profile.profile, name="profile"),
    path("profile/security/", security.security, name="security"),
    path("profile/keys/", keys.keys, name="keys"),
    path("profile/keys/<uuid:public_id>/end/", keys.key_end, name="key-end"),
    path("profile/devices/", devices.devices, name="devices"),
    path("profile/devices/end-others/", devices.devices_end_others, name="devices-end-others"),
    path("profile/devices/sign-out/", devices.devices_end_all, name="devices-end-all"),
    path("profile/devices/<uuid:public_id>/end/", devices.device_end, name="device-end"),
    path("people/", people.people, name="people"),
    path("people/new/", people.person_new, name="person-new"),
    path("people/<uuid:public_id>/", people.person, name="person"),
    path("people/<uuid:public_id>/role/", people.person_role, name="person-role"),
    path("people/<uuid:public_id>/end/", people.person_end, name="person-end"),
    path("people/<uuid:public_id>/restore/", people.person_restore, name="person-restore"),
    path("people/<uuid:public_id>/sign-out/", devices.person_sign_out, name="person-sign-out"),
    path("people/<uuid:public_id>/invite/", people.person_invite, name="person-invite"),
]
