"""Every page's address."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from core.realtime.views import socket_door
from lms import health
from lms.views import docs, home, mail, operations, site

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    # First what is opened all day: addresses are tried in this order.
    path("", include("courses.urls")),
    path("accounts/", include("accounts.entrance")),
    path("", include("accounts.urls")),
    path("profile/picture/", include("files.picture_urls")),
    path("", include("assessments.urls")),
    path("", include("notifications.urls")),
    path("", include("privacy.urls")),
    path("files/", include("files.urls")),
    path("api/", include("lms.api_urls")),
    path("admin/", admin.site.urls),
    path("sent-mail/", mail.mail_list, name="sent-mail"),
    path("sent-mail/<uuid:public_id>/", mail.mail_detail, name="sent-mail-detail"),
    path("operations/", operations.operations, name="operations"),
    path("operations/events/", operations.events, name="events"),
    path("operations/browser-errors/", operations.browser_errors, name="client-errors"),
    path("operations/browser-errors/<uuid:public_id>/", operations.browser_error_state, name="client-error-state"),
    path("operations/jobs/again/", operations.jobs_run_again, name="jobs-run-again"),
    path("operations/jobs/<uuid:job_id>/again/", operations.job_run_again, name="job-run-again"),
    path("docs/errors/", docs.error_list, name="error-docs"),
    path("docs/errors/<slug:code>/", docs.error_doc, name="error-doc"),
    path("styleguide/", site.styleguide, name="styleguide"),
    path("offline/", site.offline, name="offline"),
    path("robots.txt", site.robots, name="robots"),
    path("favicon.ico", site.favicon, name="favicon"),
    path("ws/v1/", socket_door, name="socket"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "lms.views.errors.bad_request"
handler403 = "lms.views.errors.not_allowed"
handler404 = "lms.views.errors.not_found"
handler500 = "lms.views.errors.server_error"
handler429 = "accounts.limits.too_many_requests"
