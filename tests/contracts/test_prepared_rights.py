"""Rights whose question is written once for all: it must not hold anything that could be another the next time."""

from datetime import date, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from core.prepared import AnyPerson, Parameter, is_preparable
from core.slots import FILE_ACCESS, PERSON_ACCESS

# Shares end by the hour.
NOT_PREPARABLE = {"file_version"}


def test_all_kinds_but_those_that_depend_on_the_hour_are_prepared():
    assert {kind for kind, rows in FILE_ACCESS.items() if not is_preparable(rows)} == NOT_PREPARABLE
    # Pictures of people ask them all.
    assert all(is_preparable(rows) for rows in PERSON_ACCESS)


@pytest.mark.parametrize(
    "rows",
    [rows for slot in (FILE_ACCESS, PERSON_ACCESS) for _kind, rows in slot.items() if is_preparable(rows)],
    ids=lambda rows: rows.__name__,
)
def test_what_is_prepared_reads_nothing_and_depends_on_nothing_but_the_person(rows):
    """Without a database: what reads one fails here."""
    _sql, params = rows(AnyPerson()).query.get_compiler(connection=connection).as_sql()
    assert {param.name for param in params if isinstance(param, Parameter)} == {"person"}
    assert not [param for param in params if isinstance(param, date | datetime)]
    # A visitor has no number to be put in.
    rows(AnonymousUser())
