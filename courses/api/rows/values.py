"""Expressions that several readers share."""

from typing import Any

from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce


def number_of(rows: QuerySet[Any], scope: str, value: Any) -> Coalesce:
    """A number out of the rows that belong together by ``scope``, 0 if there are none."""
    numbers = rows.order_by().values(scope).annotate(number=value).values("number")
    return Coalesce(Subquery(numbers, output_field=IntegerField()), 0)


def earlier() -> Q:
    """Siblings that stand before the outer row."""
    return Q(rank__lt=OuterRef("rank")) | Q(rank=OuterRef("rank"), pk__lt=OuterRef("pk"))
