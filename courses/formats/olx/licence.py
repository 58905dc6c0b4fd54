"""The licence of a course, as one line that a person can read."""

import re

from django.utils.translation import gettext as _

LONGEST = 200
_CREATIVE = re.compile(r"creative-commons:?\s*(?:ver=(?P<version>[\d.]+))?\s*(?P<parts>[A-Za-z0 -]*)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")
_KNOWN = (
    (re.compile(r"GNU AFFERO GENERAL PUBLIC LICENSE\s+Version (\d)", re.IGNORECASE), "GNU AGPL {}"),
    (re.compile(r"GNU GENERAL PUBLIC LICENSE\s+Version (\d)", re.IGNORECASE), "GNU GPL {}"),
    (re.compile(r"Apache License\s+Version (\d\.\d)", re.IGNORECASE), "Apache {}"),
    (re.compile(r"^\s*(?:The )?MIT License", re.IGNORECASE), "MIT"),
    (re.compile(r"Redistribution and use in source and binary forms", re.IGNORECASE), "BSD"),
)
_COPYRIGHT = re.compile(r"^\s*(Copyright\b.{3,120})$", re.IGNORECASE | re.MULTILINE)


def from_attribute(value: str) -> str:
    """ "creative-commons: ver=4.0 BY NC" as words; empty if nothing is said."""
    value = " ".join(value.split())
    if value.lower() == "all-rights-reserved":
        return _("All rights reserved")
    if found := _CREATIVE.fullmatch(value):
        parts = [part.upper() for part in re.split(r"[\s-]+", found["parts"]) if part]
        version = found["version"] or "4.0"
        if parts in (["0"], ["CC0"]):
            return "CC0 1.0"
        return f"Creative Commons {'-'.join(parts)} {version}" if parts else f"Creative Commons {version}"
    return value[:LONGEST]


def from_text(text: str) -> str:
    """The line of a licence file that says most: a known licence's name, or its first sentences as far as they fit."""
    text = text[:5000]
    for pattern, name in _KNOWN:
        if found := pattern.search(text):
            holder = _COPYRIGHT.search(text)
            words = name.format(*found.groups())
            is_named = holder and "free software foundation" not in holder[1].lower()
            return f"{words} · {holder[1].strip()}"[:LONGEST] if holder and is_named else words
    paragraph = next((" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()), "")
    line = ""
    for sentence in _SENTENCE.split(paragraph):
        longer = f"{line} {sentence}".strip()
        if len(longer) > LONGEST:
            break
        line = longer
    return line or paragraph[:LONGEST].rstrip()
