from django.urls import URLPattern, path

from lms.api import client_errors, events

app_name = "site"
urlpatterns: list[URLPattern] = [
    path("client-errors/", client_errors.ClientErrorsView.as_view(), name="client-errors"),
    path(
        "client-errors/<uuid:public_id>/resolved/",
        client_errors.ClientErrorStateView.as_view(),
        name="client-error-state",
    ),
    path("events/", events.EventsView.as_view(), name="events"),
]
