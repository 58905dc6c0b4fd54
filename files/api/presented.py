"""Spaces, folders, kept files and shares as the API takes and tells them."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import User
from files.enums import AccessAction, OpenerKind, ShareLevel
from files.models import AccessLog, File, FileVersion, Folder, Share, Space
from files.references import reference_to
from files.services.sharing import Access, link_of
from files.services.signed import signed_url
from files.services.spaces import name_of, quota_of, used_in


class SpaceOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.CharField(help_text=_("Whose it is: `person` or `course`."))
    name = serializers.CharField()
    used = serializers.IntegerField(help_text=_("In bytes: all versions, those in the bin, too."))
    quota = serializers.IntegerField(help_text=_("How many bytes it may hold."))


class SpaceInput(serializers.Serializer[Any]):
    quota = serializers.IntegerField(
        min_value=0, max_value=2**53, allow_null=True, help_text=_("In bytes; null for what the site says.")
    )


class FolderOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    space = serializers.UUIDField()
    folder = serializers.UUIDField(allow_null=True, help_text=_("The folder it lies in; null at the top."))
    is_binned = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class FolderInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    space = serializers.UUIDField(
        required=False, help_text=_("At its top it is made, or in the folder, which must lie in it if both are named.")
    )
    folder = serializers.UUIDField(required=False, allow_null=True, help_text=_("The folder it lies in."))


class FolderChangeInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False)
    space = serializers.UUIDField(required=False, help_text=_("To move it to the top of a space."))
    folder = serializers.UUIDField(required=False, help_text=_("To move it into a folder."))


class FileOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    space = serializers.UUIDField()
    folder = serializers.UUIDField(allow_null=True, help_text=_("Null at the top of the space."))
    media_type = serializers.CharField()
    size = serializers.IntegerField(help_text=_("In bytes."))
    sha256 = serializers.CharField()
    version = serializers.IntegerField(help_text=_("The number of the version that counts."))
    scan = serializers.CharField(help_text=_("`clean` or `not_scanned`."))
    reference = serializers.CharField(
        help_text=_("What a text names this version by: `![A hedge](file:…)`. A new version has another one.")
    )
    is_binned = serializers.BooleanField()
    changed_at = serializers.DateTimeField()
    download_url = serializers.CharField(
        help_text=_("Gives the bytes for some minutes, without signing in, as long as you may see the file.")
    )


class FileInput(serializers.Serializer[Any]):
    file = serializers.FileField(help_text=_("Up to some megabytes; larger ones come by `/uploads/`."))
    space = serializers.UUIDField(required=False, help_text=_("To keep it at the top of a space."))
    folder = serializers.UUIDField(required=False, help_text=_("To keep it in a folder."))


class FileChangeInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False)
    space = serializers.UUIDField(required=False, help_text=_("To move it to the top of a space."))
    folder = serializers.UUIDField(required=False, help_text=_("To move it into a folder."))


class VersionOutput(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    size = serializers.IntegerField(help_text=_("In bytes."))
    sha256 = serializers.CharField()
    by = serializers.CharField()
    brought_back = serializers.IntegerField(allow_null=True, help_text=_("The version that was brought back by it."))
    created_at = serializers.DateTimeField()
    download_url = serializers.CharField()


class VersionInput(serializers.Serializer[Any]):
    file = serializers.FileField()


class AccessOutput(serializers.Serializer[Any]):
    action = serializers.ChoiceField(AccessAction.choices)
    person = serializers.CharField(help_text=_("Empty for who came by a link without signing in."))
    version = serializers.IntegerField(allow_null=True)
    at = serializers.DateTimeField()


class OpenerOutput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(OpenerKind.choices)
    name = serializers.CharField(help_text=_("As people read it: of a person, a course, or what a link asks for."))
    level = serializers.ChoiceField(ShareLevel.choices)
    expires_at = serializers.DateTimeField(allow_null=True)
    share = serializers.UUIDField(allow_null=True, help_text=_("The share that it comes from, if it does."))
    folder = serializers.UUIDField(
        allow_null=True, help_text=_("The folder around it that is shared, if not it is itself.")
    )


class ShareOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    file = serializers.UUIDField(allow_null=True)
    folder = serializers.UUIDField(allow_null=True)
    audience = serializers.CharField(help_text=_("`person`, `link`, or people of a course: `course_students` …"))
    person = serializers.UUIDField(allow_null=True)
    level = serializers.ChoiceField(ShareLevel.choices)
    expires_at = serializers.DateTimeField(allow_null=True)
    has_password = serializers.BooleanField()
    most_downloads = serializers.IntegerField(allow_null=True)
    downloads = serializers.IntegerField()
    is_over = serializers.BooleanField(help_text=_("Whether it opens nothing any more."))
    link = serializers.CharField(help_text=_("The path that opens it; empty for other shares."))
    created_at = serializers.DateTimeField()


class ShareInput(serializers.Serializer[Any]):
    file = serializers.UUIDField(required=False)
    folder = serializers.UUIDField(required=False)
    audience = serializers.CharField(
        max_length=30, help_text=_("`person`, `link`, `course_students`, `course_teachers` or `course_people`.")
    )
    person = serializers.UUIDField(required=False, help_text=_("For `person`."))
    course = serializers.CharField(
        max_length=100, required=False, help_text=_("For people of a course: its address or code.")
    )
    level = serializers.ChoiceField(ShareLevel.choices, required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    password = serializers.CharField(required=False, max_length=100, write_only=True, help_text=_("For `link`."))
    most_downloads = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=100_000, help_text=_("For `link`.")
    )


class ShareChangeInput(serializers.Serializer[Any]):
    level = serializers.ChoiceField(ShareLevel.choices, required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    password = serializers.CharField(
        required=False, max_length=100, allow_blank=True, write_only=True, help_text=_("Empty for none.")
    )
    most_downloads = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=100_000)


def present_spaces(rows: Sequence[Space]) -> list[dict[str, Any]]:
    """Spaces, in ``SpaceOutput``'s shape."""
    return [
        {
            "id": row.public_id,
            "kind": row.kind,
            "name": name_of(row),
            "used": used_in(row),
            "quota": quota_of(row),
        }
        for row in rows
    ]


def present_folders(rows: Sequence[Folder]) -> list[dict[str, Any]]:
    """Folders with ``space`` and ``parent`` at hand, in ``FolderOutput``'s shape."""
    return [
        {
            "id": row.public_id,
            "name": row.name,
            "space": row.space.public_id,
            "folder": row.parent.public_id if row.parent else None,
            "is_binned": row.is_binned,
            "created_at": row.created_at,
        }
        for row in rows
    ]


def present_files(user: User, rows: Sequence[File]) -> list[dict[str, Any]]:
    """Files with ``space``, ``folder`` and ``current__stored`` at hand, in ``FileOutput``'s shape, for ``user`` to read."""
    return [
        {
            "id": row.public_id,
            "name": row.name,
            "space": row.space.public_id,
            "folder": row.folder.public_id if row.folder else None,
            "media_type": row.shown.stored.media_type,
            "size": row.shown.stored.size,
            "sha256": row.shown.stored.sha256,
            "version": row.shown.number,
            "scan": row.shown.stored.scan_state,
            "reference": reference_to(row.shown.stored),
            "is_binned": row.is_binned,
            "changed_at": row.changed_at,
            "download_url": signed_url(user, row, row.shown),
        }
        for row in rows
    ]


def present_versions(user: User, file: File, rows: Sequence[FileVersion]) -> list[dict[str, Any]]:
    """Versions with ``stored`` and ``made_by`` at hand, in ``VersionOutput``'s shape."""
    return [
        {
            "number": row.number,
            "size": row.stored.size,
            "sha256": row.stored.sha256,
            "by": row.made_by.name,
            "brought_back": row.brought_back,
            "created_at": row.created_at,
            "download_url": signed_url(user, file, row),
        }
        for row in rows
    ]


def present_accesses(rows: Sequence[AccessLog]) -> list[dict[str, Any]]:
    """Entries with ``user`` at hand, in ``AccessOutput``'s shape."""
    return [
        {"action": row.action, "person": row.user.name if row.user else "", "version": row.number, "at": row.at}
        for row in rows
    ]


def present_openers(rows: Sequence[Access]) -> list[dict[str, Any]]:
    """In ``OpenerOutput``'s shape."""
    found = []
    for row in rows:
        around = row.share.folder if row.share and not row.is_own else None
        told = {"kind": row.kind, "name": row.who, "level": row.level, "expires_at": row.until}
        ids = {"share": row.share.public_id if row.share else None, "folder": around.public_id if around else None}
        found.append(told | ids)
    return found


def present_shares(rows: Sequence[Share]) -> list[dict[str, Any]]:
    """Shares with ``file`` and ``folder`` at hand, in ``ShareOutput``'s shape; one query for all people among them."""
    people = {row.audience_id for row in rows if row.audience_kind == Share.PERSON}
    ids = dict(User.objects.filter(pk__in=people).values_list("pk", "public_id")) if people else {}
    return [
        {
            "id": row.public_id,
            "file": row.file.public_id if row.file else None,
            "folder": row.folder.public_id if row.folder else None,
            "audience": row.audience_kind,
            "person": ids.get(row.audience_id) if row.audience_kind == Share.PERSON else None,
            "level": row.level,
            "expires_at": row.expires_at,
            "has_password": bool(row.password),
            "most_downloads": row.most_downloads,
            "downloads": row.downloads,
            "is_over": row.is_over,
            "link": link_of(row) if row.is_link else "",
            "created_at": row.created_at,
        }
        for row in rows
    ]
