from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from core import normal

# What people and spreadsheets write, with the signs that make trouble more often than chance would.
TROUBLE = " \t\r\n\u00a0\u2009\u3000\ufeff\u200b\u200d\u202a\u202e\u2066\u00ad\u0130\u1e9e\u0301\u0345\u212b\0@.,'+-0123456789aA"
TEXTS = st.text(st.one_of(st.sampled_from(TROUBLE), st.characters(exclude_categories=["Cs"])), max_size=60)
LANGUAGES = st.sampled_from(["en-gb", "de", "fr", "de-ch", "ar", "pl", "xx"])


@given(TEXTS)
def test_a_text_that_is_normal_stays_as_it_is(text):
    for function in (normal.line, normal.paragraphs, normal.email, normal.phone):
        once = function(text)
        assert function(once) == once, function


@given(TEXTS, st.sampled_from(["", "GB", "DE", "IR"]))
def test_a_phone_number_that_is_normal_stays_as_it_is_in_every_country(text, region):
    once = normal.phone(text, region=region)
    assert normal.phone(once, region=region) == once


@given(st.one_of(TEXTS, st.integers(), st.decimals(allow_nan=False)), LANGUAGES)
def test_a_number_that_was_read_stays_as_it_is(value, language):
    once = normal.number(value, language=language)
    assert once is None or normal.number(once, language=language) == once


@given(st.one_of(TEXTS, st.dates(), st.datetimes()), LANGUAGES)
def test_a_day_that_was_read_stays_as_it_is(value, language):
    once = normal.day(value, language=language)
    assert once is None or normal.day(once, language=language) == once


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("  Imani   Okafor ", "Imani Okafor"),
        ("\ufeffImani\u00a0\nOkafor\u200b", "Imani Okafor"),
        ("\u202aZoe\u0308\u202c", "Zoë"),
        ("\u202b \u202a x \u202c", "x"),
        # In the middle it is no accident; the validators speak of it.
        ("Ima\u202eni", "Ima\u202eni"),
    ],
)
def test_lines(written, stored):
    assert normal.line(written) == stored


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (" Imani@Northmoor.Example ", "imani@northmoor.example"),
        ("\ufeffZOE\u0308@example.org\u200b", "zoë@example.org"),
        ("", ""),
    ],
)
def test_addresses(written, stored):
    assert normal.email(written) == stored


@pytest.mark.parametrize(
    ("written", "region", "stored"),
    [
        ("+44 (0)1632 960001", "", "+441632960001"),
        ("01632 960001", "GB", "+441632960001"),
        ("01632 960001", "", "01632 960001"),
        ("0041 44 668 18 00", "DE", "+41446681800"),
        ("+44 1632 960001 ext. 7", "", "+44 1632 960001 ext. 7"),
        (" ask  Tom ", "GB", "ask Tom"),
        ("", "GB", ""),
    ],
)
def test_phone_numbers(written, region, stored):
    assert normal.phone(written, region=region) == stored


@pytest.mark.parametrize(
    ("written", "language", "value"),
    [
        ("1,234.5", "en-gb", Decimal("1234.5")),
        ("1.234,5", "de", Decimal("1234.5")),
        ("1.5", "de", None),
        ("1,5", "en-gb", None),
        ("1\u202f234,50", "fr", Decimal("1234.50")),
        ("\u22127", "en-gb", Decimal(-7)),
        ("1e9", "en-gb", None),
        ("Infinity", "en-gb", None),
        ("٣", "ar", None),
        (7, "de", Decimal(7)),
    ],
)
def test_numbers(written, language, value):
    # Whoever reads the page, the file's language counts.
    with translation.override("en-gb"):
        assert normal.number(written, language=language) == value


@pytest.mark.parametrize(
    ("written", "language", "value"),
    [
        ("2026-11-28", "de", date(2026, 11, 28)),
        ("28.11.2026", "de", date(2026, 11, 28)),
        ("28/11/2026", "en-gb", date(2026, 11, 28)),
        ("11/28/2026", "en-gb", None),
        ("11/28/2026", "en-us", date(2026, 11, 28)),
        ("soon", "en-gb", None),
    ],
)
def test_days(written, language, value):
    assert normal.day(written, language=language) == value
