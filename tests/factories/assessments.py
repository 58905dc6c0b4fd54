"""Questions in lessons, written through the services as an author would."""

from typing import Any

from assessments.models import Question
from assessments.services import authoring
from core.authz import SYSTEM
from courses.models import Block, Section
from tests.factories.courses import BlockFactory

SINGLE: dict[str, Any] = {
    "kind": "single",
    "stem": "What does **one dot** stand for?",
    "settings": {
        "options": [
            {"id": "right-person", "text": "One person", "right": True, "feedback": "FB-RIGHT placed by two numbers."},
            {"id": "average", "text": "The average", "feedback": "FB-AVERAGE would be a single dot."},
            {"id": "town", "text": "A town", "feedback": "FB-TOWN has many people."},
        ]
    },
    "hints": ["HINT-1 look at the axes."],
    "explanation": "EXPLAIN-1 each dot is one person.",
}
MULTIPLE: dict[str, Any] = {
    "kind": "multiple",
    "stem": "Which are even?",
    "settings": {
        "options": [
            {"id": "two", "text": "Number two", "right": True, "feedback": "FB-TWO"},
            {"id": "four", "text": "Number four", "right": True, "feedback": "FB-FOUR"},
            {"id": "five", "text": "Number five", "feedback": "FB-FIVE"},
        ]
    },
    "explanation": "EXPLAIN-2",
}
NUMERIC: dict[str, Any] = {
    "kind": "numeric",
    "stem": "What is the standard error?",
    "settings": {"answer": "2.75", "tolerance": "0.05", "unit": "min"},
    "hints": ["HINT-3"],
    "explanation": "EXPLAIN-3",
}
SHORT: dict[str, Any] = {
    "kind": "short",
    "stem": "What is the spread of means called?",
    "settings": {"accept": ["standard error", "SECRETWORD"]},
    "explanation": "EXPLAIN-4",
}
ALL = {"single": SINGLE, "multiple": MULTIPLE, "numeric": NUMERIC, "short": SHORT}


def put_question(section: Section, *, publish: bool = True, **fields: Any) -> tuple[Block, Question]:
    """A question in a block of ``section``; published unless said otherwise."""
    block = BlockFactory(section=section, kind="question", text="", data={})
    question = authoring.create_question(actor=SYSTEM, course=section.item.course, **(fields or SINGLE))
    authoring.attach_to_block(actor=SYSTEM, block=block, question=question)
    block.refresh_from_db()
    block.live = block.draft if publish else None
    block.save()
    return Block.objects.select_related("section__item__course", "live", "draft").get(pk=block.pk), question


POLL: dict[str, Any] = {
    "questions": [{"id": "how", "text": "How was **this part**?"}],
    "options": [{"id": "well", "text": "😍"}, {"id": "so-so", "text": "So so"}, {"id": "badly", "text": "Badly"}],
}
SURVEY: dict[str, Any] = {
    "questions": [{"id": "html", "text": "HTML"}, {"id": "css", "text": "CSS"}],
    "options": [{"id": "none", "text": "None"}, {"id": "much", "text": "Much"}],
}


def put_poll(section: Section, *, publish: bool = True, text: str = "", **settings: Any) -> Block:
    """A poll in a block of ``section``; published unless said otherwise."""
    block = BlockFactory(section=section, kind="poll", text=text, data=POLL | settings)
    if not publish:
        block.live = None
        block.save()
    return Block.objects.select_related("section__item__course", "live", "draft").get(pk=block.pk)
