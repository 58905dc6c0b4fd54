"""Taking files in, and letting go of those that nothing uses."""

import io
from datetime import timedelta
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.authz import Actor, authorize
from core.errors import Invalid
from files import storage
from files.media_types import FileType
from files.models import StoredFile
from files.validators import clean_name, file_type, max_bytes, too_large, validate_content

UNUSED_FOR = timedelta(days=1)


def store_file(*, actor: Actor, content: BinaryIO | bytes, name: str, media_type: str = "") -> StoredFile:
    """Store a file and return its row; the same bytes under the same name are stored once per person.

    The type is decided by the content, which must agree with the name's ending. ``media_type`` only
    chooses where an ending stands for several (WebM and Ogg hold sound or film). The file is visible
    to nobody until something that uses it says so (``set_usages``); without use it goes after a day.

    Raises ``Invalid`` with a sentence about the file, ``DiskFull`` when there is no room.
    """
    authorize(actor, "files.add_storedfile")
    name = clean_name(name)
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    try:
        kind = file_type(name)
        with storage.receive(source, max_bytes(kind.family)) as received:
            validate_content(received.path, name)
            return _file_row(actor, received, name, _media_type(kind, media_type))
    except storage.TooManyBytes:
        raise _refusal(too_large(name, kind.family)) from None
    except ValidationError as error:
        raise _refusal(error) from None


def remove_unused_files() -> int:
    """Delete files that nothing has used for a day: first the rows, then the bytes; returns how many.

    Bytes whose row never came to be (a crash in between) go as well.
    """
    before = timezone.now() - UNUSED_FOR
    unused = StoredFile.objects.filter(usages__isnull=True, updated_at__lt=before).order_by("pk")
    removed = 0
    for pk in list(unused.values_list("pk", flat=True)):
        removed += _remove_if_unused(pk)
    for key in list(storage.old_keys(UNUSED_FOR.total_seconds())):
        if not StoredFile.objects.filter(storage_key=key).exists():
            storage.remove(key)
    return removed


def _file_row(actor: Actor, received: storage.Received, name: str, media_type: str) -> StoredFile:
    identity = {
        "sha256": received.sha256,
        "name": name,
        "media_type": media_type,
        "uploaded_by_id": actor.pk,
    }
    key = ""
    try:
        with transaction.atomic():
            # The lock keeps the clean-up from taking bytes that are about to be used again.
            same = list(StoredFile.objects.select_for_update().filter(sha256=received.sha256).order_by("pk"))
            kept = [row for row in same if storage.exists(row.storage_key)]
            for row in kept:
                if (row.name, row.media_type, row.uploaded_by_id) == (name, media_type, actor.pk):
                    row.save(update_fields=["updated_at"])
                    return row
            key = kept[0].storage_key if kept else storage.keep(received)
            return StoredFile.objects.create(**identity, size=received.size, storage_key=key)
    except IntegrityError:
        # Somebody stored the same at the same moment; these bytes are left to the clean-up.
        return StoredFile.objects.get(**identity)


def _remove_if_unused(pk: int) -> int:
    with transaction.atomic():
        row = StoredFile.objects.select_for_update(of=("self",)).filter(pk=pk, usages__isnull=True).first()
        if row is None:
            return 0
        row.delete()
        shared = StoredFile.objects.filter(storage_key=row.storage_key).exists()
    if not shared:
        storage.remove(row.storage_key)
    return 1


def _media_type(kind: FileType, claimed: str) -> str:
    return claimed if claimed in kind.alternatives else kind.media_type


def _refusal(error: ValidationError) -> Invalid:
    message = error.messages[0]
    return Invalid(str(error.code), message, fields={"file": [message]})
