"""Forms that came when their session had ended: kept for a day, sent again by the person or thrown away."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import LateForm, User

KEPT_FOR = timedelta(days=1)
# So long after it was sent it leads the same way again: without a script nothing stops a second press of the button, and
# the browser drops what came back for the first.
_AGAIN = timedelta(minutes=1)
# One browser has so many waiting; the oldest gives way.
_MOST = 5

Field = dict[str, str]


@transaction.atomic
def keep_form(*, visitor: str, person: User | None, path: str, fields: list[Field]) -> LateForm:
    """Keep what was typed. No actor: whoever sent it is not signed in.

    ``visitor`` is the digest of a cookie that only this browser has, ``person`` who was signed in before, if known;
    ``fields`` are those of :func:`accounts.late_forms.fields_of`, which leaves secrets out.
    """
    form = LateForm.objects.create(
        visitor=visitor, user=person, path=path, fields=fields, expires_at=timezone.now() + KEPT_FOR
    )
    waiting = LateForm.objects.filter(visitor=visitor).order_by("-pk").values_list("pk", flat=True)
    LateForm.objects.filter(pk__in=list(waiting[_MOST:])).delete()
    return form


@transaction.atomic
def take_form(*, actor: User, visitor: str, public_id: UUID) -> LateForm | None:
    """Hand the form to its person, who sends it. None if it is not there, or not theirs.

    What was typed is forgotten with this; where it goes, a minute later.
    """
    form = _theirs(actor, visitor, public_id)
    if form is not None and form.fields:
        form.fields = []
        form.expires_at = min(form.expires_at, timezone.now() + _AGAIN)
        form.save(update_fields=["fields", "expires_at"])
    return form


@transaction.atomic
def discard_form(*, actor: User, visitor: str, public_id: UUID) -> bool:
    """Throw the form away; whether there was one of theirs."""
    form = _theirs(actor, visitor, public_id)
    if form is not None:
        form.delete()
    return form is not None


def _theirs(actor: User, visitor: str, public_id: UUID) -> LateForm | None:
    forms = LateForm.objects.select_for_update().filter(Q(user=None) | Q(user_id=actor.pk))
    return forms.filter(public_id=public_id, visitor=visitor, expires_at__gt=timezone.now()).first()


def forget_late_forms() -> None:
    """Delete the forms that nobody fetched."""
    LateForm.objects.filter(expires_at__lte=timezone.now()).delete()
