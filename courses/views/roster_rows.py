"""The rows of the people page, put together in Python: a template takes eight times as long for 200 of them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.selectors.accommodations import Effective
from core.templatetags.ui import when
from courses.enums import Role
from courses.selectors.results import Points, number_text

_NEVER = "–"


def roster_rows(
    members: Iterable[Any],
    *,
    total: int,
    points: Mapping[int, Points],
    given: Mapping[int, Effective],
    people_url: str,
    may_manage: bool,
) -> SafeString:
    """Table rows of ``selectors.roster``'s memberships; ``total`` is the number of lessons in the course.

    ``points`` and what somebody is ``given`` to make up for a disadvantage are by user id, those of students. All that people wrote goes through ``escape``.
    """
    roles = {role.value: escape(str(role.label)) for role in Role}
    change = escape(_("Change"))
    is_given = escape(_("Accommodation:"))
    address = escape(people_url)
    moments: dict[datetime, str] = {}

    def row(member: Any) -> str:
        person = member.user
        name, key = escape(str(person)), member.public_id
        face = escape(person.initials)
        if person.picture:
            face = f'<img src="{escape(person.picture)}" alt="" width="28" height="28" loading="lazy" decoding="async">'
        seen = _NEVER
        if member.seen_at:
            minute = member.seen_at.replace(second=0, microsecond=0)
            seen = moments.get(minute) or moments.setdefault(minute, escape(when(minute)))
        shown, done, scored, lesson, more = f'<span dir="auto">{name}</span>', "", "", "", ""
        if member.role == Role.STUDENT:
            shown = f'<a href="{address}{key}/results/" dir="auto">{name}</a>'
            done = f"{member.done} / {total}"
            scored = escape(_points(points.get(person.pk)))
            lesson = escape(member.current_title or _NEVER)
            if one := given.get(person.pk):
                own = escape(reverse("accounts:person-accommodations", args=[person.public_id]))
                words = escape(" · ".join(one.words))
                more = f'<br><a class="tag" href="{own}"><span class="visually-hidden">{is_given} </span>{words}</a>'
        link = ""
        if may_manage:
            link = f'<td><a href="{address}{key}/">{change}<span class="visually-hidden"> {name}</span></a></td>'
        return (
            f'<tr><th scope="row"><span class="person">'
            f'<span class="avatar small hue-{person.hue}" aria-hidden="true">{face}</span>'
            f'<span>{shown}<br><span class="meta email">{escape(person.email)}</span>{more}</span></span></th>'
            f'<td>{roles[member.role]}</td><td class="number">{done}</td><td class="number">{scored}</td>'
            f'<td class="nowrap">{seen}</td><td dir="auto">{lesson}</td>{link}</tr>\n'
        )

    return SafeString("".join(map(row, members)))


def _points(points: Points | None) -> str:
    if points is None or not (points.possible or points.points):
        return _NEVER
    return f"{number_text(points.points)} / {number_text(points.possible)}"
