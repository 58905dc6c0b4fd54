"""What administrators hear of the site."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import SiteRole
from accounts.models import User
from core.jobs import JobGivenUp
from files.events import InfectedFileRefused
from notifications.enums import Category
from notifications.kinds.base import Facts, Kind, Words, register_kind

# What could not be told by mail or push is not told of by mail or push: that would fail in its turn, for ever.
_TELLING = frozenset({"core.tasks.send_mail", "notifications.tasks.deliver_push"})


def register() -> None:
    """Called once, when all apps are loaded."""
    register_kind(
        "job_given_up",
        Kind(
            Category.SITE,
            "triangle-alert",
            JobGivenUp,
            facts=lambda fact: Facts(
                url=reverse("operations"),
                thread="operations.site",
                group="jobs",
                many_url=reverse("operations"),
                data={"task": fact.task},
                only_in_app=fact.task in _TELLING,
            ),
            people=_administrators,
            words=_words,
        ),
    )

    register_kind(
        "infected_file",
        Kind(
            Category.SITE,
            "shield",
            InfectedFileRefused,
            facts=lambda fact: Facts(
                url=f"{reverse('events')}?name=files.InfectedFileRefused",
                thread="operations.site",
                data={"found": fact.found},
            ),
            people=_administrators,
            words=lambda data, _count, name: Words(
                _("An infected file was refused"),
                _("%(found)s, sent by %(name)s") % {"found": data["found"], "name": name or _("somebody")},
            ),
            tells_actor=True,
        ),
    )


def _administrators(_fact: Any) -> "QuerySet[Any, Any]":
    people: QuerySet[Any, Any] = User.objects.active().filter(role=SiteRole.ADMIN).values("pk")
    return people


def _words(data: Mapping[str, Any], count: int, _name: str) -> Words:
    sentence = ngettext("%(n)d job has failed for good", "%(n)d jobs have failed for good", count)
    return Words(sentence % {"n": count}, data["task"])
