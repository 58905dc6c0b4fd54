"""Who refers to a file; the only source of the right to read it."""

from collections.abc import Container, Iterable
from uuid import UUID

from django.db import transaction

from core.authz import SYSTEM, Actor
from core.slots import FETCHES_NOTED
from files.models import StoredFile, Usage


def set_usages(*, owner_kind: str, owner_id: int, file_ids: Iterable[UUID], actor: Actor = SYSTEM) -> None:
    """Let exactly these files be used by the owner; only differences are written.

    A file that is new here counts only if ``actor`` stored it or may see it already. Otherwise
    writing somebody else's file id into a text would open that file. Unknown ids are passed over.
    """
    wanted = set(file_ids)
    with transaction.atomic():
        present = {
            public_id: pk
            for pk, public_id in Usage.objects.filter(owner_kind=owner_kind, owner_id=owner_id).values_list(
                "pk", "file__public_id"
            )
        }
        gone = [pk for public_id, pk in present.items() if public_id not in wanted]
        if gone:
            Usage.objects.filter(pk__in=gone).delete()
        new = wanted - present.keys()
        if new:
            rows = StoredFile.objects.filter(public_id__in=new).order_by()
            Usage.objects.bulk_create(
                (
                    Usage(file=row, owner_kind=owner_kind, owner_id=owner_id)
                    for row in rows
                    if row.uploaded_by_id == actor.pk or actor.has_perm("files.view_storedfile", row)
                ),
                ignore_conflicts=True,
            )


def note_fetch(*, actor: Actor, file: StoredFile, used_as: Container[str]) -> None:
    """Have whatever uses ``file`` and wants to know write down that ``actor`` fetches it; ``used_as``: all kinds that use it."""
    kinds = [kind for kind, _note in FETCHES_NOTED.items() if kind in used_as]
    if not kinds:
        return
    for kind, owner_id in file.usages.filter(owner_kind__in=kinds).values_list("owner_kind", "owner_id"):
        FETCHES_NOTED[kind](actor, owner_id)
