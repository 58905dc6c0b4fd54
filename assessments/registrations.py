"""What this app puts into the kernel's slots."""

from django.utils.translation import gettext_lazy as _

from assessments import personal
from assessments.block_kind import QuestionBlock
from assessments.block_kinds.poll import PollBlock
from assessments.selectors.sent import sent_answer, sent_vote
from core.slots import COURSE_TABS, SENT_WORDS, CourseTab, register_block_kind


def register() -> None:
    """Called once, when all apps are loaded."""
    personal.register()
    register_block_kind("question", QuestionBlock(), order=60)
    register_block_kind("poll", PollBlock(), order=70)
    tab = CourseTab(_("Questions"), "assessments:question-list", "assessments.add_question", "questions")
    COURSE_TABS.register("questions", tab, order=60)
    SENT_WORDS.register("assessments:answer", sent_answer)
    SENT_WORDS.register("assessments:poll", sent_vote)
