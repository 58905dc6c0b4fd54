"""What has arrived in parts is looked at by a job: it becomes a file, or is refused."""

import hashlib
import io

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from core.errors import Conflict, DomainError, Invalid, ProviderError
from core.realtime import announce_row
from files import incoming, storage
from files.enums import UploadState
from files.errors import gone
from files.models import StoredFile, Upload
from files.sealing.stream import Tampered
from files.services.kept import add_version, keep_file
from files.services.sealing import key_of
from files.services.store import store_file, store_received
from files.services.upload_limits import OWNER
from files.services.uploads import KEPT, drop_bytes, forget_if_new, is_to_be_sealed
from files.services.usage import set_usages
from files.storage import DiskFull, Landed, Received


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
            forget_if_new(upload, file)
    # Their file has bytes of its own by now; a refused one's are not needed.
    drop_bytes(upload)


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
    drop_bytes(upload)


def _stored(upload: Upload) -> StoredFile:
    received = _received(upload)
    _check_digest(upload, received.sha256)
    return store_received(actor=upload.user, received=received, name=upload.name, sensitive=is_to_be_sealed(upload))


def _stored_sealed(upload: Upload) -> StoredFile:
    """From one seal into another, piece by piece: sealed bytes that grow have another form than those that are kept."""
    with incoming.opened(upload.public_id, key_of(upload)) as content:
        _check_size(upload, content.seek(0, io.SEEK_END))
        content.seek(0)
        if upload.sha256:
            _check_digest(upload, hashlib.file_digest(content, "sha256").hexdigest())  # type: ignore[arg-type]
            content.seek(0)
        return store_file(actor=upload.user, content=content, name=upload.name, sensitive=True)


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


def _check_digest(upload: Upload, digest: str) -> None:
    if upload.sha256 and digest != upload.sha256:
        sentence = _("The file arrived changed: its SHA-256 is not the one that was announced. Upload it again.")
        raise Invalid("upload_changed", sentence)


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
