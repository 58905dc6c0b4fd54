from django.urls import URLPattern, path

from courses.api.views import content, course, enrolment, health, imports, lesson, module, page, progress, watching

app_name = "courses"
urlpatterns: list[URLPattern] = [
    path("courses/", course.CoursesView.as_view(), name="courses"),
    path("courses/<slug:slug>/", course.CourseView.as_view(), name="course"),
    path("courses/<slug:slug>/publish/", course.CoursePublishView.as_view(), name="course-publish"),
    path("courses/<slug:slug>/unpublish/", course.CourseUnpublishView.as_view(), name="course-unpublish"),
    path("courses/<slug:slug>/archive/", course.CourseArchiveView.as_view(), name="course-archive"),
    path("courses/<slug:slug>/modules/", module.ModulesView.as_view(), name="modules"),
    path("courses/<slug:slug>/pages/", page.CoursePagesView.as_view(), name="pages"),
    path("courses/<slug:slug>/pages/<uuid:public_id>/", page.CoursePageView.as_view(), name="page"),
    path("courses/<slug:slug>/health/", health.CourseHealthView.as_view(), name="course-health"),
    path("courses/<slug:slug>/enrolments/", enrolment.CourseEnrolmentsView.as_view(), name="course-enrolments"),
    path("courses/<slug:slug>/progress/", progress.CourseProgressView.as_view(), name="course-progress"),
    path("modules/<uuid:public_id>/", module.ModuleView.as_view(), name="module"),
    path("lessons/", lesson.LessonsView.as_view(), name="lessons"),
    path("lessons/<uuid:public_id>/", lesson.LessonView.as_view(), name="lesson"),
    path("lessons/<uuid:public_id>/publish/", lesson.LessonPublishView.as_view(), name="lesson-publish"),
    path("lessons/<uuid:public_id>/unpublish/", lesson.LessonUnpublishView.as_view(), name="lesson-unpublish"),
    path("lessons/<uuid:public_id>/sections/", content.LessonSectionsView.as_view(), name="lesson-sections"),
    path("lessons/<uuid:public_id>/blocks/", content.LessonBlocksView.as_view(), name="lesson-blocks"),
    path("lessons/<uuid:public_id>/progress/", progress.LessonProgressView.as_view(), name="lesson-progress"),
    path("lessons/<uuid:public_id>/progress/mark/", progress.LessonMarkView.as_view(), name="lesson-mark"),
    path("lessons/<uuid:public_id>/progress/unmark/", progress.LessonUnmarkView.as_view(), name="lesson-unmark"),
    path("sections/<uuid:public_id>/", content.SectionView.as_view(), name="section"),
    path("blocks/<uuid:public_id>/", content.BlockView.as_view(), name="block"),
    path("blocks/<uuid:public_id>/watching/", watching.WatchingView.as_view(), name="block-watching"),
    path("enrolments/", enrolment.EnrolmentsView.as_view(), name="enrolments"),
    path("enrolments/<uuid:public_id>/", enrolment.EnrolmentView.as_view(), name="enrolment"),
    path("imports/", imports.ImportsView.as_view(), name="imports"),
    path("imports/<uuid:public_id>/", imports.ImportView.as_view(), name="import"),
    path("imports/<uuid:public_id>/entries/", imports.ImportEntriesView.as_view(), name="import-entries"),
    path("imports/<uuid:public_id>/cancel/", imports.ImportCancelView.as_view(), name="import-cancel"),
    path("progress/", progress.ProgressView.as_view(), name="progress"),
]
