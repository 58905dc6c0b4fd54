"""A question of each kind in the lesson of the shared course."""

from dataclasses import dataclass
from typing import Any

import pytest

from assessments.models import Question
from assessments.question_types import seed_for
from assessments.question_types.base import token
from courses.models import Block
from tests.factories.assessments import ALL, put_question


@dataclass
class Asked:
    block: Block
    question: Question

    def option(self, user: Any, option_id: str) -> str:
        """What ``user`` sees the option named as."""
        return token(seed_for(user.pk, self.question.public_id), option_id)

    def given(self, user: Any, answer: Any) -> dict[str, Any]:
        """An answer as JSON has it: option ids as the author wrote them, or text."""
        if isinstance(answer, list):
            return {"options": [self.option(user, one) for one in answer]}
        if self.question.current.kind == "single":
            return {"option": self.option(user, answer)}
        return {"answer": answer}


@pytest.fixture
def asked(taught) -> dict[str, Asked]:
    return {kind: Asked(*put_question(taught.section, **fields)) for kind, fields in ALL.items()}


@pytest.fixture
def single(taught) -> Asked:
    return Asked(*put_question(taught.section))
