from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from courses.block_kinds.base import RevisionKind
from courses.models import Block, BlockRevision


class Video(RevisionKind):
    """A film; the text is its transcript."""

    label = _("Video")
    icon = "video"
    template = "courses/blocks/video.html"
    settings = ("file", "captions", "title", "poster")
    required = ("file", "title")
    file_settings = ("file", "captions", "poster")

    def variables(self, block: Block, revision: BlockRevision) -> dict[str, Any]:
        # The captions' language is the course's; the page has the course at hand.
        return {**super().variables(block, revision), "language": block.course.language}

    def check(self, block: Any, revision: Any) -> list[str]:
        problems = super().check(block, revision)
        if not revision.data.get("captions"):
            problems.append(_now("Add captions, so that those who cannot hear can follow."))
        if not revision.text.strip():
            problems.append(_now("Add a transcript, so that the film can be read and searched."))
        return problems
