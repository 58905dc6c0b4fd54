import logging
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from files.enums import AccessAction
from files.media_types import INLINE
from files.models import StoredFile
from files.selectors.readable import readable_file
from files.selectors.uses import Uses
from files.services import note_fetch
from files.services.accesses import note_denied_use, note_use, uses_seen_by
from files.serving import file_answer, is_begun

logger = logging.getLogger("aumbry.files")
CAPTIONS = "text/vtt"


# Visitors read the files of open lessons; what they may see is asked below, on each request.
@login_not_required
@require_safe
def serve(request: HttpRequest, public_id: UUID, name: str) -> HttpResponseBase:
    uses = uses_seen_by(request.user, public_id)
    file = readable_file(request.user, public_id, uses.kinds)
    if file is None:
        note_denied_use(user=request.user, kept=uses.kept)
        raise Http404
    if name != file.name:
        return HttpResponseRedirect(file.get_absolute_url())
    try:
        answer = file_answer(request, file)
    except FileNotFoundError:
        logger.exception("bytes of a file are lost", extra={"file": str(public_id)})
        raise Http404 from None
    if is_begun(request, answer):
        _note(request.user, file, uses)
    return answer


def _note(user: Any, file: StoredFile, uses: Uses) -> None:
    """What a page loads by itself with its text, pictures and captions, is no look at a file."""
    if file.media_type not in INLINE:
        note_fetch(actor=user, file=file, used_as=uses.kinds)
        note_use(action=AccessAction.DOWNLOAD, user=user, kept=uses.kept)
    elif not (file.is_image or file.media_type == CAPTIONS):
        note_use(action=AccessAction.VIEW, user=user, kept=uses.kept)
