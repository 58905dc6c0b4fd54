from django.urls import URLPattern, path

from files.api import picture

app_name = "files"
urlpatterns: list[URLPattern] = [
    path("me/picture/", picture.MyPictureView.as_view(), name="my-picture"),
]
