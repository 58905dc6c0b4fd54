"""What strangers ask for by email address: the same work and the same answer whether or not it has an account.

Mail is queued, so that one that cannot be sent tells nothing either.
"""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.internal.flows.email_verification import consume_email_verification_rate_limit
from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.internal.flows.signup import send_unknown_account_mail
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import url_str_to_user_pk
from allauth.core.internal import ratelimit
from django.db import transaction
from django.http import HttpRequest

from accounts.email_links import LinkRefused
from accounts.models import User
from accounts.services.profile import set_password
from accounts.services.signup import register
from accounts.services.tries import TooManyTries, forget_strangers
from accounts.validators import normalise_email, validate_new_password
from core.errors import Conflict
from core.mail import forget_bounce


def sign_up(*, request: HttpRequest, name: str, email: str, password: str, time_zone: str = "") -> None:
    """Make an account that waits for its confirmation; the owner of a taken address is mailed that they have one.

    Values were checked. Raises ``Conflict`` ``registration_closed`` and ``TooManyTries``.
    """
    if not ratelimit.consume(request, app="allauth.account", action="signup"):
        raise TooManyTries(60)
    try:
        # Hashes the password before it finds an address taken.
        register(name=name, email=email, password=password, time_zone=time_zone)
    except Conflict as conflict:
        if conflict.code != "email_taken":
            raise
        if consume_email_verification_rate_limit(request, normalise_email(email)):
            get_adapter().send_account_already_exists_mail(normalise_email(email))
    else:
        send_confirmation_again(request=request, email=email, signup=True)


def send_confirmation_again(*, request: HttpRequest, email: str, signup: bool = False) -> None:
    """Mail the link that confirms an address; at most one mail in three minutes to any address."""
    email = normalise_email(email)
    if not consume_email_verification_rate_limit(request, email):
        return
    address = EmailAddress.objects.filter(email=email, user__is_active=True).select_related("user").first()
    if address is None:
        send_unknown_account_mail(request, email)
    elif address.verified:
        get_adapter().send_account_already_exists_mail(email)
    else:
        address.send_confirmation(request, signup=signup)


def verify_email(*, key: str) -> None:
    """Count an address as confirmed; ``key`` was mailed there. Raises ``LinkRefused``, also for one that was used."""
    found = EmailConfirmationHMAC.from_key(key)
    if found is None or not found.email_address.user.is_active:
        raise LinkRefused
    # Only what still waits: the second of two at once changes nothing.
    if not EmailAddress.objects.filter(pk=found.email_address.pk, verified=False).update(verified=True, primary=True):
        raise LinkRefused
    forget_bounce(found.email_address.email)


def ask_for_reset(*, request: HttpRequest, email: str) -> None:
    """Mail a link to choose a new password, or that there is no account. Raises ``TooManyTries``."""
    email = normalise_email(email)
    if not ratelimit.consume(request, app="allauth.account", action="reset_password", key=email):
        raise TooManyTries(60)
    users = list(User.objects.active().filter(email=email))
    request_password_reset(request, email, users, default_token_generator)


def reset_password(*, key: str, password: str) -> None:
    """Choose a new password with a mailed key, which is used up by that.

    Raises ``LinkRefused`` and Django's ``ValidationError`` for a password that cannot be.
    """
    person, _dash, token = key.partition("-")
    try:
        number = url_str_to_user_pk(person)
    except ValueError as error:
        raise LinkRefused from error
    with transaction.atomic():
        user: User | None = User.objects.select_for_update().filter(pk=number, is_active=True).first()
        if user is None or not default_token_generator.check_token(user, token):
            raise LinkRefused
        validate_new_password(password, user)
        set_password(actor=user, user=user, password=password)
        forget_strangers(user.email)
