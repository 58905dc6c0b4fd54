"""How a text names a stored file: ``file:<public id>`` in its Markdown or HTML."""

import re

from django.utils.html import escape

from files.models import StoredFile

_SIGNS = re.compile(r"[\\`*[\]<>$]")


def reference_to(stored: StoredFile) -> str:
    """What stands in a text in place of the file's address."""
    return f"file:{stored.public_id}"


def written(stored: StoredFile, *, html: bool) -> str:
    """The picture, or a link to the file, as an author writes it; a picture is described by its name without the ending."""
    address = reference_to(stored)
    words = stored.name.rpartition(".")[0] or stored.name if stored.is_image else stored.name
    if html:
        return (
            f'<img src="{address}" alt="{escape(words)}">'
            if stored.is_image
            else f'<a href="{address}">{escape(words)}</a>'
        )
    words = _SIGNS.sub(lambda sign: f"\\{sign[0]}", words)
    return f"{'!' if stored.is_image else ''}[{words}]({address})"
