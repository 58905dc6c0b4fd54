"""Somebody makes an account for themselves."""

from collections.abc import Mapping

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConsentWay
from accounts.events import UserRegistered
from accounts.models import User
from accounts.services.consents import answer_policies
from accounts.validators import normalise_email, normalise_name
from core.errors import Conflict
from core.events import publish


def register(
    *, name: str, email: str, password: str, time_zone: str = "", answers: Mapping[str, bool] | None = None
) -> User:
    """A student's account whose address is still to be confirmed; no actor, since anybody may.

    Values were checked by the form; ``answers`` are what it said to policies. Raises ``Conflict``: ``registration_closed`` when this site adds
    people itself, ``email_taken`` when somebody was faster.
    """
    if not settings.REGISTRATION_OPEN:
        raise Conflict("registration_closed", _("This site adds people itself. Ask its administrator for an account."))
    try:
        with transaction.atomic():
            user = make_account(name=name, email=email, password=password, time_zone=time_zone, verified=False)
            answer_policies(actor=user, user=user, answers=answers or {}, way=ConsentWay.REGISTRATION)
            return user
    except IntegrityError as error:
        raise email_taken() from error


def make_account(*, name: str, email: str, password: str, time_zone: str, verified: bool) -> User:
    """A student's account; for services that have made sure that somebody may have one.

    Raises ``IntegrityError`` when the address is taken: the caller's transaction is lost and becomes ``email_taken()``.
    """
    user: User = User.objects.create_user(email, password, name=normalise_name(name), time_zone=time_zone)
    EmailAddress.objects.create(user=user, email=normalise_email(email), primary=True, verified=verified)
    publish(UserRegistered(actor_id=user.pk, user_id=user.pk))
    return user


def email_taken() -> Conflict:
    """What somebody is told whose address has an account."""
    sentence = _("There is already an account with this email.")
    return Conflict("email_taken", sentence, fields={"email": [sentence]})
