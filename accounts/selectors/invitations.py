"""Invitations as administrators read them."""

from typing import Any

from django.utils import timezone

from accounts.models import Invitation, User
from accounts.querysets import InvitationQuerySet
from core.slots import INVITATION_TARGETS


def list_invitations(viewer: Any, *, state: str = "open") -> InvitationQuerySet:
    """The invitations ``viewer`` may see, newest first, with who made them and how many have accepted."""
    along = [path for target in INVITATION_TARGETS for path in target.paths]
    rows: InvitationQuerySet = Invitation.objects.visible_to(viewer).with_taken().select_related("made_by", *along)
    return rows.in_state(state, timezone.now()).order_by("-pk")


def has_account(email: str) -> bool:
    """Whether an address has an account. Only to be told to whoever has proved to have the mailbox."""
    return bool(User.objects.filter(email=email).exists())
