from django.contrib import admin

from assessments.models import Answer, Attempt, BlockQuestion, PollVote, Question, QuestionRevision
from core.admin import ReadOnlyAdmin


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "course", "version", "created_at", "deleted_at")
    list_select_related = ("course",)
    search_fields = ("public_id", "current__stem")

    def get_queryset(self, request):  # type: ignore[no-untyped-def]
        """Those in the bin, too."""
        return Question.everything.all()


@admin.register(QuestionRevision)
class QuestionRevisionAdmin(ReadOnlyAdmin):
    list_display = ("question", "number", "kind", "created_at", "created_by")
    list_select_related = ("created_by",)
    list_filter = ("kind",)
    search_fields = ("stem",)


@admin.register(BlockQuestion)
class BlockQuestionAdmin(ReadOnlyAdmin):
    list_display = ("block", "question")


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "user", "item", "number", "state", "points", "max_points", "submitted_at")
    list_select_related = ("user", "item")
    list_filter = ("state",)
    search_fields = ("public_id", "user__email", "item__title")


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin):
    list_display = ("attempt", "question", "verdict", "points", "version", "saved_at")
    list_filter = ("verdict",)


@admin.register(PollVote)
class PollVoteAdmin(ReadOnlyAdmin):
    list_display = ("user", "block", "question", "option", "changed_at")
    list_select_related = ("user", "block")
    search_fields = ("user__name", "user__email")
