"""Uploads as the API takes and tells them."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from files import incoming
from files.enums import UploadState
from files.models import Upload
from files.services.direct import MOST_ADDRESSES
from files.services.sent import token_of

_HEX = r"^[0-9a-f]{64}$"


class UploadInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=255, help_text=_("With the ending that says what kind of file it is."))
    size = serializers.IntegerField(min_value=0, max_value=2**53, help_text=_("In bytes."))
    purpose = serializers.CharField(max_length=30, help_text=_("What it is for, such as `lesson_media`."))
    place = serializers.RegexField(
        r"^(space|folder|file):[0-9a-f-]{36}$",
        required=False,
        help_text=_("For the purpose `file`: `space:`, `folder:` or, for a new version, `file:`, and its id."),
    )
    sha256 = serializers.RegexField(
        _HEX,
        required=False,
        help_text=_("In hex, small letters. A file that arrives as another one is refused."),
    )


class DirectOutput(serializers.Serializer[Any]):
    part_size = serializers.IntegerField(help_text=_("Of each part but the last, in bytes."))
    parts = serializers.IntegerField(help_text=_("How many there are."))


class UploadOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    size = serializers.IntegerField(help_text=_("In bytes."))
    offset = serializers.IntegerField(help_text=_("Where the next part begins."))
    direct = DirectOutput(
        allow_null=True,
        help_text=_(
            "How it may go straight to the bucket, by the addresses of `parts/`; null if it comes through here."
        ),
    )
    purpose = serializers.CharField()
    state = serializers.ChoiceField(UploadState.choices)
    code = serializers.CharField(help_text=_("Why it was refused: the code of the problem; empty otherwise."))
    message = serializers.CharField(help_text=_("The same as a sentence."))
    token = serializers.CharField(help_text=_("What a form names it by; empty until it is done."))
    file = serializers.UUIDField(allow_null=True, help_text=_("The file that it has become."))
    scan = serializers.CharField(
        help_text=_("Whether a virus scanner looked at it: `clean`, `not_scanned`; empty until done.")
    )
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text=_("It is forgotten then, unless something uses the file."))


def present_uploads(rows: Sequence[Upload]) -> list[dict[str, Any]]:
    """Uploads, in ``UploadOutput``'s shape."""
    return [
        {
            "id": row.public_id,
            "name": row.name,
            "size": row.size,
            "offset": _offset(row),
            "direct": _direct(row),
            "purpose": row.purpose,
            "state": row.state,
            "code": row.code,
            "message": row.message,
            "token": token_of(row) if row.state == UploadState.DONE else "",
            "file": row.file.public_id if row.file else None,
            "scan": row.file.scan_state if row.file else "",
            "created_at": row.created_at,
            "expires_at": row.expires_at,
        }
        for row in rows
    ]


class PartsInput(serializers.Serializer[Any]):
    numbers = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        min_length=1,
        max_length=MOST_ADDRESSES,
        help_text=_("Of the parts to be sent next, from 1 on; at most 100 at once."),
    )


class PartAddressOutput(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    size = serializers.IntegerField(help_text=_("Exactly so many bytes it must have."))
    address = serializers.CharField(help_text=_("Where to send it with `PUT`, with no headers of your own."))


class PartAddressesOutput(serializers.Serializer[Any]):
    parts = PartAddressOutput(many=True)
    expires_at = serializers.DateTimeField(help_text=_("What has begun by then is taken to its end."))


class ArrivedPartOutput(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    size = serializers.IntegerField(help_text=_("In bytes."))
    etag = serializers.CharField(help_text=_("What the bucket calls it."))


class ArrivedPartsOutput(serializers.Serializer[Any]):
    parts = ArrivedPartOutput(many=True)


class NamedPartInput(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1)
    etag = serializers.CharField(max_length=200, help_text=_("As the bucket answered, or as `parts/` tells."))


class CompleteInput(serializers.Serializer[Any]):
    parts = NamedPartInput(many=True, help_text=_("All of them."))


def _direct(row: Upload) -> dict[str, int] | None:
    if not row.part_size or row.state != UploadState.RECEIVING:
        return None
    return {"part_size": row.part_size, "parts": row.parts}


def _offset(row: Upload) -> int:
    return row.size if row.state != UploadState.RECEIVING else incoming.size_now(row.public_id, is_sealed=row.is_sealed)
