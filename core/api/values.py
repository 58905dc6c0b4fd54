"""Values as answers write them."""

from decimal import Decimal


def decimal_text(value: Decimal) -> str:
    """Exact, without zeros that say nothing."""
    return f"{value.normalize():f}"
