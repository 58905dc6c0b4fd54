"""Spaces, folders and kept files, for programs."""

import uuid
from typing import Any

from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from core.api.views import Endpoint
from core.errors import Conflict, Invalid
from core.shortcuts import get_visible
from files.api import presented
from files.models import File, Folder, Space
from files.selectors.places import KINDS, SORTS, Wanted, listing_rows, versions_of
from files.services import bin as bins
from files.services.accesses import entry_seen_by
from files.services.kept import Entry, add_sent_version, bring_back, keep_sent, make_folder, rename
from files.services.moving import move
from files.services.spaces import set_quota, spaces_kept_by

_TAG = ["files"]
_BINNED = OpenApiResponse(description="It is in the bin, or with `for_good` gone.")


class PlaceQuery(serializers.Serializer[Any]):
    space = serializers.UUIDField(required=False, help_text=gettext_lazy("What lies at its top."))
    folder = serializers.UUIDField(required=False, help_text=gettext_lazy("What lies in it."))
    shared = serializers.BooleanField(required=False, help_text=gettext_lazy("What others share with you."))
    binned = serializers.BooleanField(required=False, help_text=gettext_lazy("With `space`: what lies in its bin."))


class FilesQuery(PlaceQuery):
    q = serializers.CharField(
        required=False, max_length=100, help_text=gettext_lazy("Words in the name, anywhere below the place.")
    )
    kind = serializers.ChoiceField(required=False, choices=sorted(KINDS))
    ordering = serializers.ChoiceField(required=False, choices=sorted(SORTS))


class DeleteQuery(serializers.Serializer[Any]):
    for_good = serializers.BooleanField(
        required=False, help_text=gettext_lazy("Delete what lies in the bin, with all versions.")
    )


class SpacesView(Endpoint):
    scope = "files"

    @extend_schema(
        operation_id="spaces_list",
        summary="Where you keep files",
        description="Your own space and those of the courses that you write, with how full each is.",
        tags=_TAG,
        responses=presented.SpaceOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = [space for space, _name in spaces_kept_by(request.user)]
        return self.page_of(rows, presented.present_spaces)


class SpaceView(Endpoint):
    scope = "files"

    @extend_schema(operation_id="spaces_read", summary="One space", tags=_TAG, responses=presented.SpaceOutput)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(presented.present_spaces([_space(request, public_id)])[0])

    @extend_schema(
        operation_id="spaces_change",
        summary="How much a space may hold",
        description="For administrators.",
        tags=_TAG,
        request=presented.SpaceInput,
        responses=presented.SpaceOutput,
    )
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        space = _space(request, public_id)
        self.require("files.change_quota", space)
        values = self.parse(presented.SpaceInput)
        space = set_quota(actor=request.user, space=space, quota=values["quota"])  # type: ignore[arg-type]
        return Response(presented.present_spaces([space])[0])


class FoldersView(Endpoint):
    scope = "files"

    @extend_schema(
        operation_id="folders_list",
        summary="Folders",
        description="In a space or a folder; those that others share with you; those in a bin. Without a place all that you see.",
        tags=_TAG,
        parameters=[PlaceQuery],
        responses=presented.FolderOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        place = self.query(PlaceQuery)
        rows = _at(request, Folder.objects.select_related("space", "parent"), place, "parent")
        return self.page_of(rows.order_by("name_key", "pk"), presented.present_folders)

    @extend_schema(
        operation_id="folders_create",
        summary="Make a folder",
        tags=_TAG,
        request=presented.FolderInput,
        responses={201: presented.FolderOutput},
    )
    def post(self, request: Request) -> Response:
        values = self.parse(presented.FolderInput)
        space, parent = _place(request, values)
        made = make_folder(actor=_person(request), space=space, parent=parent, name=values["name"])
        answer = presented.present_folders([made])[0]
        return self.created(answer, reverse("api:files:folder", args=[made.public_id]))


class FolderView(Endpoint):
    scope = "files"

    @extend_schema(operation_id="folders_read", summary="One folder", tags=_TAG, responses=presented.FolderOutput)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(presented.present_folders([self._load(request, public_id)])[0])

    @extend_schema(
        operation_id="folders_change",
        summary="Rename or move a folder",
        tags=_TAG,
        request=presented.FolderChangeInput,
        responses=presented.FolderOutput,
    )
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        folder = self._load(request, public_id)
        self.require("files.change_folder", folder)
        values = self.parse(presented.FolderChangeInput)
        _change(request, folder, values)
        return Response(presented.present_folders([self._load(request, public_id)])[0])

    @extend_schema(
        operation_id="folders_delete",
        summary="Delete a folder with all that is in it",
        description="It goes into the bin; from there, with `for_good`, for good.",
        tags=_TAG,
        parameters=[DeleteQuery],
        responses={204: _BINNED},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        return _delete(request, self._load(request, public_id), self.query(DeleteQuery))

    def _load(self, request: Request, public_id: uuid.UUID) -> Folder:
        return _the_folder(request, public_id)


class FolderRestoreView(Endpoint):
    scope = "files"

    @extend_schema(
        operation_id="folders_restore",
        summary="Bring a folder back from the bin",
        tags=_TAG,
        request=None,
        responses=presented.FolderOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        bins.restore(actor=_person(request), entries=[_the_folder(request, public_id)])
        return Response(presented.present_folders([_the_folder(request, public_id)])[0])


class FilesView(Endpoint):
    scope = "files"
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="files_list",
        summary="Files",
        description="In a space or a folder; those that others share with you; those in a bin. Without a place all that you see.",
        tags=_TAG,
        parameters=[FilesQuery],
        responses=presented.FileOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        asked = self.query(FilesQuery)
        wanted = Wanted(asked.get("q", ""), asked.get("kind", ""), asked.get("ordering", "name"))
        below = bool(wanted.words or wanted.kind)
        rows = _at(request, File.objects.select_related("space", "folder"), asked, "folder", below=below)
        user = _person(request)
        return self.page_of(listing_rows(rows, wanted), lambda page: presented.present_files(user, page))

    @extend_schema(
        operation_id="files_create",
        summary="Keep a file",
        description="A file of the same name in that place gets a new version. Large ones come in parts, by `/uploads/`.",
        tags=_TAG,
        request={"multipart/form-data": presented.FileInput},
        responses={201: presented.FileOutput},
    )
    def post(self, request: Request) -> Response:
        values = self.parse(presented.FileInput)
        space, folder = _place(request, values)
        user = _person(request)
        self.require("files.change_folder" if folder else "files.change_space", folder or space)
        sent = values["file"]
        version = keep_sent(actor=user, space=space, folder=folder, content=sent, name=sent.name)
        found = _file(request, version.file.public_id)
        return self.created(
            presented.present_files(user, [found])[0], reverse("api:files:file", args=[found.public_id])
        )


class FileView(Endpoint):
    scope = "files"

    @extend_schema(operation_id="files_read", summary="One file", tags=_TAG, responses=presented.FileOutput)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(presented.present_files(_person(request), [_file(request, public_id)])[0])

    @extend_schema(
        operation_id="files_change",
        summary="Rename or move a file",
        tags=_TAG,
        request=presented.FileChangeInput,
        responses=presented.FileOutput,
    )
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        file = _file(request, public_id)
        self.require("files.change_file", file)
        _change(request, file, self.parse(presented.FileChangeInput))
        return Response(presented.present_files(_person(request), [_file(request, public_id)])[0])

    @extend_schema(
        operation_id="files_delete",
        summary="Delete a file",
        description="It goes into the bin; from there, with `for_good`, for good.",
        tags=_TAG,
        parameters=[DeleteQuery],
        responses={204: _BINNED},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        return _delete(request, _file(request, public_id), self.query(DeleteQuery))


class FileRestoreView(Endpoint):
    scope = "files"

    @extend_schema(
        operation_id="files_restore",
        summary="Bring a file back from the bin",
        tags=_TAG,
        request=None,
        responses=presented.FileOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        bins.restore(actor=_person(request), entries=[_file(request, public_id)])
        return Response(presented.present_files(_person(request), [_file(request, public_id)])[0])


class FileVersionsView(Endpoint):
    scope = "files"
    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="files_versions",
        summary="Versions of a file",
        description="All of them to who may change it; to who may only view it the current one.",
        tags=_TAG,
        responses=presented.VersionOutput(many=True),
    )
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        file, user = _file(request, public_id), _person(request)
        return self.page_of(versions_of(file, user), lambda page: presented.present_versions(user, file, page))

    @extend_schema(
        operation_id="files_version_create",
        summary="A new version of a file",
        tags=_TAG,
        request={"multipart/form-data": presented.VersionInput},
        responses={201: presented.FileOutput},
    )
    def post(self, request: Request, public_id: uuid.UUID) -> Response:
        file, user = _file(request, public_id), _person(request)
        self.require("files.change_file", file)
        sent = self.parse(presented.VersionInput)["file"]
        add_sent_version(actor=user, file=file, content=sent, name=sent.name)
        found = _file(request, public_id)
        return self.created(
            presented.present_files(user, [found])[0], reverse("api:files:file", args=[found.public_id])
        )


class FileVersionRestoreView(Endpoint):
    scope = "files"

    @extend_schema(
        operation_id="files_version_restore",
        summary="Let an earlier version count again",
        tags=_TAG,
        request=None,
        responses=presented.FileOutput,
    )
    def post(self, request: Request, public_id: uuid.UUID, number: int) -> Response:
        file = _file(request, public_id)
        versions = file.versions.select_related("file__space", "stored")
        version = get_visible(versions, request.user, number=number)  # type: ignore[arg-type]
        bring_back(actor=_person(request), version=version)  # type: ignore[arg-type]
        return Response(presented.present_files(_person(request), [_file(request, public_id)])[0])


def _person(request: Request) -> User:
    return request.user  # type: ignore[return-value]


def _file(request: Request, public_id: uuid.UUID) -> File:
    found = entry_seen_by(request.user, "file", public_id)
    if not isinstance(found, File):
        raise Http404
    return found


def _the_folder(request: Request, public_id: uuid.UUID) -> Folder:
    found = entry_seen_by(request.user, "folder", public_id)
    if not isinstance(found, Folder):
        raise Http404
    return found


def _space(request: Request, public_id: uuid.UUID) -> Space:
    return get_visible(Space, request.user, public_id=public_id)


def _space_named(request: Request, public_id: uuid.UUID) -> Space:
    return _named(Space.objects.visible_to(request.user).filter(public_id=public_id).first(), "space")


def _folder(request: Request, public_id: uuid.UUID, field: str) -> Folder:
    rows = Folder.objects.select_related("space", "parent").visible_to(request.user)
    return _named(rows.filter(public_id=public_id).first(), field)


def _place(request: Request, values: dict[str, Any]) -> tuple[Space, Folder | None]:
    """The space and the folder that ``values`` name: either is enough, and both must say the same."""
    if not values.get("folder"):
        if not values.get("space"):
            sentence = _("Say in which space or folder it is to be kept.")
            raise Invalid("place_missing", sentence, fields={"space": [sentence]})
        return _space_named(request, values["space"]), None
    folder = _folder(request, values["folder"], "folder")
    if values.get("space") not in (None, folder.space.public_id):
        sentence = _("This folder lies in another space. Name its own space, or the folder alone.")
        raise Invalid("places_differ", sentence, fields={"space": [sentence]})
    return folder.space, folder


def _named(found: Any, field: str) -> Any:
    if found is None:
        sentence = _("There is nothing with this id that you could put a file into.")
        raise Invalid("unknown_place", sentence, fields={field: [sentence]})
    return found


def _at(request: Request, rows: Any, place: dict[str, Any], inside: str, *, below: bool = False) -> Any:
    """Those of ``rows`` at the place that the query names; ``below``: also in folders there."""
    user = request.user
    if place.get("shared"):
        return rows.shared_with(user)
    if place.get("folder"):
        folder = _folder(request, place["folder"], "folder")
        found = rows.visible_to(user).kept()
        path = "path" if inside == "parent" else "folder__path"
        return found.filter(**({f"{path}__startswith": folder.path} if below else {inside: folder}))
    if place.get("space"):
        found = rows.visible_to(user).filter(space=_space_named(request, place["space"]))
        if place.get("binned"):
            return found.binned().filter(binned_with__isnull=True)
        return found.kept() if below else found.kept().filter(**{f"{inside}__isnull": True})
    return rows.visible_to(user).kept()


@transaction.atomic
def _change(request: Request, entry: Entry, values: dict[str, Any]) -> None:
    user = _person(request)
    if values.get("folder") or values.get("space"):
        space, folder = _place(request, values)
        move(actor=user, entries=[entry], space=space, folder=folder)
    if values.get("name"):
        entry.refresh_from_db()
        rename(actor=user, entry=entry, name=values["name"])


def _delete(request: Request, entry: Entry, query: dict[str, Any]) -> Response:
    if query.get("for_good"):
        if not entry.is_binned:
            raise Conflict("not_in_bin", _("Only what lies in the bin is deleted for good. Delete it first."))
        bins.delete_for_good(actor=_person(request), entries=[entry])
    else:
        bins.put_into_bin(actor=_person(request), entries=[entry])
    return Response(status=204)
