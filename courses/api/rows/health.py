"""A course's findings as the API reads them."""

from collections.abc import Iterable
from typing import Any

from courses.selectors.health import PlacedFinding


def present_findings(page: Iterable[PlacedFinding]) -> list[dict[str, Any]]:
    return [
        {
            "code": found.code,
            "severity": found.severity,
            "sentence": found.sentence,
            "lesson": found.item.public_id if found.item else None,
            "section": found.block.section.public_id if found.block else None,
            "block": found.block.public_id if found.block else None,
            "page": found.page.public_id if found.page else None,
            "url": found.url,
        }
        for found in page
    ]
