from django.urls import URLPattern, path

from privacy.views import own, people, retention

app_name = "privacy"
urlpatterns: list[URLPattern] = [
    path("profile/data/", own.own_data, name="own-data"),
    path("profile/data/export/", own.export_ask, name="export-ask"),
    path("profile/data/exports/<uuid:public_id>/", own.export_download, name="export-download"),
    path("profile/data/erase/", own.erasure_ask, name="erasure-ask"),
    path("profile/data/erasures/<uuid:public_id>/take-back/", own.erasure_take_back, name="erasure-take-back"),
    path("people/<uuid:public_id>/data/export/", people.person_export, name="person-export"),
    path("people/<uuid:public_id>/data/erase/", people.person_erase, name="person-erase"),
    path("operations/personal-data/", people.requests, name="requests"),
    path("operations/retention/", retention.retention, name="retention"),
    path("operations/retention/<slug:kind>/", retention.retention_change, name="retention-change"),
    path("operations/retention/<slug:kind>/run/", retention.retention_run, name="retention-run"),
]
