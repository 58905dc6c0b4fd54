"""What this app puts into the kernel's slots."""

from assessments.block_kind import QuestionBlock
from core.slots import register_block_kind


def register() -> None:
    """Called once, when all apps are loaded."""
    register_block_kind("question", QuestionBlock(), order=60)
