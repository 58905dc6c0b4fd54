from django.urls import path

from assessments.api import polls, views

app_name = "assessments"
urlpatterns = [
    path("questions/", views.QuestionsView.as_view(), name="questions"),
    path("questions/<uuid:public_id>/", views.QuestionView.as_view(), name="question"),
    path("attempts/", views.AttemptsView.as_view(), name="attempts"),
    path("attempts/<uuid:public_id>/", views.AttemptView.as_view(), name="attempt"),
    path("attempts/<uuid:public_id>/answers/<uuid:question>/", views.AnswerView.as_view(), name="answer"),
    path("attempts/<uuid:public_id>/submit/", views.SubmitView.as_view(), name="submit"),
    path("polls/", polls.PollsView.as_view(), name="polls"),
    path("polls/<uuid:block>/", polls.PollView.as_view(), name="poll"),
    path("polls/<uuid:block>/vote/", polls.VoteView.as_view(), name="poll-vote"),
]
