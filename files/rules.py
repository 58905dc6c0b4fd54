from typing import Any

import rules

from files.models import StoredFile


@rules.predicate
def uses_of_the_file_are_visible(user: Any, file: Any) -> bool:
    return file is not None and StoredFile.objects.visible_to(user).filter(pk=file.pk).exists()


rules.add_perm("files.view_storedfile", uses_of_the_file_are_visible)
