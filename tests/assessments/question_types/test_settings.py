"""Settings of a course folder and back: the same."""

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
]


@pytest.mark.parametrize(("kind", "settings"), SETTINGS)
def test_settings_come_back_identical(kind, settings):
    assert TYPES[kind].settings(TYPES[kind].from_settings(settings)) == settings


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
    ],
)
def test_everything_misspelt_is_named_at_once(kind, settings, problems):
    with pytest.raises(Invalid) as error:
        TYPES[kind].from_settings(settings)
    assert error.value.fields == {"": problems}
