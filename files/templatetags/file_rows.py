"""What lists of files ask for."""

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

# What is different at each row. Names come in after the text was divided at the mark, so they may hold it.
_FILLED = ("key", "name", "url", "download_url", "share_url", "rename_url", "move_url")
_MARK = "\ue000"


@register.simple_tag
def row_menu(row: Any) -> SafeString:
    """``{% row_menu row %}``: what can be done with one file or folder of a list (a ``FileRow``).

    A page has a hundred of these menus, and only names and addresses differ: each kind is written once for each
    language, then filled for each row.
    """
    written = _written.__wrapped__ if settings.DEBUG else _written
    given = tuple(name for name in _FILLED if getattr(row, name))
    pieces = written(get_language(), row.icon, given, row.may_bin)
    fixed, names = pieces[::2], pieces[1::2]
    filled = [f"{before}{conditional_escape(getattr(row, name))}" for before, name in zip(fixed, names, strict=False)]
    return SafeString("".join([*filled, fixed[-1]]))


@lru_cache(maxsize=256)
def _written(language: str | None, icon: str, given: tuple[str, ...], may_bin: bool) -> list[str]:
    row = {name: f"{_MARK}{name}{_MARK}" if name in given else "" for name in _FILLED}
    return render_to_string("files/_row_menu.html", {"row": {**row, "icon": icon, "may_bin": may_bin}}).split(_MARK)
