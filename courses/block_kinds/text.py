from django.utils.translation import gettext_lazy as _

from courses.block_kinds.base import RevisionKind


class Text(RevisionKind):
    """Markdown, the plain case."""

    label = _("Text")
    icon = "text"
    template = "courses/blocks/text.html"
