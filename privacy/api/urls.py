from django.urls import URLPattern, path

from privacy.api import views

app_name = "privacy"
urlpatterns: list[URLPattern] = [
    path("data-exports/", views.DataExportsView.as_view(), name="data-exports"),
    path("data-exports/<uuid:public_id>/", views.DataExportView.as_view(), name="data-export"),
    path(
        "data-exports/<uuid:public_id>/download/", views.DataExportDownloadView.as_view(), name="data-export-download"
    ),
    path("me/erasure/", views.OwnErasureView.as_view(), name="own-erasure"),
    path("erasures/", views.ErasuresView.as_view(), name="erasures"),
    path("users/<uuid:public_id>/data-exports/", views.PersonDataExportsView.as_view(), name="person-data-exports"),
    path("users/<uuid:public_id>/erasure/", views.PersonErasureView.as_view(), name="person-erasure"),
    path("retention/", views.RetentionsView.as_view(), name="retentions"),
    path("retention/<slug:kind>/", views.RetentionView.as_view(), name="retention"),
    path("retention/<slug:kind>/run/", views.RetentionRunView.as_view(), name="retention-run"),
]
