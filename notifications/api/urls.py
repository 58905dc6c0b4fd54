from django.urls import path

from notifications.api import push, views

app_name = "notifications"
urlpatterns = [
    path("notifications/", views.NotificationsView.as_view(), name="notifications"),
    path("notifications/read/", views.NotificationsReadView.as_view(), name="read-all"),
    path("notifications/preferences/", views.PreferencesView.as_view(), name="preferences"),
    path("notifications/mutes/", views.MutesView.as_view(), name="mutes"),
    path("notifications/mutes/<uuid:public_id>/", views.MuteView.as_view(), name="mute"),
    path("notifications/push/", push.PushView.as_view(), name="push"),
    path("notifications/push/try/", push.PushTrialView.as_view(), name="push-try"),
    path("notifications/push/<uuid:public_id>/", push.PushBrowserView.as_view(), name="push-browser"),
    path("notifications/deliveries/<str:thread>/", views.DeliveriesView.as_view(), name="deliveries"),
    path("notifications/deliveries/<str:thread>/people/", views.DeliveredPeopleView.as_view(), name="delivered-people"),
    path("notifications/<uuid:public_id>/", views.NotificationView.as_view(), name="notification"),
    path("notifications/<uuid:public_id>/read/", views.NotificationReadView.as_view(), name="read"),
]
