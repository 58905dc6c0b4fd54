"""Who may do what with questions and attempts."""

from typing import Any

import rules

from courses.roles import Capability
from courses.rules import course_is_published, has_capability, view_item

authors = has_capability(Capability.AUTHOR)
grades = has_capability(Capability.GRADE)
learns = has_capability(Capability.LEARN)


@rules.predicate
def is_own_attempt(user: Any, attempt: Any) -> bool:
    return bool(user.is_authenticated and user.is_active and attempt is not None and attempt.user_id == user.pk)


@rules.predicate
def item_is_readable(user: Any, item: Any) -> bool:
    return item is not None and view_item.test(user, item)


@rules.predicate
def attempt_item_is_readable(user: Any, attempt: Any) -> bool:
    return attempt is not None and view_item.test(user, attempt.item)


@rules.predicate
def block_is_seen(user: Any, block: Any) -> bool:
    return block is not None and rules.has_perm("courses.view_block", user, block)


rules.add_perm("assessments.view_question", authors)
rules.add_perm("assessments.add_question", authors)
rules.add_perm("assessments.change_question", authors)
rules.add_perm("assessments.delete_question", authors)

# Asked with the item. A closed course takes no more answers.
rules.add_perm("assessments.start_attempt", item_is_readable & ((learns & course_is_published) | authors))
# Asked with the block: as for an attempt, and the block must be one that the person sees.
rules.add_perm("assessments.vote_block", block_is_seen & ((learns & course_is_published) | authors))
rules.add_perm("assessments.view_attempt", is_own_attempt | grades)
rules.add_perm("assessments.answer_attempt", is_own_attempt & attempt_item_is_readable & learns & course_is_published)
