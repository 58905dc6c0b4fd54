"""What may be uploaded for which purpose, how large, and how much of it at the same time."""

import shutil
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Conflict, Invalid
from core.slots import UPLOAD_PURPOSES, UploadPurpose
from files.enums import UploadState
from files.errors import UploadProblem
from files.media_types import Family, extension
from files.models import Upload, Usage
from files.storage import DiskFull, incoming_folder
from files.validators import clean_name, file_type, max_bytes, too_large

# Those of an upload itself use its file, until something takes it over.
OWNER = "upload"
# Of one person at a time, on their way.
MOST_OPEN = 50
# So much room stays free on the disk for everything else.
SPARE_BYTES = 64 * 1024**2
_UNDER_WAY = (UploadState.RECEIVING, UploadState.CHECKING)


@dataclass(frozen=True)
class PurposeLimits:
    """Of one purpose: the endings of names that are taken (empty: all that are kept here); the largest file in bytes and how
    many one person may have on their way, or done and used by nothing yet (0: only what holds for all)."""

    endings: tuple[str, ...]
    most_bytes: int
    most_waiting: int

    def largest(self, family: Family) -> int:
        """The size limit of a kind of files here, in bytes: never above what holds for it everywhere."""
        return min(self.most_bytes or max_bytes(family), max_bytes(family))


def purpose_called(key: str) -> UploadPurpose:
    """The purpose. Raises ``Invalid`` ``unknown_purpose``."""
    found = UPLOAD_PURPOSES.get(key)
    if found is None:
        sentence = _("“%(purpose)s” is nothing that files are uploaded for. Possible are: %(purposes)s.") % {
            "purpose": key,
            "purposes": ", ".join(sorted(name for name, _purpose in UPLOAD_PURPOSES.items())),
        }
        raise Invalid("unknown_purpose", sentence, fields={"purpose": [sentence]})
    return found


def limits_of(key: str) -> PurposeLimits:
    """What the purpose allows; whoever runs the site has the last word (``UPLOAD_LIMITS``)."""
    purpose = UPLOAD_PURPOSES[key]
    most_bytes, most_waiting = settings.UPLOAD_LIMITS.get(key, (purpose.most_bytes, purpose.most_waiting))
    return PurposeLimits(purpose.endings, most_bytes, most_waiting)


def check_fits(purpose: str, name: str, size: int) -> None:
    """Whether a file of ``size`` bytes called ``name`` may be uploaded for it.

    Raises ``ValidationError`` ``file_type_unknown``, ``file_empty`` or ``file_too_large``.
    """
    limits, name = limits_of(purpose), clean_name(name)
    if limits.endings and extension(name) not in limits.endings:
        raise ValidationError(
            _("“%(name)s” cannot be used here. Possible are: %(endings)s."),
            code="file_type_unknown",
            params={"name": name, "endings": ", ".join(f".{ending}" for ending in limits.endings)},
        )
    kind = file_type(name)
    if size == 0:
        raise ValidationError(_("“%(name)s” is empty."), code="file_empty", params={"name": name})
    if size > max_bytes(kind.family):
        raise too_large(name, kind.family)
    if size > limits.largest(kind.family):
        raise ValidationError(
            _("“%(name)s” is too large. The limit here is %(limit)s."),
            code="file_too_large",
            params={"name": name, "limit": filesizeformat(limits.most_bytes)},
        )


def check_waiting(actor: User, purpose: str, size: int) -> None:
    """Whether one more of ``size`` bytes is too much beside what the person has on its way, or has done and not used.

    Raises ``Conflict`` ``too_many_uploads``, ``UploadProblem`` ``uploads_full``.
    """
    waiting = uploads_waiting(actor)
    if waiting.under_way >= MOST_OPEN:
        sentence = _("You have %(n)d uploads under way. Finish or cancel some first.")
        raise Conflict("too_many_uploads", sentence % {"n": waiting.under_way})
    most = limits_of(purpose).most_waiting
    if most and waiting.by_purpose.get(purpose, 0) >= most:
        sentence = _(
            "You have %(n)d uploads of this kind that are under way, or that nothing uses yet. Finish, use or cancel some first."
        )
        raise Conflict("too_many_uploads", sentence % {"n": waiting.by_purpose[purpose]})
    if waiting.size + size > settings.UPLOADS_OPEN_BYTES:
        sentence = _(
            "Your uploads that are under way, or that nothing uses yet, would have more than %(limit)s together. Finish, "
            "use or cancel some first."
        )
        raise UploadProblem(413, "uploads_full", sentence % {"limit": filesizeformat(settings.UPLOADS_OPEN_BYTES)})


@dataclass(frozen=True)
class Waiting:
    """Of one person's uploads: how many are under way, how many by purpose are or wait to be used, and bytes of them all."""

    under_way: int
    by_purpose: dict[str, int]
    size: int


def uploads_waiting(actor: User) -> Waiting:
    """What a person has on its way, or done and used by nothing.

    Those that are done are kept for days, and are in no space whose room they would count in. The same bytes count once.
    """
    used = Usage.objects.filter(file=OuterRef("file")).exclude(owner_kind=OWNER)
    waiting = Q(state=UploadState.DONE, file__isnull=False) & ~Exists(used)
    rows = Upload.objects.filter(Q(state__in=_UNDER_WAY) | waiting, user=actor).order_by()
    under_way, size = 0, 0
    by_purpose: dict[str, int] = {}
    done: dict[str, int] = {}
    for purpose, state, bytes_of_it, key in rows.values_list("purpose", "state", "size", "file__storage_key"):
        by_purpose[purpose] = by_purpose.get(purpose, 0) + 1
        if state == UploadState.DONE:
            done[key] = bytes_of_it
        else:
            under_way += 1
            size += bytes_of_it
    return Waiting(under_way, by_purpose, size + sum(done.values()))


def check_disk(size: int) -> None:
    """Raises ``DiskFull`` if so many bytes would leave too little room on the disk."""
    if shutil.disk_usage(incoming_folder()).free < size + SPARE_BYTES:
        raise DiskFull
