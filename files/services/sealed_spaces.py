"""Spaces whose files are sealed: what lies in them in plain, from elsewhere or from before, is sealed by a job.

By a job and not while it is moved: sealing reads and writes every byte, and who moves a folder of films holds the locks of
both spaces meanwhile.
"""

from django.conf import settings
from django.db import transaction

from files.models import FileVersion, Space, StoredFile, Upload
from files.services.kept import OWNER as VERSION
from files.services.kept import seal_later
from files.services.previews import render_later
from files.services.reading import opened
from files.services.sealing import is_sensitive
from files.services.spaces import locked
from files.services.store import forget_new_files, store_sealed
from files.services.upload_limits import OWNER as UPLOAD
from files.services.uploads import KEPT
from files.services.usage import set_usages


def seal_all_later() -> None:
    """Have jobs seal what lies in plain in any space whose files are to be sealed, for instance since it is wanted."""
    plain = FileVersion.objects.filter(stored__key_name="", file__space__kind__in=settings.SEALED_FILES)
    for space in Space.objects.filter(pk__in=plain.order_by().values("file__space")):
        seal_later(space)


def seal_space(*, space_id: int) -> None:
    """Seal what lies in plain in the space, all versions and what is in its bin; run again it goes on.

    Bytes in plain go at once, unless something outside the space uses them, too: a lesson, a file of another space; or a
    backup that is being made may still want them, as it names those of its beginning: then they go in the minute after it.
    Raises ``ProviderError``, ``DiskFull``.
    """
    space = Space.objects.filter(pk=space_id).first()
    if space is None or not is_sensitive(space.kind):
        return
    for stored in StoredFile.objects.filter(key_name="", versions__file__space=space).distinct().order_by("pk"):
        try:
            _seal(space, stored)
        except FileNotFoundError:
            # Lost bytes are told of by the comparison with storage; there is nothing to seal.
            continue


def _seal(space: Space, plain: StoredFile) -> None:
    with opened(plain) as content:
        sealed = store_sealed(plain, content)
    shown_by = [row.made for row in plain.renditions.select_related("made") if row.made is not None]
    with transaction.atomic():
        locked(space)
        versions = list(FileVersion.objects.filter(stored=plain, file__space=space).select_related("made_by"))
        FileVersion.objects.filter(pk__in=[version.pk for version in versions]).update(stored=sealed)
        for version in versions:
            set_usages(owner_kind=VERSION, owner_id=version.pk, file_ids={sealed.public_id})
        if not FileVersion.objects.filter(stored=plain).exists():
            # Of those that came in parts the upload holds on to its file for two days.
            for upload in Upload.objects.filter(file=plain, purpose=KEPT):
                Upload.objects.filter(pk=upload.pk).update(file=sealed)
                set_usages(owner_kind=UPLOAD, owner_id=upload.pk, file_ids={sealed.public_id})
        if versions:
            render_later(sealed)
    forget_new_files([plain])
    # Small pictures and the like, which the sealed one has anew.
    forget_new_files(shown_by)
