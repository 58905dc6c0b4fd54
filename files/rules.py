from typing import Any

import rules

from accounts.rules import is_own
from files.models import AccessLog, File, FileVersion, Folder, Share, StoredFile
from files.querysets import keeps


def _is_among(rows: Any, name: str) -> Any:
    """A predicate: the object is one of those that ``rows`` gives for the person."""

    @rules.predicate(name)
    def predicate(user: Any, obj: Any) -> bool:
        return obj is not None and rows(user).filter(pk=obj.pk).exists()

    return predicate


@rules.predicate
def keeps_space(user: Any, space: Any) -> bool:
    return space is not None and keeps(user, space)


@rules.predicate
def keeps_space_of(user: Any, entry: Any) -> bool:
    return entry is not None and keeps(user, entry.space)


uses_of_the_file_are_visible = _is_among(
    lambda user: StoredFile.objects.visible_to(user), "uses_of_the_file_are_visible"
)
# Most look at what they keep themselves, which is quickly known; only others need a share.
sees_file = keeps_space_of | _is_among(lambda user: File.objects.visible_to(user), "sees_file")
sees_folder = keeps_space_of | _is_among(lambda user: Folder.objects.visible_to(user), "sees_folder")
sees_version = _is_among(lambda user: FileVersion.objects.visible_to(user), "sees_version")
edits_file = keeps_space_of | _is_among(lambda user: File.objects.changeable_by(user), "edits_file")
edits_folder = keeps_space_of | _is_among(lambda user: Folder.objects.changeable_by(user), "edits_folder")
sees_share = _is_among(lambda user: Share.objects.visible_to(user), "sees_share")
sees_access = _is_among(lambda user: AccessLog.objects.visible_to(user), "sees_access")


@rules.predicate
def is_signed_in(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_active)


rules.add_perm("files.add_storedfile", is_signed_in)
rules.add_perm("files.view_storedfile", uses_of_the_file_are_visible)
rules.add_perm("files.add_upload", is_signed_in)
rules.add_perm("files.view_upload", is_own)
rules.add_perm("files.change_upload", is_own)
rules.add_perm("files.delete_upload", is_own)
rules.add_perm("files.view_space", keeps_space)
# To put something into it, to empty its bin.
rules.add_perm("files.change_space", keeps_space)
# Administrators, who may all, give more room.
rules.add_perm("files.change_quota", rules.always_deny)
rules.add_perm("files.view_file", sees_file)
rules.add_perm("files.change_file", edits_file)
rules.add_perm("files.delete_file", keeps_space_of)
rules.add_perm("files.share_file", keeps_space_of)
rules.add_perm("files.view_folder", sees_folder)
rules.add_perm("files.change_folder", edits_folder)
rules.add_perm("files.delete_folder", keeps_space_of)
rules.add_perm("files.share_folder", keeps_space_of)
rules.add_perm("files.view_fileversion", sees_version)
rules.add_perm("files.view_share", sees_share)
rules.add_perm("files.change_share", sees_share)
rules.add_perm("files.delete_share", sees_share)
rules.add_perm("files.view_accesslog", sees_access)
