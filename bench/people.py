"""What looking after a hundred thousand people costs: the list page by page, and bringing ten thousand in.

.venv/bin/python -m bench.people [--quick]
"""

import argparse
import statistics
import time
from typing import Any

from bench.harness import Table, prepare, session_of

PAGE_MS, QUERIES = 60, 6
IMPORT_SECONDS = 60
LIST_MS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the people")
    quick = parser.parse_args().quick
    prepare("bench.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.factories import CourseFactory, UserFactory

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS = ["*"]
    people = 10_000 if quick else 100_000
    fill(people)
    admin = UserFactory(email="admin@example.org", name="Ada Admin", role="admin", verified=True)
    client, table = Client(headers={"cookie": session_of(admin)}), Table()

    def page(address: str, template: bool = True) -> tuple[float, int, Any]:
        client.get(address)
        taken = []
        for _ in range(5 if quick else 9):
            # Processor, the database's within it: other programs on the machine do not count.
            began = time.process_time()
            response = client.get(address)
            taken.append((time.process_time() - began) * 1000)
            assert response.status_code == 200, (address, response.status_code)
        with CaptureQueriesContext(connection) as seen:
            response = client.get(address)
        return statistics.median(taken), len(seen), response

    print(f"{people:,} people, {connection.vendor}\n")
    middle = people // 2
    for what, address in {
        "the first page": "/people/",
        "a page in the middle": f"/people/?at={cursor_at(middle)}",
        "seen last, role, second factor": "/people/?ordering=-seen_at&role=student&factor=no",
        "joined last, all accounts": "/people/?ordering=-joined_at&state=all",
        "search that finds many": "/people/?q=person",
        "search that finds one": f"/people/?q=person{middle}%40",
        "search that finds nobody": "/people/?q=nowhere",
        "suspended": "/people/?state=suspended",
    }.items():
        took, queries, _response = page(address)
        table.add(f"page of people, {what}", took, "ms of processor", at_most=PAGE_MS)
        table.add(f"page of people, {what}: queries", queries, at_most=QUERIES)
    took, queries, response = page("/api/v1/users/?page_size=50")
    table.add("API, 50 people", took, "ms of processor", at_most=PAGE_MS)
    table.add("API, 50 people: queries", queries, at_most=QUERIES)
    assert response.json()["count"] is None
    took, _queries, response = page("/api/v1/users/?page_size=50&count=exact")
    table.add("API, 50 people, counted", took, "ms")
    assert response.json()["count"] > people * 0.99
    for _ in range(50):
        CourseFactory()
    took, _queries, response = page("/api/v1/courses/?page_size=50")
    table.add("API, 50 courses", took, "ms of processor", at_most=LIST_MS)
    assert len(response.json()["results"]) == 50
    rows = 1_000 if quick else 10_000
    took, done = bring_in(admin, rows)
    assert done == {"create": rows, "change": 0, "unchanged": 0, "refused": 0}, done
    table.add(f"CSV of {rows:,} people, read and applied", took, "s of processor", at_most=IMPORT_SECONDS)
    took, done = bring_in(admin, rows)
    assert done == {"create": 0, "change": 0, "unchanged": rows, "refused": 0}, done
    table.add(f"CSV of {rows:,} people once more", took, "s of processor", at_most=IMPORT_SECONDS)
    table.leave()


def bring_in(admin: Any, rows: int) -> tuple[float, dict[str, int]]:
    """Seconds for the jobs of one table, and what came of it. Passwords are not hashed: that would be some minutes."""
    from accounts.models import PeopleImport
    from accounts.selectors import import_counts
    from accounts.services import people_import

    lines = [f"New{n}@Example.edu,First {n},Last {n}" for n in range(rows)]
    content = "\n".join(["email,firstname,lastname", *lines]).encode()
    began = time.process_time()
    run = people_import.start_people_import(actor=admin, name="people.csv", content=content)
    people_import.read_run(run=PeopleImport.objects.get(pk=run.pk))
    people_import.apply_people_import(actor=admin, run=run)
    people_import.apply_run(run=PeopleImport.objects.get(pk=run.pk))
    return time.process_time() - began, import_counts(run)


def fill(people: int) -> None:
    """``people`` accounts, some suspended, closed, never seen."""
    from datetime import timedelta

    from django.utils import timezone

    from accounts.models import User
    from accounts.models.user import NEVER

    now = timezone.now()
    for begin in range(0, people, 5000):
        User.objects.bulk_create(
            User(
                email=f"person{n}@example.org",
                name=f"Person {n * 7919 % people:06d}",
                password="!",
                date_joined=now - timedelta(minutes=n),
                last_seen_at=NEVER if n % 10 == 0 else now - timedelta(minutes=n * 31 % 400_000),
                has_second_factor=n % 3 == 0,
                role="manager" if n % 50 == 0 else "student",
                is_active=n % 1000 not in (1, 2),
                suspended_at=now if n % 1000 == 1 else None,
                ended_at=now if n % 1000 == 2 else None,
            )
            for n in range(begin, min(begin + 5000, people))
        )
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def cursor_at(row: int) -> str:
    from accounts.models import User
    from accounts.selectors.people import ORDERINGS
    from core.cursor import cursor_of

    return cursor_of(User.objects.active().order_by("name", "id")[row], ORDERINGS["name"])


if __name__ == "__main__":
    main()
