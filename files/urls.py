from django.urls import URLPattern, path

from files import views

app_name = "files"
urlpatterns: list[URLPattern] = [
    path("<uuid:public_id>/<str:name>", views.serve, name="serve"),
]
