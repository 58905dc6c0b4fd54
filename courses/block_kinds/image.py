from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from courses.block_kinds.base import RevisionKind


class Image(RevisionKind):
    """A picture; the text is its caption."""

    label = _("Image")
    icon = "image"
    template = "courses/blocks/image.html"
    settings = ("file", "alt", "decorative", "width")
    required = ("file",)
    file_settings = ("file",)
    flags = ("decorative",)
    choices = {"width": ("text", "wide")}
    limits = {"alt": 1000}

    def validate(self, data: dict[str, Any], text: str) -> list[str]:
        problems = super().validate(data, text)
        alt = data.get("alt")
        described = isinstance(alt, str) and bool(alt.strip())
        if data.get("decorative") is True:
            if described:
                problems.append(_now("A picture that is only decoration has no “alt”. Leave one of the two out."))
        elif not described and (alt is None or isinstance(alt, str)):
            problems.append(_now("Say in “alt” what the picture shows, or mark it as decoration if it says nothing."))
        return problems
