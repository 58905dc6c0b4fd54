from django.urls import URLPattern, path

from files.views import serve

app_name = "files"
urlpatterns: list[URLPattern] = [
    path("<uuid:public_id>/<str:name>", serve.serve, name="serve"),
]
