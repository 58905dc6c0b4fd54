"""Notifications as their reader sees them, in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from notifications.kinds import KINDS, Words
from notifications.models import Notification

_IN_A_LINE = 3


@dataclass(frozen=True)
class Shown:
    """One notification: ``url`` opens it and notes that it was read; ``target`` is where it leads."""

    row: Notification
    title: str
    about: str
    icon: str
    actor: str
    url: str
    target: str

    @property
    def is_unread(self) -> bool:
        return self.row.read_at is None


@dataclass(frozen=True)
class Summary:
    """Several notifications in a few words; ``tag`` is the same for what takes an earlier one's place."""

    title: str
    about: str
    url: str
    tag: str


def shown(rows: Sequence[Notification]) -> list[Shown]:
    """Notifications in words, with the names of who did it, in at most one query."""
    actors = {row.actor_id for row in rows if row.actor_id and row.actor_id != row.user_id}
    names = {pk: str(user) for pk, user in User.objects.in_bulk(actors).items()} if actors else {}
    return [_shown(row, names.get(row.actor_id or 0, "")) for row in rows]


def _shown(row: Notification, actor: str) -> Shown:
    words = words_of(row, actor)
    kind = KINDS.get(row.kind)
    return Shown(
        row,
        words.title,
        words.about,
        kind.icon if kind else "bell",
        actor,
        reverse("notifications:open", args=[row.public_id]),
        row.url,
    )


def words_of(row: Notification, actor: str = "") -> Words:
    """What a notification says. One whose kind is gone since an upgrade, or whose values are of another release, says that."""
    kind = KINDS.get(row.kind)
    if kind is not None:
        try:
            return kind.words(row.data, row.count, actor)
        except (KeyError, TypeError, ValueError):
            pass
    return Words(_("Something has happened"), _("Open it to see what."))


def summary(rows: Sequence[Notification]) -> Summary:
    """What is said of several at once, and of one alone."""
    unique = list({row.pk: row for row in rows}.values())
    if len(unique) == 1:
        row = unique[0]
        words = words_of(row)
        return Summary(words.title, words.about, reverse("notifications:open", args=[row.public_id]), row.group_key)
    titles = [words_of(row).title for row in unique[:_IN_A_LINE]]
    count = len(unique)
    title = ngettext("%(n)d new notification", "%(n)d new notifications", count) % {"n": count}
    return Summary(title, " · ".join(titles), reverse("notifications:centre"), "several")
