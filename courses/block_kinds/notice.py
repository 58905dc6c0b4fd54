from typing import Any

from django.utils.translation import gettext_lazy as _

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

    def context(self, blocks: list[Any], user: Any) -> dict[int, dict[str, Any]]:
        contexts = super().context(blocks, user)
        writes = {item: user.has_perm("courses.change_item", item) for item in {block.section.item for block in blocks}}
        for block in blocks:
            contexts[block.pk]["is_author"] = writes[block.section.item]
        return contexts
