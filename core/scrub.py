"""Takes secrets out of what is written to logs and error reports.

A net below the rule that nobody logs secrets in the first place: names that hold secrets lose their values, and what
looks like a secret inside a text is replaced.
"""

import re
from collections.abc import Mapping
from typing import Any

REMOVED = "[removed]"
_MOST_DEPTH = 6

_SECRET_NAMES = re.compile(
    r"pass(?:word|wd|phrase)?\d?$|secret|token|authorization|cookie|csrf|session_?(?:id|key)?$|api_?key|refresh|credential"
    r"|private_key|recovery_code|^otp$|^code$",
    re.IGNORECASE,
)
# Numbers of tokens and their like are no secrets.
_PLAIN_NAMES = re.compile(r"(?:_count|_at|_id)$", re.IGNORECASE)

_TEXTS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Headers, also in the middle of a text
    (
        re.compile(r"(?i)\b(authorization|proxy-authorization|cookie|set-cookie|x-csrftoken)(['\"]?\s*[:=]\s*).+"),
        r"\1\2" + REMOVED,
    ),
    (re.compile(r"(?i)\b(bearer|basic|token)\s+(?=[^\s\d=]*[\d=])[\w.~+/=-]{8,}"), r"\1 " + REMOVED),
    # Tokens and keys of ours
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?"), REMOVED),
    (re.compile(r"\baum_[\w-]+"), REMOVED),
    # Addresses that let somebody in
    (re.compile(r"(/password/reset/key/)[^\s\"'<>?]+"), r"\1" + REMOVED),
    (re.compile(r"(/confirm-email/)[^\s\"'<>?]+"), r"\1" + REMOVED),
    (re.compile(r"(/accounts/(?:invitation|email)/)[^\s\"'<>?]+"), r"\1" + REMOVED),
    # name=value and "name": "value"
    (
        re.compile(
            r"(?i)((?:__Host-|__Secure-)?\b(?:[\w-]*(?:password|passwd|passphrase|secret|token|api_?key|csrf\w*)[\w-]*|"
            r"session(?:_?id|_?key)?|refresh|otp|code)[\"']?\s*(?:=|:\s)\s*[\"']?)[^\s\"'&;,}<>]+"
        ),
        r"\1" + REMOVED,
    ),
    # user:password@ in addresses of services
    (re.compile(r"(://[^\s:/@]+:)[^\s/@]+@"), r"\1" + REMOVED + "@"),
)


def scrub_text(text: str) -> str:
    """``text`` without what looks like a secret."""
    for pattern, instead in _TEXTS:
        text = pattern.sub(instead, text)
    return text


def scrub(value: Any, name: str = "", depth: int = 0) -> Any:
    """``value`` without secrets, at any depth; what is no plain value becomes its text."""
    if name and _SECRET_NAMES.search(name) and not _PLAIN_NAMES.search(name) and value not in (None, "", True, False):
        return REMOVED
    if isinstance(value, str):
        return scrub_text(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= _MOST_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        return {str(key): scrub(inner, str(key), depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub(inner, "", depth + 1) for inner in value]
    return scrub_text(str(value))


def scrub_event(_logger: Any, _method: str, event: Any) -> Any:
    """A processor of structlog; the last one before the line is written, so that nothing comes after it."""
    return {key: value if key.startswith("_") else scrub(value, key) for key, value in event.items()}
