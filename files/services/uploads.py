"""Files that arrive in parts: begun, received, checked by a job, taken by whatever they are for."""

import hashlib
import logging
import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from core.authz import Actor, authorize
from core.errors import Conflict, DomainError, Invalid, ProviderError
from core.realtime import announce_row
from core.slots import UPLOAD_PURPOSES
from core.tasks import enqueue
from files import incoming
from files.enums import UploadState
from files.incoming import Checksum
from files.media_types import extension
from files.models import StoredFile, Upload
from files.services.store import store_file, store_received
from files.services.usage import set_usages
from files.storage import DiskFull, Received, TooManyBytes, incoming_folder
from files.validators import clean_name, file_type, max_bytes, too_large

logger = logging.getLogger("aumbry.files")

OWNER = "upload"
KEPT_FOR = timedelta(days=2)
# Of one person at a time, on their way.
MOST_OPEN = 50
# So much room stays free on the disk for everything else.
SPARE_BYTES = 64 * 1024**2
_SALT = "files.upload"
_UNDER_WAY = (UploadState.RECEIVING, UploadState.CHECKING)


class UploadProblem(DomainError):
    """A part that was not taken; nothing of it was kept. ``status`` is what tus 1.0 asks for."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code, message)
        self.status = status


def start_upload(*, actor: User, purpose: str, name: str, size: int, sha256: str = "") -> Upload:
    """Expect a file of ``size`` bytes called ``name``; what cannot be kept in the end is refused now.

    ``sha256``, in hex, is what it will be compared with. Raises ``Invalid``, ``NotAllowed``, ``Conflict``
    ``too_many_uploads``, ``DiskFull``, ``UploadProblem`` ``uploads_full``.
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
    name = clean_name(name)
    try:
        _check_promise(name, size, wanted.endings)
    except ValidationError as error:
        raise _invalid(error) from None
    with transaction.atomic():
        # One after the other for each person, so that nobody gets past the limits by asking often at once.
        User.objects.select_for_update().get(pk=actor.pk)
        _check_room(actor, size)
        upload = Upload.objects.create(
            user=actor, purpose=purpose, name=name, size=size, sha256=sha256, expires_at=timezone.now() + KEPT_FOR
        )
        incoming.begin(upload.public_id)
    return upload


def arrived(upload: Upload) -> int:
    """How many bytes of it are here for good, and where the next part begins. Raises ``UploadProblem`` ``upload_gone``.

    One that is here whole, but whose last part was never answered, goes on to be checked.
    """
    if upload.state != UploadState.RECEIVING:
        return upload.size
    try:
        size = incoming.arrived(upload.public_id)
    except FileNotFoundError:
        raise _gone() from None
    if size == upload.size:
        _whole(upload)
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
        raise Conflict("upload_over", _("This upload is complete already. Nothing more can be added."))
    if upload.expires_at <= timezone.now():
        raise _gone()
    try:
        with incoming.writing(upload.public_id) as growing:
            if offset != growing.size:
                raise UploadProblem(
                    409, "upload_offset", _("The next part begins at byte %(n)d.") % {"n": growing.size}
                )
            size = growing.append(content, most=upload.size, checksum=checksum)
    except FileNotFoundError:
        raise _gone() from None
    except incoming.Busy:
        raise UploadProblem(
            423, "upload_busy", _("Another part of this upload is being received. Try again in a moment.")
        ) from None
    except TooManyBytes:
        sentence = _("More was sent than the %(n)d bytes that were announced.") % {"n": upload.size}
        raise UploadProblem(413, "upload_too_long", sentence) from None
    except incoming.WrongChecksum:
        sentence = _("The part arrived changed. Nothing of it was kept: send it again.")
        raise UploadProblem(460, "upload_checksum", sentence) from None
    if size == upload.size:
        _whole(upload)
    return size


@transaction.atomic
def cancel_upload(*, actor: User, upload: Upload) -> None:
    """Forget it, and the bytes that came; a file that something uses by now stays."""
    authorize(actor, "files.delete_upload", upload)
    _forget(upload)


def check_upload(*, upload_id: int) -> None:
    """Look at what has arrived; make it a file, or refuse it. Done already, it does nothing."""
    upload = Upload.objects.select_related("user").filter(pk=upload_id, state=UploadState.CHECKING).first()
    if upload is None:
        return
    path = incoming.path_of(upload.public_id)
    try:
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if upload.sha256 and digest != upload.sha256:
            sentence = _("The file arrived changed: its SHA-256 is not the one that was announced. Upload it again.")
            raise Invalid("upload_changed", sentence)
        file = store_received(actor=upload.user, received=Received(path, digest, upload.size), name=upload.name)
    except FileNotFoundError:
        _finish(upload, UploadState.REFUSED, "upload_gone", str(_gone().message))
    except (DiskFull, ProviderError):
        # The bytes are here: there may be room, or a scanner, when the job is tried again.
        raise
    except DomainError as refused:
        _finish(upload, UploadState.REFUSED, refused.code, str(refused.message))
    else:
        _finish(upload, UploadState.DONE, file=file)
    # Their file has bytes of its own by now; a refused one's are not needed.
    incoming.remove(upload.public_id)


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
    incoming.remove(upload.public_id)


def take_upload(*, actor: Actor, token: str) -> StoredFile:
    """The file of a finished upload of ``actor``, to be used. Raises ``Invalid`` ``no_such_upload``, ``Conflict``
    ``upload_not_ready``."""
    upload = upload_of(token)
    if upload is None or upload.user_id != actor.pk:
        sentence = _("The uploaded file is not here any more. Choose it again.")
        raise Invalid("no_such_upload", sentence)
    if upload.state == UploadState.REFUSED:
        raise Invalid(upload.code or "invalid", upload.message)
    if upload.file is None:
        raise Conflict("upload_not_ready", _("The file is not here whole yet. Wait until its upload is done."))
    return upload.file


@dataclass(frozen=True)
class EarlierUpload:
    """What a form has in place of a file that was uploaded before the form was sent."""

    token: str
    name: str
    size: int


def store_sent(*, actor: Actor, sent: Any) -> StoredFile:
    """The file of a form, sent with it or uploaded before, as a stored one. Raises as ``store_file`` and ``take_upload``."""
    if isinstance(sent, EarlierUpload):
        return take_upload(actor=actor, token=sent.token)
    return store_file(actor=actor, content=sent, name=sent.name)


def token_of(upload: Upload) -> str:
    """What a form names an upload by."""
    return signing.dumps(str(upload.public_id), salt=_SALT)


def upload_of(token: str) -> Upload | None:
    """The upload that a form names; None for what is no token of ours, too old, or gone."""
    try:
        public_id = signing.loads(token, salt=_SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        return None
    return Upload.objects.select_related("file").filter(public_id=public_id).first()


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
    return len(old)


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


def _check_room(actor: User, size: int) -> None:
    sizes = list(Upload.objects.filter(user=actor, state__in=_UNDER_WAY).values_list("size", flat=True))
    if len(sizes) >= MOST_OPEN:
        raise Conflict(
            "too_many_uploads", _("You have %(n)d uploads under way. Finish or cancel some first.") % {"n": len(sizes)}
        )
    if sum(sizes) + size > settings.UPLOADS_OPEN_BYTES:
        sentence = _("Your uploads under way would have more than %(limit)s together. Finish or cancel some first.")
        raise UploadProblem(413, "uploads_full", sentence % {"limit": filesizeformat(settings.UPLOADS_OPEN_BYTES)})
    if shutil.disk_usage(incoming_folder()).free < size + SPARE_BYTES:
        raise DiskFull


@transaction.atomic
def _whole(upload: Upload) -> None:
    # Of two who see the last byte arrive one has it checked.
    rows = Upload.objects.filter(pk=upload.pk, state=UploadState.RECEIVING)
    if rows.update(state=UploadState.CHECKING, updated_at=timezone.now()):
        enqueue("files.tasks.check_upload", upload_id=upload.pk)
        announce_row("upload", upload)
    upload.state = UploadState.CHECKING


@transaction.atomic
def _finish(
    upload: Upload, state: UploadState, code: str = "", message: str = "", file: StoredFile | None = None
) -> None:
    rows = Upload.objects.filter(pk=upload.pk, state=UploadState.CHECKING)
    if rows.update(state=state, code=code, message=message, file=file, updated_at=timezone.now()):
        if file is not None:
            set_usages(owner_kind=OWNER, owner_id=upload.pk, file_ids={file.public_id}, actor=upload.user)
        announce_row("upload", upload)


def _forget(upload: Upload) -> None:
    set_usages(owner_kind=OWNER, owner_id=upload.pk, file_ids=())
    Upload.objects.filter(pk=upload.pk).delete()
    public_id = upload.public_id
    transaction.on_commit(lambda: incoming.remove(public_id))


def _gone() -> UploadProblem:
    return UploadProblem(410, "upload_gone", _("This upload was forgotten: it took too long. Begin it again."))


def _invalid(error: ValidationError) -> Invalid:
    message = error.messages[0]
    return Invalid(str(error.code), message, fields={"name": [message]})
