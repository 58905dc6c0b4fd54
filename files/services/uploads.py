"""Files that arrive in parts: begun, received, cancelled, forgotten. What is whole ``upload_checks`` looks at."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.authz import authorize
from core.errors import Invalid
from core.realtime import announce_row
from core.slots import UPLOAD_PURPOSES
from core.tasks import enqueue
from files import incoming, storage
from files.enums import UploadState
from files.errors import UploadProblem, busy, gone, over
from files.incoming import Checksum
from files.models import File, Folder, Space, StoredFile, Upload
from files.services.kept import authorize_place
from files.services.sealing import give_key, is_sensitive, key_of
from files.services.spaces import check_room
from files.services.store import forget_new_files
from files.services.upload_limits import OWNER, check_disk, check_fits, check_waiting, purpose_called
from files.services.usage import set_usages
from files.storage import StorageDown, TooManyBytes, incoming_folder
from files.validators import clean_name

logger = logging.getLogger("aumbry.files")

# The purpose of those that are kept in a space in the end.
KEPT = "file"
KEPT_FOR = timedelta(days=2)
# Of what goes straight to the bucket: the least size of a part, and so many of them that one listing tells them all.
PART_BYTES = 16 * 1024**2
MOST_PARTS = 1000


@dataclass(frozen=True)
class Place:
    """Where an upload is kept in the end: in ``folder``, or at the top of ``space``; or as a version of ``file``."""

    space: Space
    folder: Folder | None = None
    file: File | None = None

    @classmethod
    def of(cls, entry: Space | Folder | File) -> "Place":
        """In a space, in a folder, or as a version of a file."""
        if isinstance(entry, Space):
            return cls(entry)
        if isinstance(entry, Folder):
            return cls(entry.space, entry)
        return cls(entry.space, entry.folder, entry)


def start_upload(
    *, actor: User, purpose: str, name: str, size: int, sha256: str = "", place: Place | None = None
) -> Upload:
    """Expect a file of ``size`` bytes called ``name``; what cannot be kept in the end is refused now.

    ``sha256``, in hex, is what it will be compared with. With the purpose "file" it needs a ``place``, where it is kept as
    soon as it was checked. Raises ``Invalid``, ``NotAllowed``, ``Conflict`` ``too_many_uploads``, ``DiskFull``,
    ``UploadProblem`` ``uploads_full``, ``NoRoom``, and ``ProviderError`` where it is to be sealed and no key can be had.
    """
    authorize(actor, "files.add_upload")
    wanted = purpose_called(purpose)
    if wanted.permission:
        authorize(actor, wanted.permission)
    if (purpose == KEPT) != (place is not None):
        sentence = _("Say with a space, a folder or a file where it is kept; only files of the purpose “file” are.")
        raise Invalid("place_missing", sentence)
    if place is not None and place.file is not None:
        authorize(actor, "files.change_file", place.file)
    elif place is not None:
        authorize_place(actor, place.space, place.folder)
    name = clean_name(name)
    try:
        check_fits(purpose, name, size)
    except ValidationError as error:
        raise _invalid(error) from None
    upload = Upload(
        user=actor, purpose=purpose, name=name, size=size, sha256=sha256, expires_at=timezone.now() + KEPT_FOR
    )
    if place is not None:
        upload.space, upload.folder, upload.replaces = place.space, place.folder, place.file
    if is_to_be_sealed(upload):
        give_key(upload)
    with transaction.atomic():
        # One after the other for each person, so that nobody gets past the limits by asking often at once.
        User.objects.select_for_update().get(pk=actor.pk)
        # Sealed bytes gather here, where their key is.
        upload.part_size = 0 if upload.is_sealed else _part_size(size)
        check_waiting(actor, purpose, size)
        if not upload.part_size:
            check_disk(size)
        if place is not None:
            check_room(place.space, size)
        upload.save()
        incoming.begin(upload.public_id)
    return upload


def arrived(upload: Upload) -> int:
    """How many bytes of it are here for good, and where the next part begins. Raises ``UploadProblem`` ``upload_gone``, and
    ``upload_busy`` while a part is received, which may yet be taken back.

    One that is here whole, but whose last part was never answered, goes on to be checked.
    """
    if upload.state != UploadState.RECEIVING:
        return upload.size
    try:
        size = incoming.arrived(upload.public_id, key_of(upload))
    except FileNotFoundError:
        raise gone() from None
    except incoming.Busy:
        raise busy() from None
    # Seen while nobody was writing: nothing can be put behind what is whole, so it stays so.
    if size == upload.size:
        whole(upload)
    return size


def receive_part(
    *, actor: User, upload: Upload, offset: int, content: BinaryIO, checksum: Checksum | None = None
) -> int:
    """Put ``content`` at ``offset``, which is where the last part ended; returns where the next one begins.

    When it returns, the bytes are on disk. Otherwise nothing of the part is kept. Raises ``UploadProblem``
    (``upload_gone``, ``upload_busy``, ``upload_offset``, ``upload_too_long``, ``upload_checksum``), ``Conflict``
    ``upload_over``, ``DiskFull``.
    """
    authorize(actor, "files.change_upload", upload)
    if upload.state != UploadState.RECEIVING:
        raise over()
    if upload.expires_at <= timezone.now():
        raise gone()
    try:
        with incoming.writing(upload.public_id, key_of(upload)) as growing:
            # As it is now, and until the lock is let go of: what is being checked never changes any more. A file may have
            # the same bytes by then.
            _check_receiving(upload)
            if offset != growing.size:
                raise UploadProblem(
                    409, "upload_offset", _("The next part begins at byte %(n)d.") % {"n": growing.size}
                )
            if upload.part_size:
                # When it began no room was asked for, as it was to go to the bucket.
                check_disk(upload.size - growing.size)
            size = growing.append(content, most=upload.size, checksum=checksum)
    except FileNotFoundError:
        raise gone() from None
    except incoming.Busy:
        raise busy() from None
    except TooManyBytes:
        sentence = _("More was sent than the %(n)d bytes that were announced.") % {"n": upload.size}
        raise UploadProblem(413, "upload_too_long", sentence) from None
    except incoming.WrongChecksum:
        sentence = _("The part arrived changed. Nothing of it was kept: send it again.")
        raise UploadProblem(460, "upload_checksum", sentence) from None
    # Settled while the file was held, so it stays so.
    if size == upload.size:
        whole(upload)
    return size


@transaction.atomic
def cancel_upload(*, actor: User, upload: Upload) -> None:
    """Forget it, and the bytes that came, also of one that is done; a file that something uses by now stays."""
    authorize(actor, "files.delete_upload", upload)
    file = _forget(upload)
    if file is not None:
        # At once: it counts in no limit any more.
        transaction.on_commit(lambda: forget_if_new(upload, file))


def is_to_be_sealed(upload: Upload) -> bool:
    """Whether its file is kept sealed: its purpose says so, or the space that it is for."""
    purpose = UPLOAD_PURPOSES.get(upload.purpose)
    return bool(purpose and purpose.sensitive) or (upload.space is not None and is_sensitive(upload.space.kind))


def remove_old_uploads() -> int:
    """Forget uploads whose time is over, with their bytes, and bytes that no upload knows of; returns how many uploads."""
    old = list(Upload.objects.filter(expires_at__lte=timezone.now()).order_by("pk"))
    for upload in old:
        with transaction.atomic():
            _forget(upload)
    known = {incoming.path_of(public_id) for public_id in Upload.objects.values_list("public_id", flat=True)}
    before = (timezone.now() - KEPT_FOR).timestamp()
    for path in incoming_folder().glob("*.upload"):
        if path not in known and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
    if settings.S3_BUCKET:
        _remove_left_in_bucket()
    return len(old)


def whole(upload: Upload, *, is_in_bucket: bool = False) -> None:
    """Have it checked, as all of it is here: on disk, or in the bucket. Told so twice, it is checked once.

    Only for bytes that nobody can take back, so not while a part of them is being received.
    """
    rows = Upload.objects.filter(pk=upload.pk, state=UploadState.RECEIVING)
    with transaction.atomic():
        # Of two who see the last byte arrive one has it checked.
        if rows.update(state=UploadState.CHECKING, is_in_bucket=is_in_bucket, updated_at=timezone.now()):
            enqueue("files.tasks.check_upload", upload_id=upload.pk)
            announce_row("upload", upload)
    upload.state = UploadState.CHECKING


def _check_receiving(upload: Upload) -> None:
    state = Upload.objects.filter(pk=upload.pk).values_list("state", flat=True).first()
    if state is None:
        raise gone()
    if state != UploadState.RECEIVING:
        raise over()


def _remove_left_in_bucket() -> None:
    # Their row, which is written first, is gone, and the bucket did not answer then; or a process was killed.
    for public_id, gathering in list(storage.parts().all()):
        if not Upload.objects.filter(public_id=public_id).exists():
            storage.parts().drop(public_id, gathering)


def drop_bytes(upload: Upload) -> None:
    """Delete what arrived of it, wherever."""
    incoming.remove(upload.public_id)
    # As it is now: the bucket may have been asked for the first part meanwhile.
    gathering = Upload.objects.filter(pk=upload.pk).values_list("bucket_upload", flat=True).first()
    if not settings.S3_BUCKET or not (gathering or upload.bucket_upload):
        return
    try:
        storage.parts().drop(upload.public_id, gathering or upload.bucket_upload)
    except StorageDown:
        # The clean-up finds it once its row is gone.
        logger.warning("bytes of an upload are left to the clean-up", extra={"upload": str(upload.public_id)})


def _forget(upload: Upload) -> StoredFile | None:
    """Delete the row, and what arrived; returns the file that it became, if it did."""
    # As it is now, and so that nobody asks the bucket for a first part after this, or finishes it.
    found = Upload.objects.select_for_update(of=("self",)).select_related("file").filter(pk=upload.pk).first()
    if found is not None:
        upload.bucket_upload = found.bucket_upload
    set_usages(owner_kind=OWNER, owner_id=upload.pk, file_ids=())
    Upload.objects.filter(pk=upload.pk).delete()
    transaction.on_commit(lambda: drop_bytes(upload))
    return found.file if found is not None else None


def forget_if_new(upload: Upload, file: StoredFile) -> None:
    """Let go of the file of an upload that is nothing any more, unless something uses it, or the person had stored the same
    before, for something that may be about to."""
    if file.created_at >= upload.created_at:
        forget_new_files([file])


def _invalid(error: ValidationError) -> Invalid:
    message = error.messages[0]
    return Invalid(str(error.code), message, fields={"name": [message]})


def _part_size(size: int) -> int:
    """Of parts that go straight to the bucket; 0 where they come through the site."""
    if not (settings.S3_BUCKET and settings.DIRECT_UPLOADS_FROM_BYTES) or size < settings.DIRECT_UPLOADS_FROM_BYTES:
        return 0
    return max(PART_BYTES, -(-size // MOST_PARTS))
