"""Who can open files and folders, and who did, for programs."""

import uuid

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import Endpoint
from files.api import presented
from files.services.accesses import entry_seen_by
from files.services.kept import Entry
from files.services.sharing import who_can_open

_TAG = ["files"]
_FOR_WHOM = "For those who keep it, and administrators; the newest first."
_OPENERS = (
    "For those who keep it, and administrators: those who keep its space, those that it or a folder around it is shared "
    "with, links, and administrators. Readers of a lesson that uses it see it there."
)


class FileAccessesView(Endpoint):
    scope = "files"

    @extend_schema(
        operation_id="files_accesses",
        summary="Who opened, fetched or shared a file",
        description=_FOR_WHOM,
        tags=_TAG,
        responses=presented.AccessOutput(many=True),
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return _accesses(self, request, "file", public_id)


class FolderAccessesView(Endpoint):
    scope = "files"

    @extend_schema(
        operation_id="folders_accesses",
        summary="Who opened, fetched or shared a folder",
        description=_FOR_WHOM,
        tags=_TAG,
        responses=presented.AccessOutput(many=True),
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return _accesses(self, request, "folder", public_id)


class FileOpenersView(Endpoint):
    scope = "files"

    @extend_schema(
        operation_id="files_openers",
        summary="Who can open a file",
        description=_OPENERS,
        tags=_TAG,
        responses=presented.OpenerOutput(many=True),
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return _openers(self, request, "file", public_id)


class FolderOpenersView(Endpoint):
    scope = "files"

    @extend_schema(
        operation_id="folders_openers",
        summary="Who can open a folder",
        description=_OPENERS,
        tags=_TAG,
        responses=presented.OpenerOutput(many=True),
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return _openers(self, request, "folder", public_id)


def _openers(view: Endpoint, request: Request, kind: str, public_id: uuid.UUID) -> Response:
    return view.page_of(who_can_open(_entry(view, request, kind, public_id)), presented.present_openers)


def _accesses(view: Endpoint, request: Request, kind: str, public_id: uuid.UUID) -> Response:
    entry = _entry(view, request, kind, public_id)
    return view.page_of(entry.accesses.select_related("user").order_by("-pk"), presented.present_accesses)


def _entry(view: Endpoint, request: Request, kind: str, public_id: uuid.UUID) -> Entry:
    entry = entry_seen_by(request.user, kind, public_id)
    if entry is None:
        raise Http404
    view.require(f"files.share_{kind}", entry)
    return entry
