"""The examples of ``docs/kinds.md`` are questions that could be asked."""

import re
import tomllib

import pytest
from django.conf import settings

from assessments.block_kind import folder_problems
from assessments.enums import QuestionKind
from assessments.question_types import TYPES
from assessments.validators import read_config

PAGE = (settings.BASE_DIR / "docs/kinds.md").read_text()
EXAMPLES = [
    (tomllib.loads(head), text.strip())
    for head, text in re.findall(r"^:::question \{#[a-z-]+\}\n(.*?)^---\n(.*?)^:::$", PAGE, re.MULTILINE | re.DOTALL)
]


@pytest.mark.parametrize(("data", "text"), EXAMPLES)
def test_an_example_can_be_asked(data, text):
    assert folder_problems(data, text) == []


@pytest.mark.parametrize(("data", "text"), EXAMPLES)
def test_an_example_says_nothing_that_goes_without_saying(data, text):
    kind = TYPES[data["kind"]]
    common = {"kind", "points", "hint", "hints", "explanation", "attempts", "show_answer"}
    own = {name: value for name, value in data.items() if name not in common}
    if "near" in own:
        own["near"].pop("credit")
    assert kind.settings(read_config(data["kind"], own)) == own


def test_every_kind_and_setting_has_an_example():
    assert {data["kind"] for data, _text in EXAMPLES} == set(QuestionKind.values)
    named = {(data["kind"], name) for data, _text in EXAMPLES for name in data}
    left_out = {"unit_required", "case_sensitive", "shuffle"}
    for key, kind in TYPES.items():
        for name in set(kind.settings_keys) - left_out:
            assert (key, name) in named, (key, name)
