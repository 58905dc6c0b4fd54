from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def later(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


app_name = "courses"
urlpatterns = [
    path("courses/", later, name="catalogue"),
    path("courses/<slug:slug>/", later, name="detail"),
    path("courses/<slug:slug>/enrol/", later, name="enrol"),
    path("courses/<slug:slug>/leave/", later, name="leave"),
    path("courses/<slug:slug>/people/", later, name="people"),
    path("courses/<slug:slug>/people/add/", later, name="person-add"),
    path("courses/<slug:slug>/people/<uuid:member>/", later, name="member-edit"),
    path("courses/<slug:slug>/people/<uuid:member>/end/", later, name="member-end"),
    path("learn/<slug:slug>/<uuid:item>/", later, name="lesson"),
    path("learn/<slug:slug>/<uuid:item>/done/", later, name="lesson-done"),
    path("learn/<slug:slug>/<uuid:item>/not-done/", later, name="lesson-undone"),
    path("learn/<slug:slug>/<uuid:item>/place/", later, name="lesson-place"),
    path("teach/", later, name="teaching"),
    path("teach/new/course/", later, name="course-new"),
    path("teach/new/import/", later, name="course-import"),
    path("teach/<slug:slug>/", later, name="builder"),
    path("teach/<slug:slug>/settings/", later, name="course-edit"),
    path("teach/<slug:slug>/export/", later, name="course-export"),
    path("teach/<slug:slug>/modules/<uuid:module>/", later, name="module-edit"),
    path("teach/<slug:slug>/items/<uuid:item>/", later, name="item-edit"),
]
