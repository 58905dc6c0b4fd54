"""Markdown as lessons show it: the site's own renderer, which lets through nothing that could act."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.safestring import SafeString

from core.html import markdown
from files.previews.base import visible
from files.previews.text import read_text

MOST_BYTES = 48 * 1024
MOST_LINES = 1500


@dataclass(frozen=True)
class MarkdownPreview:
    html: SafeString
    is_cut: bool


def markdown_preview(source: BinaryIO, *, resolve_file: Callable[[str], str | None] | None = None) -> MarkdownPreview:
    """The beginning of a Markdown file as safe HTML; without ``resolve_file`` its ``file:`` references lead nowhere."""
    text, is_cut = read_text(source, most=MOST_BYTES)
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        text, is_cut = "\n".join(lines[:MOST_LINES]), True
    return MarkdownPreview(SafeString(markdown(visible(text), resolve_file=resolve_file or _nowhere)), is_cut)


def _nowhere(public_id: str) -> None:
    """Another file's address depends on who asks."""
