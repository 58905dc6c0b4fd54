from typing import Any

from django.utils.translation import gettext_lazy as _

from core.findings import Finding
from core.html_check import html_findings, left_out
from core.imported_html import imported_html, shifted_headings
from courses.block_kinds.base import RevisionKind
from courses.enums import Markup
from courses.models import Block, BlockRevision

# A section's title is the page's second level.
_BELOW_TITLE = 3


class Html(RevisionKind):
    """A text that another system wrote in HTML; its source is kept as it came."""

    label = _("Imported text")
    icon = "code"
    template = "courses/blocks/html.html"
    needs_text = True
    markup = Markup.HTML
    previews = True

    def render(self, text: str) -> str:
        return imported_html(text, level=_BELOW_TITLE)

    def check(self, block: Any, revision: Any) -> list[str]:
        wrong = [Finding("setting", sentence) for sentence in self.validate(revision.data, revision.text)]
        return [*wrong, *html_findings(revision.html, may_be_relative=False), *left_out(revision.text)]

    def variables(self, block: Block, revision: BlockRevision) -> dict[str, Any]:
        values = super().variables(block, revision)
        if not block.section.title:
            values["html"] = shifted_headings(values["html"], -1)
        return values
