"""What this app puts into the kernel's slots."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.authz import SYSTEM
from core.retention import deleted_rows, register_retention
from core.slots import PERSON_PARTS, PersonalTable, PersonPart, columns, register_personal_tables
from privacy.enums import ErasureState
from privacy.models import Erasure, PersonalExport
from privacy.selectors import closed_accounts, exports_about, obstacles_of, open_erasure
from privacy.services.erasing import ask_erasure
from privacy.services.exports import MOST_REASON, remove_exports

_RECORD = "The record that somebody was erased. It has a number instead of a name."


def register() -> None:
    """Called once, when all apps are loaded."""
    PERSON_PARTS.register("privacy", PersonPart("privacy/_person.html", person_part), order=900)
    asked = columns(id="public_id") | columns("reason state created_at finished_at")
    register_personal_tables(
        PersonalTable(
            "privacy.PersonalExport",
            "user",
            area="data_exports",
            fields=asked,
            kept="Deleted with the archives, as the first step.",
        ),
        PersonalTable(
            "privacy.PersonalExport",
            "asked_by",
            area="data_exports_asked",
            fields=asked,
            kept="Says who asked; goes with the archive.",
        ),
        PersonalTable("privacy.Erasure", "user", area="erasures", fields=asked | columns("due_at"), kept=_RECORD),
        PersonalTable(
            "privacy.Erasure",
            "asked_by",
            not_exported="Names somebody else, who was erased.",
            kept="Says who asked.",
        ),
    )
    register_retention(
        {
            "personal_exports": deleted_rows(
                _("Archives of personal data"),
                _("deleted, with their bytes"),
                days=7,
                rows=lambda before: PersonalExport.objects.filter(finished_at__lt=before),
                let_go=remove_exports,
                keepable=False,
            ),
            "closed_accounts": deleted_rows(
                _("Closed accounts"),
                _("the people are erased; whoever alone owns a course is left out"),
                days=None,
                rows=closed_accounts,
                let_go=_erase_closed,
                least=30,
            ),
            "erasures": deleted_rows(
                _("Records of erasures"),
                _("deleted; the accounts without names stay"),
                days=3 * 365,
                rows=_old_erasures,
                least=30,
            ),
        },
        first=70,
    )


def person_part(viewer: Any, person: Any) -> dict[str, Any] | None:
    """For the page of a person: what administrators do with their data."""
    if viewer.pk == person.pk or not viewer.has_perm("privacy.list_requests"):
        return None
    erasure = open_erasure(person)
    return {
        "exports": exports_about(person)[:20],
        "erasure": erasure,
        "obstacles": [] if erasure else obstacles_of(person),
        "most": MOST_REASON,
        "days": settings.ERASURE_DAYS,
    }


def _erase_closed(people: "QuerySet[Any]") -> None:
    for person in people:
        ask_erasure(actor=SYSTEM, user=person, at_once=True)


def _old_erasures(before: datetime) -> "QuerySet[Erasure]":
    over = Q(state=ErasureState.DONE) | Q(state=ErasureState.TAKEN_BACK)
    return Erasure.objects.filter(over, finished_at__lt=before)
