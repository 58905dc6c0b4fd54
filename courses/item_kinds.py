from typing import Any

from django.utils.translation import gettext_lazy as _


class Lesson:
    """An item made of sections and blocks."""

    label = _("Lesson")
    icon = "book-open"

    def url(self, item: Any) -> str:
        address: str = item.get_absolute_url()
        return address
