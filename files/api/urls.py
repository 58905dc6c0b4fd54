from django.urls import URLPattern, path

from files.api import picture, uploads

app_name = "files"
urlpatterns: list[URLPattern] = [
    path("uploads/", uploads.UploadsView.as_view(), name="uploads"),
    path("uploads/<uuid:public_id>/", uploads.UploadView.as_view(), name="upload"),
    path("me/picture/", picture.MyPictureView.as_view(), name="my-picture"),
]
