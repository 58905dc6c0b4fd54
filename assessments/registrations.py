"""What this app puts into the kernel's slots."""

from django.utils.translation import gettext_lazy as _

from assessments import personal
from assessments.block_kind import QuestionBlock
from assessments.block_kinds.poll import PollBlock
from assessments.selectors.bank import questions_using, questions_written_by
from assessments.selectors.sent import sent_answer, sent_vote
from assessments.services.authoring import FILES_OWNER
from core.slots import COURSE_TABS, FILE_ACCESS, FILE_OWNERS, SENT_WORDS, CourseTab, register_block_kind


def register() -> None:
    """Called once, when all apps are loaded."""
    personal.register()
    register_block_kind("question", QuestionBlock(), order=60)
    register_block_kind("poll", PollBlock(), order=70)
    tab = CourseTab(_("Questions"), "assessments:question-list", "assessments.add_question", "questions")
    COURSE_TABS.register("questions", tab, order=60)
    FILE_ACCESS.register(FILES_OWNER, questions_written_by)
    FILE_OWNERS.register(FILES_OWNER, questions_using)
    SENT_WORDS.register("assessments:answer", sent_answer)
    SENT_WORDS.register("assessments:poll", sent_vote)
