"""The rows of a table of people that were refused, as a file: to be mended and sent again."""

import csv

from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.enums import RowVerdict
from accounts.models import PeopleImport
from accounts.selectors import import_rows
from accounts.tables import safe_cell


def refused_answer(run: PeopleImport) -> HttpResponse:
    """CSV with row, field and reason before what the row had; no cell begins a formula."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{run.public_id}.csv"'
    response["Cache-Control"] = "private, no-store"
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow([_("Row"), _("Field"), _("Reason"), *map(safe_cell, run.headings)])
    for row in import_rows(run, verdict=RowVerdict.REFUSED):
        writer.writerow([row.number, row.field, safe_cell(row.reason), *map(safe_cell, row.cells)])
    return response
