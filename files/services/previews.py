"""Previews of stored files: what is quickly made is made while the page is, the rest by a job that keeps it."""

import json
import logging
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core.authz import SYSTEM
from core.errors import DomainError
from core.tasks import enqueue
from files.enums import RenditionKind
from files.models import Rendition, StoredFile
from files.previews.archive import archive_preview
from files.previews.base import NoPreview, Reason
from files.previews.image import small_webp
from files.previews.kinds import PreviewKind, is_made_by_job, preview_kind
from files.previews.markdown import markdown_preview
from files.previews.office import office_pdf
from files.previews.table import TablePreview, table_preview
from files.previews.text import text_preview
from files.services.reading import SealBroken, opened, watched
from files.services.store import RENDITION, store_file
from files.services.usage import set_usages
from files.storage import exists, incoming_folder

logger = logging.getLogger("aumbry.files")

_LONGEST = {RenditionKind.THUMB: 320, RenditionKind.SMALL: 1600}


@dataclass(frozen=True)
class Preview:
    """How a file is shown: a template, and what it needs beside addresses. ``sentence``: why there is nothing to show, or
    not yet."""

    template: str
    kind: PreviewKind
    data: Any = None
    sentence: str = ""
    # Whether the small picture, or the PDF, was made and is to be shown in the file's place.
    is_rendered: bool = False


def preview_of(name: str, stored: StoredFile) -> Preview:
    """How ``stored``, called ``name``, is shown."""
    kind = preview_kind(stored.media_type, name)
    try:
        if is_made_by_job(stored.media_type, name):
            return _rendered(kind, stored)
        return _made_now(kind, name, stored)
    except NoPreview as none:
        return Preview("files/_preview_none.html", PreviewKind.NONE, sentence=none.sentence)
    except SealBroken as broken:
        return Preview("files/_preview_none.html", PreviewKind.NONE, sentence=str(broken.message))
    except FileNotFoundError:
        logger.exception("bytes of a file are lost", extra={"file": str(stored.public_id)})
        return Preview("files/_preview_none.html", PreviewKind.NONE, sentence=NoPreview(Reason.DAMAGED).sentence)


def rendition_of(stored: StoredFile, kind: str) -> Rendition | None:
    """What was made of ``stored``; None if nothing was yet."""
    return Rendition.objects.select_related("made").filter(source=stored, kind=kind).first()


def thumbs_of(stored_ids: list[int]) -> set[int]:
    """Those of the files that have a thumbnail, in one query."""
    rows = Rendition.objects.filter(source__in=stored_ids, kind=RenditionKind.THUMB, made__isnull=False)
    return set(rows.order_by().values_list("source_id", flat=True))


def render_later(stored: StoredFile) -> None:
    """Have a job make what shows ``stored``, unless it was made already."""
    if not is_made_by_job(stored.media_type, stored.name):
        return
    if not Rendition.objects.filter(source=stored).exists():
        enqueue("files.tasks.render", stored_id=stored.pk)


def render(*, stored_id: int) -> None:
    """Make what shows a file, and keep it. Done already, or the file gone, it does nothing.

    Of a file whose seal is broken nothing is kept, not even that there is nothing: once the file is right again, it can be made.
    """
    stored = StoredFile.objects.filter(pk=stored_id).first()
    if stored is None:
        return
    made = set(stored.renditions.values_list("kind", flat=True))
    for kind in _kinds_for(preview_kind(stored.media_type, stored.name)):
        if kind in made:
            continue
        try:
            _render_one(stored, kind)
        except SealBroken:
            # It is written down; trying again does not help.
            return


def _kinds_for(kind: PreviewKind) -> tuple[RenditionKind, ...]:
    if kind is PreviewKind.IMAGE:
        return (RenditionKind.THUMB, RenditionKind.SMALL)
    return (RenditionKind.PDF,) if kind is PreviewKind.OFFICE else (RenditionKind.TABLE,)


def _render_one(stored: StoredFile, kind: RenditionKind) -> None:
    made, reason = None, ""
    try:
        with watched(stored), opened(stored) as source:
            made = _make(stored, kind, source)
    except NoPreview as none:
        reason = none.reason.value
    except FileNotFoundError:
        reason = Reason.DAMAGED.value
    except DomainError as refused:
        # A full disk or a scanner that does not answer may be better at the next try.
        if refused.status >= 500:
            raise
        reason = Reason.FAILED.value
    with transaction.atomic():
        if not StoredFile.objects.select_for_update().filter(pk=stored.pk).exists():
            return
        Rendition.objects.get_or_create(source=stored, kind=kind, defaults={"made": made, "reason": reason})
        kept = Rendition.objects.filter(source=stored, made__isnull=False).values_list("made__public_id", flat=True)
        set_usages(owner_kind=RENDITION, owner_id=stored.pk, file_ids=set(kept), actor=SYSTEM)


def _make(stored: StoredFile, kind: RenditionKind, source: BinaryIO) -> StoredFile:
    if kind in _LONGEST:
        content = small_webp(source, longest=_LONGEST[kind])
        return store_file(actor=SYSTEM, content=content, name=f"{kind.value}.webp", sensitive=stored.is_sealed)
    if kind == RenditionKind.TABLE:
        told = json.dumps(table_preview(source, stored.name).as_data(), ensure_ascii=False)
        return store_file(actor=SYSTEM, content=told.encode(), name="table.json", sensitive=stored.is_sealed)
    with office_pdf(source, stored.name, folder=incoming_folder(), is_protected=stored.is_sealed) as pdf:
        return store_file(actor=SYSTEM, content=pdf, name="document.pdf")


def _rendered(kind: PreviewKind, stored: StoredFile) -> Preview:
    wanted = RenditionKind.SMALL if kind is PreviewKind.IMAGE else _kinds_for(kind)[-1]
    found = rendition_of(stored, wanted)
    if found is None:
        if stored.broken_at:
            raise SealBroken
        if kind is PreviewKind.OFFICE and not settings.SOFFICE:
            raise NoPreview(Reason.NOT_INSTALLED)
        if kind is PreviewKind.IMAGE:
            _check_is_there(stored)
            return Preview("files/_preview_image.html", kind)
        return Preview(
            "files/_preview_none.html", kind, sentence=_("The preview is being made. Look again in a moment.")
        )
    if found.made is None:
        raise NoPreview(found.reason or Reason.FAILED)
    _check_seal(found.made)
    if kind is PreviewKind.IMAGE:
        return Preview("files/_preview_image.html", kind, is_rendered=True)
    if kind is PreviewKind.OFFICE:
        return Preview("files/_preview_pdf.html", kind, is_rendered=True)
    with watched(found.made), opened(found.made) as kept:
        table = TablePreview.from_data(json.loads(kept.read()))
    return Preview("files/_preview_table.html", kind, table)


def _check_is_there(stored: StoredFile) -> None:
    """What the browser fetches itself would be an empty frame without a word."""
    if not exists(stored.storage_key):
        raise FileNotFoundError(stored.storage_key)
    _check_seal(stored)


def _check_seal(stored: StoredFile) -> None:
    """As far as its first piece says: where that does not open, the browser would be answered with an error."""
    if stored.is_sealed:
        with watched(stored), opened(stored) as content:
            content.read(1)


def _made_now(kind: PreviewKind, name: str, stored: StoredFile) -> Preview:
    plain = {
        PreviewKind.IMAGE: "files/_preview_image.html",
        PreviewKind.PDF: "files/_preview_pdf.html",
        PreviewKind.AUDIO: "files/_preview_media.html",
        PreviewKind.VIDEO: "files/_preview_media.html",
    }
    if kind in plain:
        _check_is_there(stored)
        return Preview(plain[kind], kind)
    if kind is PreviewKind.NONE:
        raise NoPreview(Reason.KIND)
    with watched(stored), opened(stored) as source:
        if kind is PreviewKind.MARKDOWN:
            return Preview("files/_preview_markdown.html", kind, markdown_preview(source))
        if kind is PreviewKind.TABLE:
            return Preview("files/_preview_table.html", kind, table_preview(source, name))
        if kind is PreviewKind.ARCHIVE:
            return Preview("files/_preview_archive.html", kind, archive_preview(source, name))
        return Preview("files/_preview_text.html", kind, text_preview(source, name))
