"""What the pages and the API read about changes to several people."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet

from accounts.enums import RowVerdict
from accounts.models import PeopleAction, PeopleActionRow, User

_PER_PAGE = 100


@dataclass(frozen=True)
class ActionReport:
    action: PeopleAction
    counts: dict[str, int]
    page: "Page[PeopleActionRow]"


def chosen_people(viewer: Any, ids: list[str]) -> "QuerySet[User]":
    """The people of these public ids that ``viewer`` may see; what is no id is passed over."""
    people: QuerySet[User] = User.objects.visible_to(viewer).filter(public_id__in=ids)
    return people.order_by("name", "pk")


def action_rows(action: PeopleAction) -> "QuerySet[PeopleActionRow]":
    return action.rows.select_related("user").order_by("pk")


def action_counts(action: PeopleAction) -> dict[str, int]:
    """How many people have each verdict."""
    found = action.rows.exclude(verdict="").order_by().values_list("verdict").annotate(n=Count("pk"))
    none = {verdict.value: 0 for verdict in (RowVerdict.CHANGE, RowVerdict.UNCHANGED, RowVerdict.REFUSED)}
    return none | dict(found)


def action_report(action: PeopleAction, *, page: Any = 1) -> ActionReport:
    """A page of what each would have done to them, or had."""
    return ActionReport(action, action_counts(action), Paginator(action_rows(action), _PER_PAGE).get_page(page))
