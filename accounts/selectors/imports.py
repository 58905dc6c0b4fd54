"""What the pages and the API read about tables of people."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet

from accounts.columns import known_fields
from accounts.enums import PeopleImportState, RowVerdict
from accounts.models import PeopleImport, PeopleImportRow

_PER_PAGE = 100


@dataclass(frozen=True)
class ImportReport:
    """``verdicts``: (key, label, how many) of those that there are; ``columns``: (place, heading, field) of each column."""

    run: PeopleImport
    counts: dict[str, int]
    verdict: str
    verdicts: list[tuple[str, str, int]]
    columns: list[tuple[int, str, str]]
    fields: list[tuple[str, str]]
    page: "Page[PeopleImportRow]"

    @property
    def percent(self) -> int | None:
        return self.run.done * 100 // self.run.total if self.run.total else None

    @property
    def is_applied(self) -> bool:
        return self.run.state == PeopleImportState.DONE


def list_people_imports(viewer: Any) -> "QuerySet[PeopleImport]":
    """Tables that were sent, the latest first, without their contents."""
    rows: QuerySet[PeopleImport] = PeopleImport.objects.visible_to(viewer)
    return rows.defer("content").select_related("user").order_by("-pk")


def import_rows(run: PeopleImport, *, verdict: str = "") -> "QuerySet[PeopleImportRow]":
    """The rows of a table as they stand in it, those of one verdict if it is given."""
    rows = run.rows.order_by("number")
    return rows.filter(verdict=verdict) if verdict else rows


def import_counts(run: PeopleImport) -> dict[str, int]:
    """How many rows have each verdict."""
    found = run.rows.order_by().values_list("verdict").annotate(n=Count("pk"))
    return dict.fromkeys(RowVerdict.values, 0) | dict(found)


def import_report(run: PeopleImport, *, verdict: str = "", page: Any = 1) -> ImportReport:
    """A page of what each row would do, or did; of one verdict, if it is given and there is some."""
    counts = import_counts(run)
    verdict = verdict if counts.get(verdict) else ""
    labels = known_fields()
    return ImportReport(
        run,
        counts,
        verdict,
        [(key, str(RowVerdict(key).label), count) for key, count in counts.items() if count],
        [(place, heading, run.columns.get(str(place), "")) for place, heading in enumerate(run.headings)],
        [(name, str(label)) for name, label in labels.items()],
        Paginator(import_rows(run, verdict=verdict), _PER_PAGE).get_page(page),
    )
