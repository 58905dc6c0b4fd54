import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.question_types import TYPES
from core.errors import Invalid

SHORT = TYPES["short"]


def verdict(text, *accept, case_sensitive=False):
    config = {"accept": list(accept), "case_sensitive": case_sensitive}
    return SHORT.score(config, SHORT.parse(config, {"answer": text}, b"")).verdict


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("standard error", "right"),
        ("  Standard   ERROR ", "right"),
        ("standard\u00a0error", "right"),
        ("standarderror", "wrong"),
        ("SE", "right"),
        ("standard deviation", "wrong"),
    ],
)
def test_spaces_and_capitals_make_no_difference(text, expected):
    assert verdict(text, "standard error", "se") == expected


def test_letters_are_compared_in_one_form():
    assert verdict("Cafe\u0301", "café") == "right"
    assert verdict("STRASSE", "straße") == "right"
    assert verdict("cafe", "café") == "wrong"


def test_capitals_can_matter():
    assert verdict("print", "print", case_sensitive=True) == "right"
    assert verdict("Print", "print", case_sensitive=True) == "wrong"


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=50))
def test_what_is_accepted_is_right_in_any_spacing(text):
    assert verdict(f" {text} ", text) == "right"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "no_answer"),
        ({"answer": "   "}, "no_answer"),
        ({"answer": 12}, "not_text"),
        ({"answer": ["a"]}, "not_text"),
        ({"answer": "x" * 10_000}, "answer_too_long"),
        ({"answer": "a\x00b"}, "answer_not_text"),
        ({"answer": "a\ud800"}, "answer_not_text"),
        ({"answer": "a", "right": True}, "unknown_field"),
    ],
)
def test_what_is_no_answer(given, code):
    with pytest.raises(Invalid) as error:
        SHORT.parse({"accept": ["a"], "case_sensitive": False}, given, b"")
    assert error.value.code == code


def test_what_an_author_must_mend():
    config = {"accept": ["Mean", "mean ", ""], "case_sensitive": False}
    assert SHORT.validate(config, "?") == ["An accepted answer is empty.", "Two accepted answers are the same."]
    assert SHORT.validate({"accept": [], "case_sensitive": False}, "?") == ["Give between 1 and 50 accepted answers."]
