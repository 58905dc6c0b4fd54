"""What is said of one error code."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class ErrorDoc:
    """``status`` is the HTTP status that the code usually comes with."""

    status: int
    meaning: Promise
    remedy: Promise
