"""Pages of notifications."""

from django.urls import path

from notifications.views import centre, deliveries, preferences, push

app_name = "notifications"
urlpatterns = [
    path("sw.js", push.service_worker, name="service-worker"),
    path("notifications/", centre.centre, name="centre"),
    path("notifications/badge/", push.badge, name="badge"),
    path("notifications/read/", centre.read_all, name="read-all"),
    path("notifications/preferences/", preferences.preferences, name="preferences"),
    path("notifications/push/try/", push.push_try, name="push-try"),
    path("notifications/browsers/<uuid:public_id>/remove/", push.browser_remove, name="browser-remove"),
    path("notifications/mutes/<uuid:public_id>/end/", centre.mute_end, name="mute-end"),
    path("notifications/unsubscribe/<str:token>/", preferences.unsubscribe, name="unsubscribe"),
    path("notifications/deliveries/<str:thread>/", deliveries.deliveries, name="deliveries"),
    path("notifications/<uuid:public_id>/", centre.open_one, name="open"),
    path("notifications/<uuid:public_id>/read/", centre.read_one, name="read"),
    path("notifications/<uuid:public_id>/mute/", centre.mute_one, name="mute"),
]
