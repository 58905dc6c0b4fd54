"""A question of each kind in the lesson of the shared course."""

from dataclasses import dataclass
from typing import Any

import pytest

from assessments.models import Question
from assessments.question_types import seed_for
from assessments.question_types.base import token
from assessments.question_types.parts import part_seed
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
        """An answer as JSON has it: option ids as the author wrote them, or text; of parts by their ids."""
        if isinstance(answer, dict):
            seed = seed_for(user.pk, self.question.public_id)
            kinds = {part["id"]: part["kind"] for part in self.question.current.config["parts"]}
            return {"parts": {name: _given(part_seed(seed, name), kinds[name], one) for name, one in answer.items()}}
        if isinstance(answer, list):
            return {"options": [self.option(user, one) for one in answer]}
        if self.question.current.kind in ("single", "dropdown"):
            return {"option": self.option(user, answer)}
        return {"answer": answer}


def _given(seed: bytes, kind: str, answer: Any) -> dict[str, Any]:
    if isinstance(answer, list):
        return {"options": [token(seed, one) for one in answer]}
    return {"option": token(seed, answer)} if kind in ("single", "dropdown") else {"answer": answer}


@pytest.fixture
def asked(taught) -> dict[str, Asked]:
    return {kind: Asked(*put_question(taught.section, **fields)) for kind, fields in ALL.items()}


@pytest.fixture
def single(taught) -> Asked:
    return Asked(*put_question(taught.section))
