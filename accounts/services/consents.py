"""Policies are written, people answer them. What was answered stays; a new answer is a new row."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConsentWay, PolicyAsks
from accounts.events import ConsentGiven, ConsentRefused, PolicyWritten
from accounts.models import Consent, PolicyVersion, User
from accounts.selectors.consents import asked_policies, forget_policies
from core.authz import Actor, authorize
from core.errors import Conflict, Invalid
from core.events import publish
from core.html import markdown, markdown_problems

FIELDS = ("title", "text", "changes", "asks", "asks_again", "effective_from")
# A minute is what a form's field can say.
_SLACK = timedelta(minutes=2)
_FARTHEST = timedelta(days=3650)


def write_policy(*, actor: User, kind: str, effective_from: datetime, **fields: Any) -> PolicyVersion:
    """The next version of a policy, in force from then on; ``fields`` are others of ``FIELDS``.

    Raises ``Invalid``, also for a time that is over; ``Conflict`` ``policy_order`` when an earlier version would come
    into force later.
    """
    authorize(actor, "accounts.change_policies")
    try:
        with transaction.atomic():
            before = PolicyVersion.objects.select_for_update().filter(kind=kind).order_by("-number").first()
            version = PolicyVersion(
                kind=kind, number=before.number + 1 if before else 1, made_by=actor, effective_from=effective_from
            )
            return _store(actor, version, before, fields)
    except IntegrityError as error:
        raise Conflict("policy_order", _("Somebody else wrote a version just now. Look at it first.")) from error


def change_policy_version(*, actor: Actor, version: PolicyVersion, **fields: Any) -> PolicyVersion:
    """Change a version that is not in force yet. Raises as ``write_policy`` does; ``Conflict`` ``policy_in_force``."""
    authorize(actor, "accounts.change_policies")
    with transaction.atomic():
        stored = PolicyVersion.objects.select_for_update().get(pk=version.pk)
        if stored.is_in_force:
            raise Conflict(
                "policy_in_force", _("This version is in force, so its words stay as they are. Write a new version.")
            )
        before = PolicyVersion.objects.filter(kind=stored.kind, number=stored.number - 1).first()
        return _store(actor, stored, before, fields)


def answer_policies(*, actor: Actor, user: User, answers: Mapping[str, bool], way: ConsentWay) -> list[Consent]:
    """Note what ``user`` says, by policy; an answer that holds already is not noted twice.

    It is given to the version that is in force now. Raises ``Conflict``: ``policy_unknown`` when a policy asks for
    nothing, ``consent_required`` when no is said to one that must be agreed to. Nothing is noted then.
    """
    authorize(actor, "accounts.answer_policies", user)
    asked = {policy.kind: policy for policy in asked_policies()}
    for kind, given in answers.items():
        if kind not in asked:
            raise Conflict("policy_unknown", _("Nothing is asked about this policy. Reload the page to see what is."))
        if asked[kind].required and not given:
            raise Conflict(
                "consent_required",
                _(
                    "Nobody can use this site without agreeing to “%(title)s”. If you do not agree any more, have your "
                    "account erased."
                )
                % {"title": asked[kind].title},
            )
    with transaction.atomic():
        stored: User = User.objects.select_for_update().get(pk=user.pk)
        noted = []
        for kind, given in answers.items():
            version = PolicyVersion.objects.get(kind=kind, number=asked[kind].number)
            last = Consent.objects.filter(user=stored, version=version).order_by("-pk").first()
            if last is not None and last.given == given:
                continue
            noted.append(Consent.objects.create(user=stored, version=version, given=given, way=way))
            stored.consents[kind] = version.number
            said: dict[str, Any] = {
                "actor_id": actor.pk,
                "user_id": stored.pk,
                "policy": kind,
                "version": version.number,
            }
            publish(ConsentGiven(**said) if given else ConsentRefused(**said))
        if noted:
            stored.save(update_fields=["consents", "updated_at"])
    user.consents = stored.consents
    return noted


def _store(
    actor: Actor, version: PolicyVersion, before: PolicyVersion | None, fields: Mapping[str, Any]
) -> PolicyVersion:
    for name, value in fields.items():
        if name in FIELDS:
            setattr(version, name, value)
    problems: dict[str, list[Any]] = {}
    if found := markdown_problems(version.text):
        problems["text"] = list(found)
    if version.effective_from < timezone.now() - _SLACK:
        problems["effective_from"] = [_("Choose a time to come: nobody can have known of it before.")]
    elif version.effective_from > timezone.now() + _FARTHEST:
        problems["effective_from"] = [_("Choose a time within the next ten years.")]
    elif before is not None and before.effective_from >= version.effective_from:
        problems["effective_from"] = [_("Choose a time after that of the version before this one.")]
    if version.asks not in PolicyAsks.values:
        problems["asks"] = [_("Choose what people are asked for.")]
    version.html = markdown(version.text)
    try:
        version.clean_fields(exclude=["html"])
    except ValidationError as error:
        problems = {**error.message_dict, **problems}
    if problems:
        raise Invalid("invalid", _("Some values cannot be used. Nothing was stored."), fields=problems)
    # Who wrote "now" some seconds ago means now.
    version.effective_from = max(version.effective_from, timezone.now())
    version.save()
    publish(PolicyWritten(actor_id=actor.pk, policy=version.kind, version=version.number))
    transaction.on_commit(forget_policies)
    return version
