"""The table of roles and permissions in the documentation is what the rules say."""

import pytest
from rules.permissions import permissions

from lms.management.commands.permissions_table import TARGET, table
from tests.contracts.source import ROOT

# The made-up rows ask for nothing; what asks the database is caught there.
pytestmark = pytest.mark.django_db


def test_the_documented_table_is_up_to_date():
    written = (ROOT / TARGET).read_text()
    assert written == table(), "Read what changed, then run: python manage.py permissions_table"


def test_every_permission_is_in_it():
    rows = [line.split("`")[1] for line in table().splitlines() if line.startswith("| `")]
    assert rows == sorted(permissions)


def test_visitors_only_look():
    visitors = {
        line.split("`")[1]: line.split("|")[2].strip() for line in table().splitlines() if line.startswith("| `")
    }
    assert {name for name, said in visitors.items() if said == "yes"} == {"courses.view_course", "courses.view_module"}


def test_every_permission_is_asked_somewhere():
    asked = "\n".join(
        path.read_text()
        for folder in (
            "core",
            "accounts",
            "files",
            "privacy",
            "courses",
            "assessments",
            "notifications",
            "lms",
            "templates",
        )
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html"} and path.name not in {"rules.py", "permissions_table.py"}
    )
    # ``visible_to`` is the other half of these; the parity test holds the halves together.
    unasked = {name for name in permissions if name not in asked and ".view_" not in name}
    assert unasked == set()
