from django.urls import URLPattern, path

from lms.api import events

app_name = "site"
urlpatterns: list[URLPattern] = [
    path("events/", events.EventsView.as_view(), name="events"),
]
