from django.utils.translation import gettext_lazy as _

from courses.block_kinds.base import RevisionKind


class File(RevisionKind):
    """A file to take along; the text says what it is."""

    label = _("File")
    icon = "paperclip"
    template = "courses/blocks/file.html"
    settings = ("file", "title")
    required = ("file",)
    file_settings = ("file",)
