import logging
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from core.shortcuts import get_visible
from files.models import StoredFile
from files.services import note_fetch
from files.serving import file_answer, is_fetched

logger = logging.getLogger("aumbry.files")


# Visitors read the files of open lessons; what they may see is asked below, on each request.
@login_not_required
@require_safe
def serve(request: HttpRequest, public_id: UUID, name: str) -> HttpResponseBase:
    file = get_visible(StoredFile, request.user, public_id=public_id)
    if name != file.name:
        return HttpResponseRedirect(file.get_absolute_url())
    try:
        answer = file_answer(request, file)
    except FileNotFoundError:
        logger.exception("bytes of a file are lost", extra={"file": str(public_id)})
        raise Http404 from None
    if is_fetched(request, file, answer):
        note_fetch(actor=request.user, file=file)  # type: ignore[arg-type]
    return answer
