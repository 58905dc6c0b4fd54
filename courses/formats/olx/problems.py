"""A problem of Open edX as the settings and text of a question, or why it cannot be one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree


@dataclass(frozen=True)
class ProblemContext:
    """``where`` names the file and line; ``rewrite`` turns an address of the source into one of ours."""

    where: str
    title: str
    rewrite: Callable[[str], str]


@dataclass(frozen=True)
class ProblemData:
    """``losses``: sentences about what was changed or left out on the way."""

    settings: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    losses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unsupported:
    """``reason``: a sentence for the manager."""

    reason: str


def read_problem(element: etree._Element, context: ProblemContext) -> ProblemData | Unsupported:
    """One ``<problem>`` as a question. Programs in it are never run."""
    return Unsupported(_("Problems of this kind are not read yet."))
