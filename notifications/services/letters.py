"""Mails about notifications: one thing alone, or all that has gathered."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from accounts.services.letters import send_letter, site_link
from notifications import unsubscribing
from notifications.enums import Category
from notifications.kinds import KINDS
from notifications.models import Notification
from notifications.selectors.shown import shown, summary

# So many are named; the rest is counted.
MOST = 40


def send_letter_about(user: User, rows: Sequence[Notification]) -> int | None:
    """Write ``user`` one mail about these notifications; returns the mail's number, if it has one. Its language is the current one."""
    unique = sorted({row.pk: row for row in rows}.values(), key=lambda row: (row.category, row.at))
    categories = [row.category for row in unique]
    ending = unsubscribing.address(user.pk, categories)
    headers = {
        "List-Id": f"{settings.SITE_NAME} <notifications.{settings.SITE_HOST}>",
        "List-Unsubscribe": f"<{ending}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        # Answering machines are asked not to.
        "Auto-Submitted": "auto-generated",
    }
    template, context = _one(user, unique[0]) if len(unique) == 1 else ("", {})
    if not template:
        template, context = "notifications/email/news", _several(user, unique)
    more = {
        "person": user,
        "unsubscribe": ending,
        "preferences": site_link(reverse("notifications:preferences")),
    }
    mail = send_letter(template, to=user.email, headers=headers, **{**context, **more})
    return mail.pk if mail else None


def _one(user: User, row: Notification) -> tuple[str, dict[str, Any]]:
    kind = KINDS.get(row.kind)
    if kind is None or not kind.letter or kind.letter_context is None:
        return "", {}
    context = kind.letter_context(user, row.data)
    return (kind.letter, context | {"link": site_link(row.url)}) if context is not None else ("", {})


def _several(user: User, rows: Sequence[Notification]) -> dict[str, Any]:
    parts: dict[str, list[dict[str, str]]] = {}
    for one in shown(rows[:MOST]):
        line = {"title": one.title, "about": one.about, "link": site_link(one.target)}
        parts.setdefault(str(Category(one.row.category).label), []).append(line)
    said = summary(rows)
    return {
        "subject_line": said.title,
        "parts": list(parts.items()),
        "is_one": len(rows) == 1,
        "rest": max(len(rows) - MOST, 0),
        "link": site_link(reverse("notifications:centre")),
    }
