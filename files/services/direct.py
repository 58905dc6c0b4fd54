"""Uploads whose bytes go straight to the bucket: we sign where each part goes, and have the whole checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.authz import authorize
from core.errors import Conflict, Invalid
from files import storage
from files.enums import UploadState
from files.errors import gone, over
from files.models import Upload
from files.services.uploads import whole

# Addresses that are signed at once.
MOST_ADDRESSES = 100
SIGNED_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class PartAddress:
    """Where a part of exactly ``size`` bytes is to be put."""

    number: int
    size: int
    address: str


@dataclass(frozen=True)
class ArrivedPart:
    """A part that is in the bucket; by ``etag`` it is named when all are there."""

    number: int
    size: int
    etag: str


def sign_parts(*, actor: User, upload: Upload, numbers: Sequence[int]) -> list[PartAddress]:
    """Addresses in the bucket that parts may be put to, good for a quarter of an hour.

    Raises ``Invalid`` ``no_such_part``, ``Conflict`` ``upload_over`` and ``upload_not_direct``, ``UploadProblem``
    ``upload_gone``, ``StorageDown``.
    """
    _check_open(actor, upload)
    if wrong := [number for number in numbers if not 1 <= number <= upload.parts]:
        sentence = _("There is no part %(number)d: this file has parts 1 to %(last)d.")
        message = sentence % {"number": wrong[0], "last": upload.parts}
        raise Invalid("no_such_part", message, fields={"numbers": [message]})
    gathering = upload.bucket_upload or _begin(upload)
    return [
        PartAddress(number, size, storage.parts().address(upload.public_id, gathering, number, size, SIGNED_FOR))
        for number in sorted(set(numbers))
        for size in (upload.size_of_part(number),)
    ]


def arrived_parts(*, actor: User, upload: Upload) -> list[ArrivedPart]:
    """Parts that are in the bucket, in their order. Raises as ``sign_parts`` does."""
    _check_open(actor, upload)
    if not upload.bucket_upload:
        return []
    try:
        found = storage.parts().arrived(upload.public_id, upload.bucket_upload)
    except FileNotFoundError:
        if _is_joined(upload):
            raise over() from None
        # The bucket let go of it: the next part begins anew.
        Upload.objects.filter(pk=upload.pk, bucket_upload=upload.bucket_upload).update(bucket_upload="")
        return []
    return [ArrivedPart(part.number, part.size, part.etag) for part in found]


def complete_upload(*, actor: User, upload: Upload, etags: Mapping[int, str]) -> None:
    """Have the parts made one, and that checked by a job; ``etags`` names each part as the bucket did.

    Done already, it does nothing. Raises ``Invalid`` ``parts_missing``, ``Conflict`` ``upload_over`` and
    ``upload_not_direct``, ``UploadProblem`` ``upload_gone``, ``StorageDown``.
    """
    authorize(actor, "files.change_upload", upload)
    if upload.is_in_bucket:
        return
    _check_open(actor, upload)
    if sorted(etags) != list(range(1, upload.parts + 1)) or not upload.bucket_upload:
        raise _parts_missing(upload)
    try:
        storage.parts().join(upload.public_id, upload.bucket_upload, [etags[number] for number in sorted(etags)])
    except storage.WrongParts:
        raise _parts_missing(upload) from None
    except FileNotFoundError:
        # Somebody else did, or we did and were not heard.
        if not _is_joined(upload):
            raise gone() from None
        return
    whole(upload, is_in_bucket=True)
    if not Upload.objects.filter(pk=upload.pk).exists():
        # Cancelled at the same moment.
        storage.parts().drop(upload.public_id)
        raise gone()


def _check_open(actor: User, upload: Upload) -> None:
    authorize(actor, "files.change_upload", upload)
    if upload.state != UploadState.RECEIVING:
        raise over()
    if upload.expires_at <= timezone.now():
        raise gone()
    if not upload.part_size:
        sentence = _("This upload comes through the site. Send its parts with PATCH to its own address.")
        raise Conflict("upload_not_direct", sentence)


def _begin(upload: Upload) -> str:
    begun = storage.parts().begin(upload.public_id)
    rows = Upload.objects.filter(pk=upload.pk)
    if rows.filter(bucket_upload="", state=UploadState.RECEIVING).update(bucket_upload=begun):
        return begun
    # Somebody else began it at the same moment, or it was cancelled.
    storage.parts().abort(upload.public_id, begun)
    others = rows.filter(state=UploadState.RECEIVING).values_list("bucket_upload", flat=True).first()
    if not others:
        raise gone()
    return others


def _is_joined(upload: Upload) -> bool:
    """Whether the parts are one by now; then that is checked."""
    try:
        storage.parts().landed(upload.public_id)
    except FileNotFoundError:
        # Checked already, and what it was checked from is gone.
        return Upload.objects.filter(pk=upload.pk, is_in_bucket=True).exists()
    whole(upload, is_in_bucket=True)
    return True


def _parts_missing(upload: Upload) -> Invalid:
    sentence = _("Name all parts, 1 to %(last)d, each as the bucket called it when it arrived.") % {
        "last": upload.parts
    }
    return Invalid("parts_missing", sentence, fields={"parts": [sentence]})
