from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.question_types import TYPES
from assessments.question_types.numeric import split_number
from core.errors import Invalid

NUMERIC = TYPES["numeric"]


def config(**changes):
    return {"answer": "2.75", "tolerance": "0.05", "unit": "", "unit_required": False} | changes


def verdict(text, **changes):
    return NUMERIC.score(config(**changes), NUMERIC.parse(config(**changes), {"answer": text}, b"")).verdict


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("12.5", "12.5", ""),
        ("12,5", "12.5", ""),
        ("−3", "-3", ""),
        ("+.5", "0.5", ""),
        ("1 234,5", "1234.5", ""),
        ("1\u202f234.5", "1234.5", ""),
        ("1\u00a0234\u00a0567", "1234567", ""),
        ("1,234.5", "1234.5", ""),
        ("1.234,5", "1234.5", ""),
        ("1,234,567", "1234567", ""),
        ("3,142", "3.142", ""),
        ("3.141 592 65", "3.14159265", ""),
        ("1e3", "1000", ""),
        ("1.5E-4", "0.00015", ""),
        ("1.5 × 10^-4", "0.00015", ""),
        ("1,5·10⁻⁴", "0.00015", ""),
        ("10⁻³ m", "0.001", "m"),
        ("12 min", "12", "min"),
        ("12min", "12", "min"),
        ("95%", "95", "%"),
        ("4 eV", "4", "eV"),
        ("١٢", "12", ""),
    ],
)
def test_numbers_as_people_write_them(text, value, unit):
    found, found_unit = split_number(text)
    assert (found, found_unit) == (Decimal(value), unit)


@pytest.mark.parametrize(
    "text", ["abc", "1.2.3", "1 2 3", "12 34", "1/2", "1-2", "NaN", "inf", "12..", "1_000", "1e99999", "--3", "1e400"]
)
def test_what_is_no_number_is_said_so(text):
    with pytest.raises(Invalid) as error:
        split_number(text)
    assert error.value.code in {"not_a_number", "number_too_large"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.75", "right"),
        ("2.70", "right"),
        ("2.8", "right"),
        ("2,8", "right"),
        ("2.8000", "right"),
        ("2.69999999999999999999", "wrong"),
        ("2.80000000000000000001", "wrong"),
        ("-2.75", "wrong"),
        ("275e-2", "right"),
    ],
)
def test_the_bounds_of_the_tolerance_are_right(text, expected):
    assert verdict(text) == expected


def test_exactly_as_floats_could_not():
    assert verdict("0.3", answer="0.1", tolerance="0.2") == "right"
    assert verdict("0.30000000000000001", answer="0.1", tolerance="0.2") == "wrong"
    assert verdict("1e50", answer="1e50", tolerance="0") == "right"
    assert verdict("1e-60", answer="0", tolerance="0") == "wrong"


def test_an_optional_unit_may_be_written():
    assert verdict("2.75 min", unit="min") == "right"
    assert verdict("2.75 MIN", unit="min") == "right"
    assert verdict("2.75", unit="min") == "right"
    with pytest.raises(Invalid) as error:
        verdict("2.75 h", unit="min")
    assert str(error.value.message) == "Give the number in min, or write it without a unit."


def test_a_unit_where_none_belongs_is_refused():
    with pytest.raises(Invalid) as error:
        verdict("2.75 min")
    assert error.value.code == "unit_unexpected"


def test_a_required_unit_is_part_of_the_answer():
    rules = {"unit": "mW", "unit_required": True}
    assert verdict("2.75 mW", **rules) == "right"
    assert verdict("2.75 MW", **rules) == "wrong"
    with pytest.raises(Invalid) as error:
        verdict("2.75", **rules)
    assert error.value.code == "unit_missing"
    assert NUMERIC.public(config(**rules), b"") == {"unit": "", "unit_required": True}


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=6), st.decimals(min_value=0, max_value=10**6, places=6)
)
def test_right_is_exactly_within_the_tolerance(off, tolerance):
    answer = Decimal("41.5")
    given_value = answer + off
    expected = "right" if abs(off) <= tolerance else "wrong"
    assert verdict(f"{given_value:f}", answer=str(answer), tolerance=f"{tolerance:f}") == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=4))
def test_a_number_is_read_back_however_it_is_written(value):
    assert split_number(f"{value:f}")[0] == value
    assert split_number(f"{value:f}".replace(".", ","))[0] == value
    assert split_number(f"{value:,f}".replace(",", " "))[0] == value


def outcome(text):
    try:
        return split_number(text)[0]
    except Invalid as error:
        return str(error.message)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_a_sentence(text):
    found = outcome(text)
    assert found.endswith(".") if isinstance(found, str) else found.is_finite()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"answer": "2,75"}, "The answer must be a number with a decimal point, such as 12.5."),
        ({"answer": "1e999"}, "The answer must be a number with a decimal point, such as 12.5."),
        ({"tolerance": "-1"}, "The tolerance must be a number of 0 or more, such as 0.05, or a share such as 5%."),
        ({"unit": " min"}, "A unit has at most 20 characters and starts with none of 0-9."),
        ({"unit_required": True}, "Name the unit that has to be given."),
    ],
)
def test_what_an_author_must_mend(changes, problem):
    assert NUMERIC.validate(config(**changes), "How long?") == [problem]
