from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from courses.block_kinds.base import RevisionKind
from courses.models import Block, BlockRevision


class Branches(RevisionKind):
    """The place of a comparison: each student is shown the branch of their group. What stands there are sections."""

    label = _("Groups see different content")
    icon = "git-compare"
    template = "courses/blocks/branches.html"
    settings = ("experiment",)
    required = ("experiment",)

    def edit_url(self, block: Block) -> str:
        """Where an author says which experiment it is; what stands in the branches is written in the lesson itself."""
        return reverse("courses:branches-edit", args=[block.section.item.course.slug, block.public_id])

    def check(self, block: Any, revision: Any) -> list[str]:
        return [] if revision.data else [_now("Choose the experiment whose groups are shown different content.")]

    def variables(self, block: Block, revision: BlockRevision) -> dict[str, Any]:
        # The page that shows the branches puts them here; elsewhere the block has nothing of its own to show.
        return {"html": "", "branches": [], "note": ""}
