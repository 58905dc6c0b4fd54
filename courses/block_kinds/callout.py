from django.utils.translation import gettext_lazy as _

from courses.block_kinds.base import RevisionKind


class Callout(RevisionKind):
    """A remark that stands apart from the text."""

    label = _("Callout")
    icon = "info"
    template = "courses/blocks/callout.html"
    settings = ("tone", "title")
    choices = {"tone": ("note", "tip", "warning")}
    needs_text = True
