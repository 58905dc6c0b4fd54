from django.urls import URLPattern, path

from courses.api import views

app_name = "courses"
urlpatterns: list[URLPattern] = [
    path("courses/", views.CoursesView.as_view(), name="courses"),
    path("courses/<slug:slug>/", views.CourseView.as_view(), name="course"),
    path("courses/<slug:slug>/publish/", views.CoursePublishView.as_view(), name="course-publish"),
    path("courses/<slug:slug>/unpublish/", views.CourseUnpublishView.as_view(), name="course-unpublish"),
    path("courses/<slug:slug>/archive/", views.CourseArchiveView.as_view(), name="course-archive"),
    path("courses/<slug:slug>/modules/", views.ModulesView.as_view(), name="modules"),
    path("courses/<slug:slug>/enrolments/", views.CourseEnrolmentsView.as_view(), name="course-enrolments"),
    path("courses/<slug:slug>/progress/", views.CourseProgressView.as_view(), name="course-progress"),
    path("modules/<uuid:public_id>/", views.ModuleView.as_view(), name="module"),
    path("lessons/", views.LessonsView.as_view(), name="lessons"),
    path("lessons/<uuid:public_id>/", views.LessonView.as_view(), name="lesson"),
    path("lessons/<uuid:public_id>/publish/", views.LessonPublishView.as_view(), name="lesson-publish"),
    path("lessons/<uuid:public_id>/unpublish/", views.LessonUnpublishView.as_view(), name="lesson-unpublish"),
    path("lessons/<uuid:public_id>/sections/", views.LessonSectionsView.as_view(), name="lesson-sections"),
    path("lessons/<uuid:public_id>/blocks/", views.LessonBlocksView.as_view(), name="lesson-blocks"),
    path("lessons/<uuid:public_id>/progress/", views.LessonProgressView.as_view(), name="lesson-progress"),
    path("lessons/<uuid:public_id>/progress/mark/", views.LessonMarkView.as_view(), name="lesson-mark"),
    path("lessons/<uuid:public_id>/progress/unmark/", views.LessonUnmarkView.as_view(), name="lesson-unmark"),
    path("sections/<uuid:public_id>/", views.SectionView.as_view(), name="section"),
    path("blocks/<uuid:public_id>/", views.BlockView.as_view(), name="block"),
    path("enrolments/", views.EnrolmentsView.as_view(), name="enrolments"),
    path("enrolments/<uuid:public_id>/", views.EnrolmentView.as_view(), name="enrolment"),
    path("progress/", views.ProgressView.as_view(), name="progress"),
]
