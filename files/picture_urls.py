from django.urls import URLPattern, path

from files.views import picture

app_name = "picture"
urlpatterns: list[URLPattern] = [
    path("", picture.picture, name="set"),
    path("remove/", picture.picture_remove, name="remove"),
]
