"""What erasing somebody does to the account and to what hangs on addresses; when and in which order is ``privacy``'s."""

import json
import logging
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast, Coalesce, Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import ReadingFace, RowVerdict, SiteRole, Theme
from accounts.events import UserErased
from accounts.models import EmailChange, Invitation, PeopleImport, PeopleImportRow, User
from accounts.models.user import NEVER
from accounts.services.people import keep_an_admin, lock_admins, shut_account
from core.events import publish
from core.mail import forget_bounce, send_queued
from core.models import IdempotentRequest, OutgoingMail

logger = logging.getLogger("aumbry.privacy")

# RFC 2606: no mail ever goes there.
_NOWHERE = "erased.invalid"


def erased_name() -> str:
    """What stands where the name stood."""
    return _("Former member")


def check_not_last_admin(user: User) -> None:
    """Raises ``Conflict`` ``last_admin`` when nobody would be left to run the site."""
    with transaction.atomic():
        keep_an_admin(user, lock_admins())


@transaction.atomic
def shut_for_good(*, user: User) -> None:
    """End every session, token and key of ``user`` and close the account, if it is still open."""
    stored = User.objects.select_for_update().get(pk=user.pk)
    stored.ended_at = stored.ended_at or timezone.now()
    stored.suspended_at, stored.suspension_reason = None, ""
    shut_account(stored)


def names_of(user: User) -> list[str]:
    """The words that tell who somebody is: name, addresses of now and before, phone."""
    words = {user.name, user.phone, *addresses_of(user)}
    return sorted(word for word in words if word and word != erased_name())


def addresses_of(user: User) -> list[str]:
    """Email addresses that the person has or had, as far as that is still known."""
    found = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    for before, after in EmailChange.objects.filter(user=user).values_list("before", "after"):
        found |= {before, after}
    return sorted(address.lower() for address in found if not address.endswith(f"@{_NOWHERE}"))


def erase_mails(user: User) -> None:
    """Delete the mails that went to the person, and take the name out of those that went to others.

    What still waits, such as the letter that says so, is handed over first: once, since erasing waits for no mail server.
    """
    addresses = addresses_of(user)
    for address in addresses:
        forget_bounce(address)
    rows = OutgoingMail.objects.annotate(to_text=Cast("recipients", TextField()))
    for mail in rows.filter(_any_of("to_text", addresses)).defer("text", "html"):
        if any(str(to).lower() in addresses for to in mail.recipients):
            _hand_over(mail)
            mail.delete()
    told = _long_names(user)
    if not told:
        return
    fields = ("subject", "text", "html")
    wanted = Q()
    for field in fields:
        wanted |= _any_of(field, told)
    for told_to in OutgoingMail.objects.filter(wanted):
        for field in fields:
            setattr(told_to, field, _replaced(getattr(told_to, field), told))
        told_to.save(update_fields=fields)


def _hand_over(mail: OutgoingMail) -> None:
    if mail.state != OutgoingMail.State.QUEUED:
        return
    try:
        send_queued(mail.pk)
    except Exception:
        # Whatever a mail server may do; the text would tell the address.
        logger.warning("a mail to a person who is erased was not sent", extra={"mail": mail.pk})


def erase_kept_answers(user: User) -> None:
    """Delete answers that are kept for repeated requests: the person's own, and those that name them."""
    IdempotentRequest.objects.filter(caller=str(user.pk)).delete()
    if told := _long_names(user):
        IdempotentRequest.objects.filter(_any_of("body", told)).delete()


def erase_invitations(user: User) -> None:
    """Take the person's addresses out of invitations; such an invitation opens nothing any more."""
    rows = Invitation.objects.filter(email__in=addresses_of(user))
    rows.update(email="", note=erased_name()[:200], ended_at=Coalesce("ended_at", Now()))


def erase_from_tables(user: User) -> None:
    """Take the person out of tables of people that were sent, with the files that have them."""
    rows = PeopleImportRow.objects.filter(_any_of("email", addresses_of(user)))
    runs = list(rows.values_list("run_id", flat=True).distinct())
    rows.update(name=erased_name(), email="", cells=[], reason="", verdict=RowVerdict.REFUSED)
    PeopleImport.objects.filter(pk__in=runs).update(content=b"")


def erase_admin_log(user: User) -> None:
    """Take the name out of what the data admin noted about the account."""
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=str(user.pk)).update(
        object_repr=erased_name(), change_message=""
    )


@transaction.atomic
def erase_account(*, user: User) -> User:
    """Replace everything personal in the account itself. Twice is once."""
    stored: User = User.objects.select_for_update().get(pk=user.pk)
    if stored.erased_at is not None:
        return stored
    now = timezone.now()
    values: dict[str, Any] = {
        "name": erased_name(),
        "email": f"{stored.public_id.hex}@{_NOWHERE}",
        "role": SiteRole.STUDENT,
        "is_active": False,
        "ended_at": stored.ended_at or now,
        "erased_at": now,
        "suspended_at": None,
        "suspension_reason": "",
        "last_seen_at": NEVER,
        "time_zone": "",
        "language": "",
        "theme": Theme.SYSTEM,
        "reading_face": ReadingFace.SERIF,
        "phone": "",
        "pronouns": "",
        "bio": "",
        "avatar": "",
        "short_password": False,
        "has_second_factor": False,
        "sign_in_epoch": stored.sign_in_epoch + 1,
    }
    for name, value in values.items():
        setattr(stored, name, value)
    stored.set_unusable_password()
    stored.save()
    publish(UserErased(actor_id=None, user_id=stored.pk))
    return stored


def _long_names(user: User) -> list[str]:
    """Names and addresses that can hardly mean anything else; a single short word can."""
    return [word for word in names_of(user) if "@" in word or " " in word or len(word) >= 8]


def _any_of(field: str, words: list[str]) -> Q:
    wanted = Q(pk__in=())
    for word in words:
        wanted |= Q(**{f"{field}__icontains": word})
        # As JSON has it on databases that keep it as text.
        wanted |= Q(**{f"{field}__icontains": json.dumps(word)[1:-1]})
    return wanted


def _replaced(text: str, words: list[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = _replace_folded(text, word, erased_name())
    return text


def _replace_folded(text: str, word: str, by: str) -> str:
    folded, wanted, done, at = text.lower(), word.lower(), [], 0
    if len(folded) != len(text):
        return text.replace(word, by)
    while (found := folded.find(wanted, at)) >= 0:
        done += [text[at:found], by]
        at = found + len(wanted)
    return "".join([*done, text[at:]])
