"""What somebody watched of a video."""

from typing import Any

from courses.models import Block
from courses.selectors.watching import Watched


def present_watching(block: Block, seen: Watched) -> dict[str, Any]:
    return {
        "block": block.public_id,
        "position": seen.position,
        "duration": seen.duration,
        "ranges": seen.ranges,
        "percent": seen.percent,
    }
