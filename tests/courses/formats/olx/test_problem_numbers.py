"""Numbers of a key: worked out exactly, and never as a program."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.formats.olx.problem_numbers import NotANumber, around, number, plain, read_range, read_tolerance


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        (" −3.50 ", "-3.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("6.02e23", "6.02E+23"),
        ("5e-3", "0.005"),
        ("2*3.14", "6.28"),
        ("1/3", "0.333333333333333"),
        ("0.1+0.2", "0.3"),
        ("-2^2", "-4"),
        ("2**-3", "0.125"),
        ("2^3^2", "512"),
        ("(1+2)*(3-4)", "-3"),
        ("sqrt(2)", "1.4142135623731"),
        ("sin(pi/6) + cos(0)", "1.5"),
        ("ln(e)", "1"),
        ("log10(1000)", "3"),
        ("fact(5)", "120"),
        ("3k", "3000"),
        ("10%", "0.1"),
    ],
)
def test_expressions(text, value):
    assert plain(number(text)) == value


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "1,000", "1 2", "(1", "1)", "2+", "j", "1/0", "0/0", "sqrt(-1)", "ln(0)", "9^9^9", "10^1000", "fact(0.5)",
        "fact(1000)", "sin(10^9)", "1" * 400, "(" * 200 + "1" + ")" * 200, "2^" * 200 + "1", "__import__('os')", "1.2.3",
        "1e400", "nan", "inf", "sqrt", "sqrt 4", "[1,2]",
    ],
)  # fmt: skip
def test_what_is_none(text):
    started = time.thread_time()
    with pytest.raises(NotANumber):
        number(text)
    assert time.thread_time() - started < 1


@given(st.text("0123456789.+-*/^()e %kpisqrt", max_size=30))
def test_any_text_is_a_number_or_none(text):
    try:
        value = number(text)
    except NotANumber:
        return
    assert number(plain(value)) == value


@given(st.decimals(-(10**6), 10**6, places=4), st.decimals(0, 100, places=3), st.booleans())
def test_around_is_exact(value, tolerance, percent):
    found = around(value, (tolerance, percent))
    off = abs(value) * tolerance / 100 if percent else tolerance
    assert (found.low, found.high) == (value - off, value + off)


def test_ranges_and_tolerances():
    assert str(read_range("[ 1/4,2 )")) == "[0.25, 2)"
    assert read_tolerance(" 5% ") == (Decimal(5), True)
    assert read_tolerance("2*0.1") == (Decimal("0.2"), False)
    for text in ("[2,1]", "1,2", "[1]", "(1,2,3)", "[2,2)"):
        with pytest.raises(NotANumber):
            read_range(text)
    with pytest.raises(NotANumber):
        read_tolerance("-1")
