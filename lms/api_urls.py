"""Everything below /api/: one namespace per app, the schema and its readers.

Unknown addresses get a problem document from ``lms.views.errors``.
"""

from django.urls import URLPattern, URLResolver, include, path

from lms.views import api_docs

v1: list[URLPattern | URLResolver] = [
    path("", include("accounts.api.urls")),
    path("", include("files.api.urls")),
    path("", include("privacy.api.urls")),
    path("", include("courses.api.urls")),
    path("", include("assessments.api.urls")),
    path("", include("notifications.api.urls")),
    path("", include("lms.api.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include((v1, "api"))),
    path("schema/", api_docs.SchemaView.as_view(), name="schema"),
    path("docs/", api_docs.swagger, name="api-docs"),
    path("redoc/", api_docs.redoc, name="api-redoc"),
]
