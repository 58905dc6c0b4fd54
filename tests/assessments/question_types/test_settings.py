"""Settings of a course folder and back: the same."""

import json
from decimal import Decimal

import pytest

from assessments.question_types import TYPES
from core.errors import Invalid

SETTINGS = [
    (
        "single",
        {"options": [{"id": "a", "text": "A", "right": True}, {"id": "b", "text": "B", "feedback": "No."}]},
    ),
    ("multiple", {"shuffle": False, "options": [{"id": "a", "text": "A", "right": True}, {"id": "b", "text": "B"}]}),
    ("numeric", {"answer": "2.131", "tolerance": "0.001", "unit": "min", "unit_required": True}),
    ("numeric", {"answer": "7"}),
    ("short", {"accept": ["mean", "average"], "case_sensitive": True}),
    ("short", {"accept": ["mean"]}),
    (
        "single",
        {
            "options": [
                {"id": "a", "text": "A", "right": True},
                {"id": "b", "text": "B", "feedback": "Nearly.", "credit": "0.5"},
                {"id": "c", "text": "None of these", "fixed": True},
            ]
        },
    ),
    ("dropdown", {"options": [{"id": "a", "text": "A", "right": True}, {"id": "b", "text": "B", "credit": "0.25"}]}),
    (
        "multiple",
        {
            "credit": "halves",
            "options": [
                {"id": "a", "text": "A", "right": True, "feedback_unchosen": "Look again at A."},
                {"id": "b", "text": "B", "fixed": True},
            ],
            "combinations": [{"options": ["a", "b"], "feedback": "Both cannot be."}],
        },
    ),
    (
        "numeric",
        {
            "answer": "20",
            "tolerance": "5%",
            "unit": "m",
            "feedback": "That is it.",
            "near": {"tolerance": "3", "credit": "0.25"},
            "others": [{"answer": "2", "feedback": "A zero is lost."}, {"range": "[-1, 0)", "credit": "1"}],
        },
    ),
    ("numeric", {"range": "[10, 20)", "near": {"tolerance": "1"}}),
    ("short", {"pattern": "colou?rs?", "feedback": "Yes."}),
    ("short", {"accept": ["mean"], "others": [{"accept": ["mode"], "credit": "0.5", "feedback": "Another middle."}]}),
    (
        "parts",
        {
            "parts": [
                {"id": "a", "kind": "numeric", "points": 2, "text": "How many?", "answer": "4"},
                {"id": "b", "kind": "short", "points": Decimal("0.5"), "accept": ["mean"]},
                {
                    "id": "c",
                    "kind": "multiple",
                    "credit": "each",
                    "options": [{"id": "a", "text": "A", "right": True}, {"id": "b", "text": "B"}],
                },
            ]
        },
    ),
]


@pytest.mark.parametrize(("kind", "settings"), SETTINGS)
def test_settings_come_back_identical(kind, settings):
    config = TYPES[kind].from_settings(settings)
    assert json.loads(json.dumps(config)) == config
    assert TYPES[kind].settings(config) == settings
    assert TYPES[kind].from_settings(TYPES[kind].settings(config)) == config
    assert TYPES[kind].validate(config, "Which?") == []


@pytest.mark.parametrize(
    ("kind", "settings", "problems"),
    [
        ("single", {}, ["“options” is missing; it must be a list of tables."]),
        (
            "single",
            {"options": [{"id": 1, "txt": "A"}], "shufle": True},
            [
                "There is no setting “shufle” here.",
                "Option 1: There is no setting “txt” here.",
                "Option 1: “id” must be text.",
                "Option 1: “text” is missing; it must be text.",
            ],
        ),
        ("numeric", {"answer": 2.5}, ["“answer” must be text."]),
        ("short", {"accept": "mean"}, ["“accept” must be a list of texts."]),
        ("short", {"accept": ["a"], "case_sensitive": "yes"}, ["“case_sensitive” must be true or false."]),
        (
            "multiple",
            {
                "options": [{"id": "a", "text": "A", "credit": "0.5"}],
                "credit": "some",
                "combinations": [{"options": "a"}],
            },
            [
                "Option 1: There is no setting “credit” here.",
                "“credit” must be one of balanced, none, each, halves.",
                "Combination 1: “options” must be a list of texts.",
                "Combination 1: “feedback” is missing; it must be text.",
            ],
        ),
        (
            "numeric",
            {"range": "[1,2]", "near": "0.1", "others": [{"value": "3"}]},
            ["“near” must be a table.", "Other answer 1: There is no setting “value” here."],
        ),
        (
            "parts",
            {"parts": [{"id": "a", "kind": "parts"}, {"id": "b", "kind": "short", "points": 0, "acept": []}]},
            [
                "Part 1: “kind” must be one of single, multiple, numeric, short, dropdown.",
                "Part 2: “points” must be a number above 0, at most 1000.",
                "Part 2: There is no setting “acept” here.",
                "Part 2: “accept” is missing; it must be a list of texts.",
            ],
        ),
    ],
)
def test_everything_misspelt_is_named_at_once(kind, settings, problems):
    with pytest.raises(Invalid) as error:
        TYPES[kind].from_settings(settings)
    assert error.value.fields == {"": problems}
