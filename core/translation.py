"""Translations as they are looked up: one step for a sentence that has none."""

from typing import Any

from django.conf import settings
from django.utils.translation import trans_real


def flatten(language: str) -> None:
    """Merge the catalogues that Django chains behind the first one of ``language`` into one.

    English pages find no translation for nearly all of their sentences, and each question walked through the
    catalogue of every app. The first catalogue that knows a sentence still wins. For variants of English
    alone, whose plurals are all formed in the same way.
    """
    translation: Any = trans_real.translation(language)
    known: dict[Any, str] = {}
    following: Any = translation
    while following is not None:
        for key, text in following._catalog.items():
            known.setdefault(key, text)
        following = following._fallback
    translation._catalog._catalogs = [known]
    translation._catalog._plurals = [translation.plural]
    translation._fallback = None


def flatten_default() -> None:
    """Called once, when all apps are loaded."""
    if settings.LANGUAGE_CODE.startswith("en"):
        flatten(settings.LANGUAGE_CODE)
