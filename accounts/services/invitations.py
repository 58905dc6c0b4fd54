"""Invitations: a link that lets somebody in, with a role and perhaps a place in a course.

The link's token is random and kept as a digest only. One that was mailed is bound to its address: whoever has
the link has the mailbox. Any other link opens no more than a student's account.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import ConsentWay, SiteRole
from accounts.events import InvitationEnded, InvitationMade, InvitationTaken, UserRoleChanged
from accounts.models import Invitation, InvitationUse, User
from accounts.roles import SiteCapability
from accounts.services.consents import answer_policies
from accounts.services.letters import send_letter, site_link
from accounts.services.signup import email_taken, make_account
from accounts.services.tokens import end_all_tokens
from accounts.validators import normalise_email
from core.authz import Actor, authorize
from core.errors import Conflict, DomainError, Invalid
from core.events import publish
from core.slots import INVITATION_TARGETS

MAILED_FOR = timedelta(days=14)
LONGEST = timedelta(days=366)
MOST_PLACES = 5000
# Mail to strangers is not to be had without end.
MOST_A_DAY = 500
_AGAIN_AFTER = 180
_RANK = {SiteRole.STUDENT: 0, SiteRole.MANAGER: 1, SiteRole.ADMIN: 2}


class InvitationGone(DomainError):
    """The link opens nothing: it was never one, or is over; ``message`` says what to do."""

    def __init__(self, code: str, message: str, *, status: int = 410) -> None:
        super().__init__(code, message)
        self.status = status


@dataclass(frozen=True)
class Taken:
    """``address``: where the invitation leads; ``new``: whether this call took it."""

    invitation: Invitation
    address: str
    new: bool


def make_invitation(*, actor: Actor, **wishes: Any) -> tuple[Invitation, str]:
    """An administrator's invitation; see ``issue_invitation`` for the values, which are checked there."""
    authorize(actor, "accounts.add_invitation")
    if not isinstance(actor, User):
        raise Invalid("invalid", _("An invitation is somebody’s. Make it as a person."))
    return issue_invitation(made_by=actor, **wishes)


@transaction.atomic
def issue_invitation(
    *,
    made_by: User,
    email: str = "",
    role: str = SiteRole.STUDENT,
    note: str = "",
    places: int = 1,
    expires_at: datetime | None = None,
    send: bool = True,
    now: datetime | None = None,
) -> tuple[Invitation, str]:
    """A new invitation and its token, which nobody can read again. With ``email`` it is mailed there, for one person.

    For services that have authorised what they do; ``send=False``: the caller calls ``mail_invitation`` once what
    hangs on the invitation is stored. Raises ``Invalid`` by field, ``Conflict`` ``too_many_invitations``.
    """
    moment = now or timezone.now()
    email = normalise_email(email)
    until = expires_at or moment + MAILED_FOR
    note = " ".join(note.split())
    if problems := _problems(email, role, note, places, until, moment):
        raise Invalid("invalid", _("Some fields need another value."), fields=problems)
    day = Invitation.objects.filter(made_by=made_by, created_at__gt=moment - timedelta(days=1))
    if day.count() >= MOST_A_DAY:
        raise Conflict(
            "too_many_invitations",
            _("You have made %(n)d invitations within a day. Go on tomorrow, or make one link for all.")
            % {"n": MOST_A_DAY},
        )
    token = secrets.token_urlsafe(32)
    invitation: Invitation = Invitation.objects.create(
        digest=_digest(token),
        email=email,
        role=role,
        note=note,
        made_by=made_by,
        most_uses=1 if email else places,
        created_at=moment,
        expires_at=until,
    )
    publish(InvitationMade(actor_id=made_by.pk, invitation_id=invitation.pk, role=str(role), mailed=bool(email)))
    if email and send:
        mail_invitation(invitation=invitation, token=token)
    return invitation, token


def mail_invitation(*, invitation: Invitation, token: str) -> None:
    """Mail a new invitation to its address. For services that have authorised what they do."""
    cache.add(f"invitation-mail:{invitation.pk}", 1, _AGAIN_AFTER)
    send_letter(
        "accounts/email/invitation_link",
        to=invitation.email,
        inviter=invitation.made_by,
        targets=targets_of(invitation),
        role=invitation.get_role_display() if invitation.role != SiteRole.STUDENT else "",
        until=invitation.expires_at,
        link=link_of(token),
    )


def end_invitation(*, actor: Actor, invitation: Invitation) -> Invitation:
    """End an invitation at once: its link opens nothing any more. Ending twice changes nothing."""
    authorize(actor, "accounts.end_invitation", invitation)
    return close_invitation(by=actor, invitation=invitation)


@transaction.atomic
def close_invitation(*, by: Actor, invitation: Invitation) -> Invitation:
    """As ``end_invitation``, for services that have authorised what they do."""
    stored: Invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if stored.ended_at is None:
        stored.ended_at = timezone.now()
        stored.save(update_fields=["ended_at"])
        publish(InvitationEnded(actor_id=by.pk, invitation_id=stored.pk))
    return stored


def send_invitation_again(*, actor: Actor, invitation: Invitation) -> Invitation:
    """Mail the invitation once more, with a new link and two more weeks; the old link ends."""
    authorize(actor, "accounts.end_invitation", invitation)
    return renew_invitation(invitation=invitation)


@transaction.atomic
def renew_invitation(*, invitation: Invitation) -> Invitation:
    """As ``send_invitation_again``, for services that have authorised what they do.

    Raises ``Conflict``: ``invitation_not_mailed``, ``invitation_over``, ``invitation_just_sent``.
    """
    stored: Invitation = (
        Invitation.objects.select_for_update(of=("self",)).select_related("made_by").get(pk=invitation.pk)
    )
    if not stored.email:
        raise Conflict("invitation_not_mailed", _("This is a link and was mailed to nobody. Make a new link instead."))
    if stored.ended_at is not None or stored.taken.exists():
        raise Conflict("invitation_over", _("This invitation was taken or ended. Make a new one."))
    if not cache.add(f"invitation-mail:{stored.pk}", 1, _AGAIN_AFTER):
        raise Conflict(
            "invitation_just_sent", _("The mail went out less than three minutes ago. Give it a moment to arrive.")
        )
    token = secrets.token_urlsafe(32)
    stored.digest, stored.expires_at = _digest(token), timezone.now() + MAILED_FOR
    stored.save(update_fields=["digest", "expires_at"])
    mail_invitation(invitation=stored, token=token)
    return stored


def invitation_of(token: str, *, person: Any = None) -> Invitation:
    """The invitation that ``token`` opens, with who made it. Somebody who took it may see it when it is full, too.

    Raises ``InvitationGone``.
    """
    who = person if getattr(person, "pk", None) else None
    invitation = _open(Invitation.objects.select_related("made_by"), token, who)
    for target in INVITATION_TARGETS:
        problem = target.problem(invitation)
        if problem and not (who and invitation.taken.filter(user_id=who.pk).exists()):
            raise InvitationGone("invitation_blocked", problem, status=409)
    return invitation


def is_for(invitation: Invitation, person: Any) -> bool:
    """Whether ``person`` may take an open invitation: anybody a link, the owner of the address one that was mailed."""
    return not invitation.email or _has_address(person, invitation.email)


@transaction.atomic
def accept_invitation(*, actor: Actor, token: str) -> Taken:
    """``actor`` takes what the link offers; a second time changes nothing.

    Raises ``InvitationGone``; ``Conflict`` ``invitation_for_another`` when it was mailed to an address that is not
    the actor's confirmed one; what a target refuses.
    """
    authorize(actor, "accounts.accept_invitation")
    invitation = _open(_locked(), token, actor)
    person: User = User.objects.select_for_update().get(pk=actor.pk)
    if invitation.taken.filter(user=person).exists():
        return Taken(invitation, _address(invitation), new=False)
    if not is_for(invitation, person):
        raise Conflict(
            "invitation_for_another",
            _("This invitation is for another address than that of your account. Sign out and open the link again."),
        )
    return _take(invitation, person)


def sign_up_invited(
    *,
    token: str,
    name: str,
    email: str,
    password: str,
    time_zone: str = "",
    answers: Mapping[str, bool] | None = None,
) -> tuple[User, Taken]:
    """A new account by way of an invitation, also where nobody may sign up by themselves.

    A mailed invitation has proved the mailbox, so the account is confirmed at once; the address is the invited one,
    whatever ``email`` says. Values were checked by the form. Raises ``InvitationGone``, ``Conflict`` ``email_taken``
    and what a target refuses; nothing is stored then.
    """
    try:
        with transaction.atomic():
            invitation = _open(_locked(), token, None)
            user = make_account(
                name=name,
                email=invitation.email or email,
                password=password,
                time_zone=time_zone,
                verified=bool(invitation.email),
            )
            answer_policies(actor=user, user=user, answers=answers or {}, way=ConsentWay.REGISTRATION)
            return user, _take(invitation, user)
    except IntegrityError as error:
        raise email_taken() from error


def targets_of(invitation: Invitation) -> list[str]:
    """What comes with the invitation besides the account, in words."""
    described = (target.describe(invitation) for target in INVITATION_TARGETS)
    return [str(words) for words in described if words]


def link_of(token: str) -> str:
    """The whole address to hand on."""
    return site_link(reverse("accounts:invitation", args=[token]))


def _take(invitation: Invitation, person: User) -> Taken:
    InvitationUse.objects.create(invitation=invitation, user=person)
    _raise_role(invitation, person)
    address = ""
    for target in INVITATION_TARGETS:
        address = target.take(invitation, person) or address
    publish(InvitationTaken(actor_id=person.pk, invitation_id=invitation.pk, user_id=person.pk))
    return Taken(invitation, address or reverse("home"), new=True)


def _raise_role(invitation: Invitation, person: User) -> None:
    """Give the role that was offered, never a lower one, and only from a letter to this person."""
    if _RANK[SiteRole(invitation.role)] <= _RANK[SiteRole(person.role)]:
        return
    before, person.role, person.role_since = person.role, invitation.role, timezone.now()
    person.save(update_fields=["role", "role_since", "updated_at"])
    end_all_tokens(user=person)
    publish(
        UserRoleChanged(
            actor_id=invitation.made_by_id, user_id=person.pk, before=str(before), after=str(invitation.role)
        )
    )


def _address(invitation: Invitation) -> str:
    found = [target.address(invitation) for target in INVITATION_TARGETS]
    return next((address for address in found if address), reverse("home"))


def _has_address(person: User, email: str) -> bool:
    found: bool = EmailAddress.objects.filter(user=person, email=email, verified=True).exists()
    return found and person.email == email


def _locked() -> Any:
    # The lock makes those who come at the same moment count one after the other.
    return Invitation.objects.select_for_update(of=("self",)).select_related("made_by")


def _open(rows: Any, token: str, person: Actor | None) -> Invitation:
    invitation: Invitation | None = rows.filter(digest=_digest(token)).first() if len(token) < 100 else None
    if invitation is None:
        raise InvitationGone(
            "invitation_unknown",
            _("There is no invitation at this address. Copy the whole link, or ask for a new one."),
            status=404,
        )
    if person is not None and person.pk is not None and invitation.taken.filter(user_id=person.pk).exists():
        return invitation
    if invitation.ended_at is not None:
        raise InvitationGone("invitation_over", _("This invitation was ended. Ask who sent it to you for a new one."))
    if invitation.expires_at <= timezone.now():
        raise InvitationGone("invitation_over", _("This invitation has run out. Ask who sent it to you for a new one."))
    if invitation.taken.count() >= invitation.most_uses:
        raise InvitationGone(
            "invitation_over",
            _("This invitation was taken already. Sign in if it was you; else ask for a new one."),
        )
    raises = invitation.role != SiteRole.STUDENT
    if raises and not (invitation.email and invitation.made_by.can(SiteCapability.MANAGE_USERS)):
        raise InvitationGone(
            "invitation_over", _("Who sent this invitation may no longer give the role. Ask for a new one.")
        )
    return invitation


def _digest(token: str) -> str:
    # The token is random and long, so a plain digest cannot be guessed back.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _problems(email: str, role: str, note: str, places: int, until: datetime, now: datetime) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    if email:
        try:
            validate_email(email)
        except ValidationError:
            problems["email"] = [_("Enter a whole email address, for example imani@northmoor.example.")]
        if len(email) > 254:
            problems["email"] = [_("Enter a whole email address, for example imani@northmoor.example.")]
    if role not in SiteRole.values:
        problems["role"] = [_("Choose student, manager or admin.")]
    elif role != SiteRole.STUDENT and not email:
        problems["role"] = [_("A link for anybody makes students. Mail an invitation to make somebody more.")]
    if len(note) > 200:
        problems["note"] = [_("Use at most 200 characters.")]
    if not 1 <= places <= MOST_PLACES:
        problems["places"] = [_("Choose a number from 1 to %(n)d.") % {"n": MOST_PLACES}]
    if not now < until <= now + LONGEST:
        problems["expires_at"] = [_("Choose a day within the next year.")]
    return problems
