"""Why things were done to people, for the entries of the event log that only point to it."""

from collections.abc import Collection
from typing import Any

from accounts.events import ImpersonationStarted
from accounts.models import GivenReason, Impersonation
from core.events import event_name
from core.models import EventLog

_LOOKED = event_name(ImpersonationStarted)


def facts_with_reasons(entries: Collection[EventLog], erased: Collection[int]) -> dict[int, dict[str, Any]]:
    """What each entry says, by its number, with the reason in words where there is one; in at most two queries.

    ``erased``: people of whom nothing that was written in words is told any more. Entries of earlier versions have the
    words themselves.
    """
    given = {entry.body["reason_id"] for entry in entries if entry.body.get("reason_id")}
    looks = {entry.body["impersonation_id"] for entry in entries if entry.name == _LOOKED}
    words = dict(GivenReason.objects.filter(pk__in=given).values_list("pk", "text")) if given else {}
    looked = dict(Impersonation.objects.filter(pk__in=looks).values_list("pk", "reason")) if looks else {}
    told = {}
    for entry in entries:
        facts = {name: value for name, value in entry.body.items() if name not in ("reason", "reason_id")}
        reason = entry.body.get("reason") or words.get(entry.body.get("reason_id"), "")
        if entry.name == _LOOKED:
            reason = reason or looked.get(entry.body["impersonation_id"], "")
        if reason and entry.person_id not in erased:
            facts["reason"] = reason
        told[entry.pk] = facts
    return told
