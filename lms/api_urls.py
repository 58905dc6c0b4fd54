"""Everything below /api/: one namespace per app, the schema and its reader."""

from django.urls import URLPattern, URLResolver, include, path

v1: list[URLPattern | URLResolver] = [
    path("", include("accounts.api.urls")),
    path("", include("courses.api.urls")),
    path("", include("assessments.api.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include((v1, "api"))),
]
