"""Files that arrive in parts: begun, received, checked by a job, taken by whatever they are for."""

import hashlib
import io
import logging
import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from core.authz import authorize
from core.errors import Conflict, DomainError, Invalid, ProviderError
from core.realtime import announce_row
from core.slots import UPLOAD_PURPOSES
from core.tasks import enqueue
from files import incoming, storage
from files.enums import UploadState
from files.incoming import Checksum
from files.media_types import extension
from files.models import File, Folder, Space, StoredFile, Upload, Usage
from files.sealing.stream import Tampered
from files.services.kept import add_version, authorize_place, keep_file
from files.services.sealing import give_key, is_sensitive, key_of
from files.services.spaces import check_room
from files.services.store import forget_new_files, store_file, store_received
from files.services.usage import set_usages
from files.storage import DiskFull, Landed, Received, StorageDown, TooManyBytes, incoming_folder
from files.validators import clean_name, file_type, max_bytes, too_large

logger = logging.getLogger("aumbry.files")

OWNER = "upload"
# The purpose of those that are kept in a space in the end.
KEPT = "file"
KEPT_FOR = timedelta(days=2)
# Of one person at a time, on their way.
MOST_OPEN = 50
# So much room stays free on the disk for everything else.
SPARE_BYTES = 64 * 1024**2
# Of what goes straight to the bucket: the least size of a part, and so many of them that one listing tells them all.
PART_BYTES = 16 * 1024**2
MOST_PARTS = 1000
_UNDER_WAY = (UploadState.RECEIVING, UploadState.CHECKING)


class UploadProblem(DomainError):
    """A part that was not taken; nothing of it was kept. ``status`` is what tus 1.0 asks for."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code, message)
        self.status = status


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
    wanted = UPLOAD_PURPOSES.get(purpose)
    if wanted is None:
        sentence = _("“%(purpose)s” is nothing that files are uploaded for. Possible are: %(purposes)s.") % {
            "purpose": purpose,
            "purposes": ", ".join(sorted(key for key, _purpose in UPLOAD_PURPOSES.items())),
        }
        raise Invalid("unknown_purpose", sentence, fields={"purpose": [sentence]})
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
        _check_promise(name, size, wanted.endings)
    except ValidationError as error:
        raise _invalid(error) from None
    upload = Upload(
        user=actor, purpose=purpose, name=name, size=size, sha256=sha256, expires_at=timezone.now() + KEPT_FOR
    )
    if place is not None:
        upload.space, upload.folder, upload.replaces = place.space, place.folder, place.file
    if _is_sensitive(upload):
        give_key(upload)
    with transaction.atomic():
        # One after the other for each person, so that nobody gets past the limits by asking often at once.
        User.objects.select_for_update().get(pk=actor.pk)
        # Sealed bytes gather here, where their key is.
        upload.part_size = 0 if upload.is_sealed else _part_size(size)
        _check_room(actor, size, on_disk=not upload.part_size)
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
        raise _busy() from None
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
                _check_disk(upload.size - growing.size)
            size = growing.append(content, most=upload.size, checksum=checksum)
    except FileNotFoundError:
        raise gone() from None
    except incoming.Busy:
        raise _busy() from None
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
        transaction.on_commit(lambda: _forget_if_new(upload, file))


def check_upload(*, upload_id: int) -> None:
    """Look at what has arrived; make it a file, or refuse it. Done already, it does nothing."""
    rows = Upload.objects.select_related("user", "space", "folder__space", "replaces__space")
    upload = rows.filter(pk=upload_id, state=UploadState.CHECKING).first()
    if upload is None:
        return
    try:
        file = _stored_sealed(upload) if upload.is_sealed else _stored(upload)
    except Tampered:
        sentence = _("What had arrived of the file was changed or damaged on this server. Upload it again.")
        _finish(upload, UploadState.REFUSED, "upload_changed", sentence)
    except FileNotFoundError:
        _finish(upload, UploadState.REFUSED, "upload_gone", str(gone().message))
    except (DiskFull, ProviderError):
        # The bytes are here: there may be room, or a scanner, when the job is tried again.
        raise
    except DomainError as refused:
        _finish(upload, UploadState.REFUSED, refused.code, str(refused.message))
    else:
        try:
            with transaction.atomic():
                # It is held until the end: whoever cancels it now waits, and whoever did before gets no file.
                stands = _finish(upload, UploadState.DONE, file=file)
                if stands:
                    _keep(upload, file)
        except DomainError as refused:
            _finish(upload, UploadState.REFUSED, refused.code, str(refused.message))
            stands = False
        if not stands:
            _forget_if_new(upload, file)
    # Their file has bytes of its own by now; a refused one's are not needed.
    _drop_bytes(upload)


def _stored(upload: Upload) -> StoredFile:
    received = _received(upload)
    _check_digest(upload, received.sha256)
    return store_received(actor=upload.user, received=received, name=upload.name, sensitive=_is_sensitive(upload))


def _stored_sealed(upload: Upload) -> StoredFile:
    """From one seal into another, piece by piece: sealed bytes that grow have another form than those that are kept."""
    with incoming.opened(upload.public_id, key_of(upload)) as content:
        _check_size(upload, content.seek(0, io.SEEK_END))
        content.seek(0)
        if upload.sha256:
            _check_digest(upload, hashlib.file_digest(content, "sha256").hexdigest())  # type: ignore[arg-type]
            content.seek(0)
        return store_file(actor=upload.user, content=content, name=upload.name, sensitive=True)


def _check_digest(upload: Upload, digest: str) -> None:
    if upload.sha256 and digest != upload.sha256:
        sentence = _("The file arrived changed: its SHA-256 is not the one that was announced. Upload it again.")
        raise Invalid("upload_changed", sentence)


def _is_sensitive(upload: Upload) -> bool:
    purpose = UPLOAD_PURPOSES.get(upload.purpose)
    return bool(purpose and purpose.sensitive) or (upload.space is not None and is_sensitive(upload.space.kind))


def give_up_check(*, job_id: str) -> None:
    """Nobody tries any more to check what the job was to check: it is refused, and can be uploaded again."""
    job = DBTaskResult.objects.filter(pk=job_id, task_path="files.tasks.check_upload").first()
    upload = (
        job
        and Upload.objects.filter(pk=job.args_kwargs["kwargs"]["upload_id"], state=UploadState.CHECKING)
        .select_related("user")
        .first()
    )
    if not upload:
        return
    sentence = _("The file could not be checked: something here does not work. Upload it again later.")
    refused = Invalid("upload_not_checked", sentence)
    _finish(upload, UploadState.REFUSED, refused.code, sentence)
    _drop_bytes(upload)


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


def gone() -> UploadProblem:
    """For an upload whose time is over, or whose bytes are not here any more."""
    return UploadProblem(410, "upload_gone", _("This upload was forgotten: it took too long. Begin it again."))


def over() -> Conflict:
    """For an upload that is complete, to which something was to be added."""
    return Conflict("upload_over", _("This upload is complete already. Nothing more can be added."))


def _busy() -> UploadProblem:
    sentence = _("Another part of this upload is being received. Try again in a moment.")
    return UploadProblem(423, "upload_busy", sentence)


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


def _received(upload: Upload) -> Received | Landed:
    """What arrived, with its SHA-256. Raises ``Invalid`` ``upload_wrong_size``, ``FileNotFoundError``, ``StorageDown``."""
    if not upload.is_in_bucket:
        with incoming.opened(upload.public_id) as content:
            size = content.seek(0, io.SEEK_END)
            _check_size(upload, size)
            content.seek(0)
            digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
            return Received(incoming.path_of(upload.public_id), digest, size)
    source, etag, size = storage.parts().landed(upload.public_id)
    _check_size(upload, size)
    with storage.parts().opened(source, etag, size) as content:
        return Landed(source, etag, hashlib.file_digest(content, "sha256").hexdigest(), size)


def _check_size(upload: Upload, came: int) -> None:
    if came != upload.size:
        sentence = _("%(came)d bytes arrived, but %(size)d were announced. Upload the file again.")
        raise Invalid("upload_wrong_size", sentence % {"came": came, "size": upload.size})


def _drop_bytes(upload: Upload) -> None:
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


def _part_size(size: int) -> int:
    """Of parts that go straight to the bucket; 0 where they come through the site."""
    if not (settings.S3_BUCKET and settings.DIRECT_UPLOADS_FROM_BYTES) or size < settings.DIRECT_UPLOADS_FROM_BYTES:
        return 0
    return max(PART_BYTES, -(-size // MOST_PARTS))


def _check_promise(name: str, size: int, endings: tuple[str, ...]) -> None:
    kind = file_type(name)
    if endings and extension(name) not in endings:
        raise ValidationError(
            _("“%(name)s” cannot be used here. Possible are: %(endings)s."),
            code="file_type_unknown",
            params={"name": name, "endings": ", ".join(f".{ending}" for ending in endings)},
        )
    if size == 0:
        raise ValidationError(_("“%(name)s” is empty."), code="file_empty", params={"name": name})
    if size > max_bytes(kind.family):
        raise too_large(name, kind.family)


def _check_room(actor: User, size: int, *, on_disk: bool) -> None:
    under_way, waiting = _open_sizes(actor)
    if len(under_way) >= MOST_OPEN:
        sentence = _("You have %(n)d uploads under way. Finish or cancel some first.")
        raise Conflict("too_many_uploads", sentence % {"n": len(under_way)})
    if sum(under_way) + waiting + size > settings.UPLOADS_OPEN_BYTES:
        sentence = _(
            "Your uploads that are under way, or that nothing uses yet, would have more than %(limit)s together. Finish, "
            "use or cancel some first."
        )
        raise UploadProblem(413, "uploads_full", sentence % {"limit": filesizeformat(settings.UPLOADS_OPEN_BYTES)})
    if on_disk:
        _check_disk(size)


def _open_sizes(actor: User) -> tuple[list[int], int]:
    """Of a person's uploads: the size of each that is under way, and the bytes of all that are done and that nothing uses.

    Those are kept for days, and are in no space whose room they would count in. The same bytes count once.
    """
    used = Usage.objects.filter(file=OuterRef("file")).exclude(owner_kind=OWNER)
    waiting = Q(state=UploadState.DONE, file__isnull=False) & ~Exists(used)
    rows = Upload.objects.filter(Q(state__in=_UNDER_WAY) | waiting, user=actor).order_by()
    under_way: list[int] = []
    done: dict[str, int] = {}
    for state, size, key in rows.values_list("state", "size", "file__storage_key"):
        if state == UploadState.DONE:
            done[key] = size
        else:
            under_way.append(size)
    return under_way, sum(done.values())


def _check_disk(size: int) -> None:
    if shutil.disk_usage(incoming_folder()).free < size + SPARE_BYTES:
        raise DiskFull


def _keep(upload: Upload, file: StoredFile) -> None:
    if upload.purpose != KEPT:
        return
    if upload.space is None:
        raise Conflict("place_gone", _("What it was uploaded for is gone. Upload it somewhere else."))
    if upload.replaces is not None:
        add_version(actor=upload.user, file=upload.replaces, stored=file)
    else:
        keep_file(actor=upload.user, space=upload.space, folder=upload.folder, stored=file, name=upload.name)


@transaction.atomic
def _finish(
    upload: Upload, state: UploadState, code: str = "", message: str = "", file: StoredFile | None = None
) -> bool:
    """Write down what became of it. Returns whether it still stood: nobody cancelled it, or ended it before."""
    rows = Upload.objects.filter(pk=upload.pk, state=UploadState.CHECKING)
    # The row is locked by that until the transaction ends.
    if not rows.update(state=state, code=code, message=message, file=file, updated_at=timezone.now()):
        return False
    if file is not None:
        set_usages(owner_kind=OWNER, owner_id=upload.pk, file_ids={file.public_id}, actor=upload.user)
    announce_row("upload", upload)
    return True


def _forget(upload: Upload) -> StoredFile | None:
    """Delete the row, and what arrived; returns the file that it became, if it did."""
    # As it is now, and so that nobody asks the bucket for a first part after this, or finishes it.
    found = Upload.objects.select_for_update(of=("self",)).select_related("file").filter(pk=upload.pk).first()
    if found is not None:
        upload.bucket_upload = found.bucket_upload
    set_usages(owner_kind=OWNER, owner_id=upload.pk, file_ids=())
    Upload.objects.filter(pk=upload.pk).delete()
    transaction.on_commit(lambda: _drop_bytes(upload))
    return found.file if found is not None else None


def _forget_if_new(upload: Upload, file: StoredFile) -> None:
    """Let go of the file of an upload that is nothing any more, unless something uses it, or the person had stored the same
    before, for something that may be about to."""
    if file.created_at >= upload.created_at:
        forget_new_files([file])


def _invalid(error: ValidationError) -> Invalid:
    message = error.messages[0]
    return Invalid(str(error.code), message, fields={"name": [message]})
