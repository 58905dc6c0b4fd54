from django.urls import path

from assessments.views import answer, poll, poll_editor, questions

app_name = "assessments"
urlpatterns = [
    path("learn/<slug:slug>/<uuid:item>/questions/<uuid:block>/", answer.answer, name="answer"),
    path("learn/<slug:slug>/<uuid:item>/polls/<uuid:block>/", poll.poll, name="poll"),
    path("teach/<slug:slug>/questions/", questions.question_list, name="question-list"),
    path("teach/<slug:slug>/questions/new/", questions.question_new, name="question-new"),
    path("teach/<slug:slug>/questions/<uuid:question>/", questions.question_edit, name="question-edit"),
    path("teach/<slug:slug>/questions/<uuid:question>/bin/", questions.question_bin, name="question-bin"),
    path("teach/<slug:slug>/questions/<uuid:question>/restore/", questions.question_restore, name="question-restore"),
    path("teach/<slug:slug>/blocks/<uuid:block>/question/", questions.block_question, name="block-question"),
    path("teach/<slug:slug>/blocks/<uuid:block>/poll/", poll_editor.poll_edit, name="block-poll"),
]
