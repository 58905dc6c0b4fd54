"""What people hear of their accounts and their data."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import SiteRole
from accounts.events import (
    AccountLinked,
    AccountUnlinked,
    ApiKeyMade,
    ImpersonationStarted,
    PeopleImported,
    SecondFactorChanged,
    UserRoleChanged,
)
from accounts.models import PeopleImport, User
from core.events import Event
from notifications.enums import Category
from notifications.kinds.base import Facts, Kind, Words, register_kind
from privacy.enums import PersonalExportState
from privacy.events import PersonalExportFinished
from privacy.models import PersonalExport


def register() -> None:
    """Called once, when all apps are loaded."""
    _own(
        "role_changed",
        UserRoleChanged,
        "users",
        "accounts:profile",
        words=_role_words,
        data=lambda fact: {"after": fact.after},
    )
    # The person has a mail about these three already.
    for key, cls, sentence in (
        ("account_linked", AccountLinked, gettext_lazy("You can sign in by another service now")),
        ("account_unlinked", AccountUnlinked, gettext_lazy("You can no longer sign in by a service")),
        ("factor_changed", SecondFactorChanged, gettext_lazy("How you prove that it is you was changed")),
    ):
        _own(key, cls, "shield", "accounts:security", words=_says(sentence), mailed_elsewhere=True)
    _own(
        "key_made", ApiKeyMade, "key-round", "accounts:keys", words=_says(gettext_lazy("A key for a program was made"))
    )
    _own(
        "looked_at",
        ImpersonationStarted,
        "eye",
        "accounts:access-log",
        words=_says(gettext_lazy("An administrator looked at the site as you")),
        tells_actor=False,
    )
    register_kind(
        "data_ready",
        Kind(
            Category.WORK,
            "download",
            PersonalExportFinished,
            facts=_data,
            people=lambda fact: _askers(PersonalExport.objects.filter(pk=fact.export_id).values("asked_by_id")),
            words=_data_words,
            tells_actor=True,
        ),
    )
    register_kind(
        "people_imported",
        Kind(
            Category.WORK,
            "upload",
            PeopleImported,
            facts=_table,
            people=lambda fact: _askers(PeopleImport.objects.filter(pk=fact.import_id).values("user_id")),
            words=_table_words,
            tells_actor=True,
        ),
    )


def _own(
    key: str,
    cls: type[Event],
    icon: str,
    page: str,
    *,
    words: Callable[[Mapping[str, Any], int, str], Words],
    data: Callable[[Any], dict[str, Any]] = lambda _fact: {},
    tells_actor: bool = True,
    mailed_elsewhere: bool = False,
) -> None:
    """A kind about one's own account. Also who did it themselves is told: it may not have been them."""
    register_kind(
        key,
        Kind(
            Category.ACCOUNT,
            icon,
            cls,
            facts=lambda fact: Facts(url=reverse(page), data=data(fact)),
            people=lambda fact: User.objects.filter(pk=fact.user_id).values("pk"),
            words=words,
            tells_actor=tells_actor,
            mailed_elsewhere=mailed_elsewhere,
        ),
    )


def _says(sentence: Promise) -> Callable[[Mapping[str, Any], int, str], Words]:
    return lambda _data, _count, _name: Words(str(sentence), _("Was it not you? Then change your password now."))


def _role_words(data: Mapping[str, Any], _count: int, _name: str) -> Words:
    role = str(dict(SiteRole.choices).get(data["after"], data["after"]))
    return Words(_("Your role on this site is now %(role)s") % {"role": role.lower()})


def _askers(ids: "QuerySet[Any, Any]") -> "QuerySet[Any, Any]":
    people: QuerySet[Any, Any] = User.objects.filter(pk__in=ids).values("pk")
    return people


def _data(fact: PersonalExportFinished) -> Facts | None:
    export = PersonalExport.objects.filter(pk=fact.export_id).first()
    if export is None:
        return None
    is_own = export.user_id == export.asked_by_id
    page = reverse("privacy:own-data") if is_own else reverse("privacy:requests")
    return Facts(url=page, thread=f"data.{export.public_id}", data={"state": fact.state, "is_own": is_own})


def _data_words(data: Mapping[str, Any], _count: int, _name: str) -> Words:
    if data["state"] != PersonalExportState.DONE:
        return Words(_("An archive of personal data could not be made"))
    return Words(
        _("The archive of your data is ready") if data["is_own"] else _("An archive of personal data is ready")
    )


def _table(fact: PeopleImported) -> Facts | None:
    run = PeopleImport.objects.filter(pk=fact.import_id).first()
    if run is None:
        return None
    counts = {name: getattr(fact, name) for name in ("created", "changed", "refused")}
    return Facts(
        url=reverse("accounts:people-table", args=[run.public_id]), thread=f"people_table.{run.public_id}", data=counts
    )


def _table_words(data: Mapping[str, Any], _count: int, _name: str) -> Words:
    return Words(_("A table of people is in"), _("%(created)s made, %(changed)s changed, %(refused)s refused") % data)
