from typing import Any

import rules

from accounts.rules import is_own
from files.models import StoredFile


@rules.predicate
def uses_of_the_file_are_visible(user: Any, file: Any) -> bool:
    return file is not None and StoredFile.objects.visible_to(user).filter(pk=file.pk).exists()


@rules.predicate
def is_signed_in(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_active)


rules.add_perm("files.add_storedfile", is_signed_in)
rules.add_perm("files.view_storedfile", uses_of_the_file_are_visible)
rules.add_perm("files.add_upload", is_signed_in)
rules.add_perm("files.view_upload", is_own)
rules.add_perm("files.change_upload", is_own)
rules.add_perm("files.delete_upload", is_own)
