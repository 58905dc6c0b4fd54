"""Mail about accounts: rendered here, queued by the mail backend, sent by a job."""

from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from accounts.models import Device, User
from core.models import OutgoingMail


def send_letter(
    template: str, *, to: str, headers: dict[str, str] | None = None, **context: Any
) -> OutgoingMail | None:
    """Write the mail ``templates/<template>_{subject.txt,message.txt,message.html}`` to ``to``; returns its row, if mail is kept as rows.

    Links are built from ``SITE_URL``, never from the request's Host header, which anybody may set.
    """
    words = {
        "brand": settings.BRAND,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "lang": translation.get_language() or settings.LANGUAGE_CODE,
        "dir": "rtl" if translation.get_language_bidi() else "ltr",
        "email": to,
        **context,
    }
    subject = " ".join(render_to_string(f"{template}_subject.txt", words).split())
    message = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"{template}_message.txt", words).strip() + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        headers=headers,
    )
    message.attach_alternative(render_to_string(f"{template}_message.html", words).strip(), "text/html")
    message.send()
    return getattr(message, "outgoing", None)


def send_invitation(user: User) -> None:
    """Tell a person that they have an account, with a link to choose a password."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    send_letter("account/email/invitation", to=user.email, person=user, link=site_link(password_path(key)))


def send_new_sign_in(device: Device) -> None:
    """Tell a person that somebody signed in to their account on a device that was not known."""
    person = device.user
    local = timezone.localtime(device.created_at, person.zone)
    send_letter(
        "account/email/new_sign_in",
        to=person.email,
        device=device,
        at=f"{date_format(local, 'j F Y, H:i')} ({person.zone.key})",
        link=site_link(reverse("accounts:devices")),
    )


def password_path(key: str) -> str:
    """Where a person with ``key`` (``<person>-<token>``) chooses a new password."""
    person, _, token = key.partition("-")
    return reverse("account_reset_password_from_key", kwargs={"uidb36": person, "key": token})


def site_link(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
