"""Which policies there are, and what people said to them. Every page asks what is due, so each process keeps that."""

import time
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.enums import PolicyAsks, PolicyKind
from accounts.models import Consent, PolicyVersion, User

# So long a reader may not be asked about a version that came into force in the meantime.
_KEPT_SECONDS = 30


@dataclass(frozen=True)
class AskedPolicy:
    """A policy that asks for consent: its version in ``number``, and the ``least`` whose answer still counts."""

    kind: str
    number: int
    least: int
    title: str
    required: bool


@dataclass(frozen=True)
class OwnConsent:
    """What a person said to a policy, last: ``current`` is the version in force, if there is one."""

    latest: Consent
    current: PolicyVersion | None

    @property
    def may_refuse(self) -> bool:
        """A yes that can be taken back."""
        asks = (self.current or self.latest.version).asks
        return self.latest.given and asks == PolicyAsks.OPTIONAL

    @property
    def may_give(self) -> bool:
        return not self.latest.given and self.current is not None and self.current.asks != PolicyAsks.NOTHING


_kept: tuple[float, list[AskedPolicy]] = (0.0, [])


def asked_policies() -> list[AskedPolicy]:
    """The policies in force that ask for consent. No query while the process knows them."""
    until, asked = _kept
    if time.monotonic() >= until:
        asked = _read()
        keep_policies(asked)
    return asked


def keep_policies(asked: list[AskedPolicy]) -> None:
    """Have these known in this process for some seconds, as if they had been read now."""
    global _kept
    _kept = (time.monotonic() + _KEPT_SECONDS, asked)


def forget_policies() -> None:
    """Have this process read them again when it is next asked."""
    global _kept
    _kept = (0.0, [])


def due_policies(user: Any) -> list[AskedPolicy]:
    """What ``user`` has not answered yet, the required ones first. No query while the process knows the policies."""
    if not isinstance(user, User):
        return []
    due = [policy for policy in asked_policies() if user.consents.get(policy.kind, 0) < policy.least]
    return sorted(due, key=lambda policy: not policy.required)


def versions_in_force() -> "QuerySet[PolicyVersion]":
    """Every version that is or was in force, the latest of each policy first."""
    return PolicyVersion.objects.filter(effective_from__lte=timezone.now()).order_by("kind", "-number")


def current_versions() -> list[PolicyVersion]:
    """The version in force of each policy, in the order of ``PolicyKind``."""
    latest: dict[str, PolicyVersion] = {}
    for version in versions_in_force().defer("text", "html"):
        latest.setdefault(version.kind, version)
    return [latest[kind] for kind in PolicyKind.values if kind in latest]


def all_versions() -> "QuerySet[PolicyVersion]":
    """Every version, those to come among them: for those who write them."""
    return PolicyVersion.objects.select_related("made_by").defer("text", "html").order_by("kind", "-number")


def own_consents(user: User) -> list[OwnConsent]:
    """What the person said last to each policy."""
    current = {version.kind: version for version in current_versions()}
    latest: dict[str, Consent] = {}
    for consent in consents_of(user):
        latest.setdefault(consent.version.kind, consent)
    return [OwnConsent(latest[kind], current.get(kind)) for kind in PolicyKind.values if kind in latest]


def consents_of(user: User) -> "QuerySet[Consent]":
    """All that the person said, the latest first."""
    rows = Consent.objects.filter(user=user).select_related("version").defer("version__text", "version__html")
    return rows.order_by("-pk")


def _read() -> list[AskedPolicy]:
    asked = []
    for version in current_versions():
        if version.asks == PolicyAsks.NOTHING:
            continue
        again = versions_in_force().filter(kind=version.kind).filter(Q(asks_again=True) | Q(number=1))
        least = again.values_list("number", flat=True).first() or version.number
        asked.append(
            AskedPolicy(
                kind=version.kind,
                number=version.number,
                least=least,
                title=version.title,
                required=version.asks == PolicyAsks.REQUIRED,
            )
        )
    return asked
