from django.urls import URLPattern, path

from accounts.views import people, profile

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("profile/", profile.profile, name="profile"),
    path("people/", people.people, name="people"),
    path("people/new/", people.person_new, name="person-new"),
    path("people/<uuid:public_id>/", people.person, name="person"),
]
