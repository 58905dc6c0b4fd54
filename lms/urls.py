"""Every page's address."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("accounts.entrance")),
    path("", include("accounts.urls")),
    path("", include("courses.urls")),
    path("", include("assessments.urls")),
    path("files/", include("files.urls")),
    path("api/", include("lms.api_urls")),
    path("admin/", admin.site.urls),
]

handler400 = "lms.views.errors.bad_request"
handler403 = "lms.views.errors.not_allowed"
handler404 = "lms.views.errors.not_found"
handler500 = "lms.views.errors.server_error"
handler429 = "accounts.limits.too_many_requests"
