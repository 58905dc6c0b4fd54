"""Who opened, fetched or shared what, and who was refused it: written down where owners can read it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from files.enums import AccessAction
from files.models import AccessLog, File, Folder, Share
from files.selectors.entries import file_at, folder_at, is_noted
from files.selectors.uses import KeptUse, Uses, uses_at

# The same refusal is written down once in a while, so that nobody fills the book by asking.
_DENIED_ONCE_IN = timedelta(minutes=10)
_LATEST = 30
_VIEWED_ONCE_IN = timedelta(minutes=1)
# What a lesson has is opened again and again while somebody learns.
_USED_ONCE_IN = timedelta(hours=1)


def note_access(
    *, action: AccessAction, user: Any, entry: File | Folder, share: Share | None = None, number: int | None = None
) -> None:
    """Write down that ``user`` (None or a visitor: whoever has the link) did ``action`` with ``entry``."""
    AccessLog.objects.create(
        file=entry if isinstance(entry, File) else None,
        folder=entry if isinstance(entry, Folder) else None,
        action=action,
        user_id=getattr(user, "pk", None),
        share=share,
        number=number,
    )


def note_downloads(*, user: Any, entries: Sequence[File | Folder], share: Share | None = None) -> None:
    """Write down that ``user`` fetched all of ``entries``, as they are now, in as many writes as for one."""
    AccessLog.objects.bulk_create(
        (
            AccessLog(
                file=entry if isinstance(entry, File) else None,
                folder=entry if isinstance(entry, Folder) else None,
                action=AccessAction.DOWNLOAD,
                user_id=getattr(user, "pk", None),
                share=share,
                number=entry.shown.number if isinstance(entry, File) else None,
            )
            for entry in entries
        ),
        batch_size=500,
    )


def note_view(*, user: Any, entry: File | Folder, share: Share | None = None, number: int | None = None) -> None:
    """Write down that ``user`` looked at ``entry``; a page and what it shows are one look."""
    if not _noted(AccessAction.VIEW, user, entry, share, _VIEWED_ONCE_IN):
        note_access(action=AccessAction.VIEW, user=user, entry=entry, share=share, number=number)


def uses_seen_by(user: Any, public_id: UUID) -> Uses:
    """What uses a stored file, for ``note_use``."""
    return uses_at(public_id, user, timezone.now() - _USED_ONCE_IN)


def note_use(*, action: AccessAction, user: Any, kept: Sequence[KeptUse]) -> None:
    """Write down that ``user`` opened or fetched kept files where a lesson or page shows them, for each once in a while."""
    rows = [
        AccessLog(file_id=one.file_id, action=action, user_id=user.pk, number=one.number)
        for one in kept
        if not (one.is_fetched if action == AccessAction.DOWNLOAD else one.is_viewed)
    ]
    # Of nothing even the lock for writing would be too much: most files of lessons are kept by nobody.
    if rows:
        AccessLog.objects.bulk_create(rows)


def note_denied_use(*, user: Any, kept: Sequence[KeptUse]) -> None:
    """Write down that ``user`` was refused a stored file that is kept."""
    for file in File.objects.filter(pk__in=[one.file_id for one in kept]):
        note_denial(user=user, entry=file)


def entry_seen_by(user: Any, kind: str, public_id: UUID | None) -> File | Folder | None:
    """The "file" or "folder" if ``user`` may see it; that one is there and was refused is written down."""
    find: Any = {"file": file_at, "folder": folder_at}[kind]
    found: File | Folder | None = find(public_id) if public_id else None
    if found is not None and not user.has_perm(f"files.view_{kind}", found):
        note_denial(user=user, entry=found)
        return None
    return found


def note_denial(*, user: Any, entry: File | Folder, share: Share | None = None) -> None:
    """Write down that ``user`` was refused ``entry``."""
    if not _noted(AccessAction.DENIAL, user, entry, share, _DENIED_ONCE_IN):
        note_access(action=AccessAction.DENIAL, user=user, entry=entry, share=share)


def latest_accesses(entry: File | Folder) -> list[AccessLog]:
    """What became of it lately, the latest first, with who did it."""
    return list(entry.accesses.select_related("user", "share").order_by("-pk")[:_LATEST])


def accesses_before(before: datetime) -> Any:
    """Entries from before a moment."""
    return AccessLog.objects.filter(at__lt=before)


def forget_accesses(before: datetime) -> int:
    """Let go of entries from before a moment; returns how many."""
    return int(accesses_before(before).delete()[0])


def _noted(action: AccessAction, user: Any, entry: File | Folder, share: Share | None, lately: timedelta) -> bool:
    return is_noted(
        timezone.now() - lately,
        action=action,
        user_id=getattr(user, "pk", None),
        share_id=share.pk if share else None,
        **{"file_id" if isinstance(entry, File) else "folder_id": entry.pk},
    )
