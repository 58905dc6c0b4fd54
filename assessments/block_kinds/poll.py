from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.poll_settings import SETTINGS, poll_problems, poll_settings, read_poll
from assessments.selectors import polls
from core.authz import Actor
from core.html import formula_problems, markdown, plain_text
from courses.models import Block, BlockRevision


class PollBlock:
    """A question of opinion: nothing is right, each student answers once. The text stands before it.

    What a reader may know of the results is said by ``assessments.selectors.polls`` alone, so the settings are not shown
    as they are stored.
    """

    label = gettext_lazy("Poll")
    icon = "list-checks"
    template = "assessments/blocks/poll.html"
    settings = SETTINGS
    scores = False

    def context(self, blocks: list[Block], user: Any) -> dict[int, dict[str, Any]]:
        return polls.lesson_polls(blocks, user)

    def edit_url(self, block: Block) -> str:
        """Where an author writes the poll; found without a query."""
        return reverse("assessments:block-poll", args=[block.section.item.course.slug, block.public_id])

    def validate(self, data: dict[str, Any], text: str) -> list[str]:
        return poll_problems(data)

    def copy(self, block: Block, copied: Block, ids: dict[str, str]) -> None:
        """The copy begins without votes."""

    def export(self, block: Block, revision: BlockRevision) -> tuple[dict[str, Any], str]:
        return (poll_settings(read_poll(revision.data)) if revision.data else {}), revision.text

    def load(self, block: Block, settings: dict[str, Any], text: str, actor: Actor) -> tuple[dict[str, Any], str]:
        return poll_settings(read_poll(settings)), text

    def check(self, block: Block, revision: BlockRevision) -> list[str]:
        if not revision.data:
            return [_("This poll is not written yet.")]
        poll = read_poll(revision.data)
        problems = poll_problems(revision.data)
        if any(entry.image and not entry.alt for entry in (*poll.questions, *poll.options)):
            problems.append(_("Say in “alt” what each picture of the poll shows."))
        return problems + [sentence for text in (revision.text, *poll.texts) for sentence in formula_problems(text)]

    def render(self, text: str) -> str:
        return markdown(text)

    def search_text(self, block: Block, revision: BlockRevision) -> str:
        poll = read_poll(revision.data)
        entries = (*poll.questions, *poll.options)
        words = [plain_text(markdown(text)) for text in (revision.text, *(entry.text for entry in entries))]
        return " ".join(part for part in (*words, *(entry.alt for entry in entries)) if part)

    def open_work(self, item_ids: list[int], user_ids: list[int]) -> set[tuple[int, int]]:
        """A poll asks for an opinion; keeping it to oneself does not hold a lesson open."""
        return set()

    def points(self, blocks: list[Block]) -> dict[int, Decimal]:
        return {}

    def bin(self, blocks: list[Block]) -> None:
        """The votes stay."""

    def restore(self, blocks: list[Block]) -> None:
        """The votes were never away."""
