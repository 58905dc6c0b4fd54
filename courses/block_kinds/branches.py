from typing import Any

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

    def variables(self, block: Block, revision: BlockRevision) -> dict[str, Any]:
        # The page that shows the branches puts them here; elsewhere the block has nothing of its own to show.
        return {"html": "", "branches": [], "note": ""}
