from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from core.findings import Finding
from courses.block_kinds.base import RevisionKind


class Notice(RevisionKind):
    """A part of another system that cannot be shown here: its place is kept, with what an author can do about it.

    ``source`` is its kind there, ``title`` its name, ``about`` what it was. Students read a calm sentence.
    """

    label = _("Notice")
    icon = "info"
    template = "courses/blocks/notice.html"
    settings = ("source", "title", "about")
    limits = {"about": 2000}

    def check(self, block: Any, revision: Any) -> list[str]:
        sentence = _now(
            "“%(title)s” came from another system and waits for you: put something in its place, or bin it."
        )
        title = revision.data.get("title") or revision.data.get("source") or _now("A part")
        return [*super().check(block, revision), Finding("notice", sentence % {"title": title})]

    def context(self, blocks: list[Any], user: Any) -> dict[int, dict[str, Any]]:
        contexts = super().context(blocks, user)
        writes = {item: user.has_perm("courses.change_item", item) for item in {block.section.item for block in blocks}}
        for block in blocks:
            contexts[block.pk]["is_author"] = writes[block.section.item]
        return contexts
