"""Sharing files and folders, for programs."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from core.api.views import Endpoint
from core.errors import Invalid
from core.shortcuts import get_visible
from core.slots import SHARE_AUDIENCES
from files.api import presented
from files.models import File, Folder, Share
from files.services.kept import Entry
from files.services.sharing import change_share, end_share, share_by_link, share_with

_TAG = ["files"]


class SharesQuery(serializers.Serializer[Any]):
    file = serializers.UUIDField(required=False, help_text=gettext_lazy("Those of a file."))
    folder = serializers.UUIDField(required=False, help_text=gettext_lazy("Those of a folder."))


class SharesView(Endpoint):
    scope = "files"

    @extend_schema(
        operation_id="shares_list",
        summary="What is shared of your spaces",
        tags=_TAG,
        parameters=[SharesQuery],
        responses=presented.ShareOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        asked = self.query(SharesQuery)
        rows = Share.objects.visible_to(request.user).select_related("file", "folder")
        for name in ("file", "folder"):
            if asked.get(name):
                rows = rows.filter(**{f"{name}__public_id": asked[name]})
        return self.page_of(rows.order_by("-pk"), presented.present_shares)

    @extend_schema(
        operation_id="shares_create",
        summary="Share a file or a folder",
        description="With a person, with people of a course, or by a link: `link` in the answer is its path.",
        tags=_TAG,
        request=presented.ShareInput,
        responses={201: presented.ShareOutput},
    )
    def post(self, request: Request) -> Response:
        values = self.parse(presented.ShareInput)
        user: User = request.user  # type: ignore[assignment]
        entry = _entry(request, values)
        kind = values["audience"]
        if kind == Share.LINK:
            given = {name: values[name] for name in ("expires_at", "password", "most_downloads") if name in values}
            share = share_by_link(actor=user, entry=entry, **given)
        else:
            said = {name: values[name] for name in ("expires_at", "level") if name in values}
            share = share_with(actor=user, entry=entry, kind=kind, audience_id=_audience(user, kind, values), **said)
        answer = presented.present_shares([share])[0]
        return self.created(answer, reverse("api:files:share", args=[share.public_id]))


class ShareView(Endpoint):
    scope = "files"

    @extend_schema(operation_id="shares_read", summary="One share", tags=_TAG, responses=presented.ShareOutput)
    def get(self, request: Request, public_id: uuid.UUID) -> Response:
        return Response(presented.present_shares([_share(request, public_id)])[0])

    @extend_schema(
        operation_id="shares_change",
        summary="Change a share",
        tags=_TAG,
        request=presented.ShareChangeInput,
        responses=presented.ShareOutput,
    )
    def patch(self, request: Request, public_id: uuid.UUID) -> Response:
        share = _share(request, public_id)
        values = self.parse(presented.ShareChangeInput)
        change_share(actor=request.user, share=share, **values)  # type: ignore[arg-type]
        return Response(presented.present_shares([_share(request, public_id)])[0])

    @extend_schema(
        operation_id="shares_end",
        summary="End a share",
        description="At once; it stays in the list for a while, as one that is over.",
        tags=_TAG,
        responses={204: OpenApiResponse(description="It opens nothing any more.")},
    )
    def delete(self, request: Request, public_id: uuid.UUID) -> Response:
        end_share(actor=request.user, share=_share(request, public_id))  # type: ignore[arg-type]
        return Response(status=204)


def _share(request: Request, public_id: uuid.UUID) -> Share:
    rows = Share.objects.select_related("file__space", "folder__space")
    found: Share = get_visible(rows, request.user, public_id=public_id)
    return found


def _entry(request: Request, values: dict[str, Any]) -> Entry:
    given = [name for name in ("file", "folder") if values.get(name)]
    if len(given) != 1:
        sentence = _("Name either a file or a folder.")
        raise Invalid("nothing_to_share", sentence, fields={"file": [sentence]})
    name = given[0]
    rows: Any = (
        File.objects.select_related("space", "folder")
        if name == "file"
        else Folder.objects.select_related("space", "parent")
    )
    found: Entry | None = rows.visible_to(request.user).filter(public_id=values[name]).first()
    if found is None:
        sentence = _("There is nothing with this id that you could share.")
        raise Invalid("nothing_to_share", sentence, fields={name: [sentence]})
    return found


def _audience(user: User, kind: str, values: dict[str, Any]) -> int:
    if kind == Share.PERSON:
        person = User.objects.visible_to(user).filter(public_id=values.get("person")).first()
        return person.pk if person else 0
    audience = SHARE_AUDIENCES.get(kind)
    wanted = values.get("course", "")
    return (audience.find(user, wanted) if audience and wanted else None) or 0
