"""Forms that came when their session had ended: kept for a day, sent again by the person or thrown away."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import LateForm, User

KEPT_FOR = timedelta(days=1)
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
    """Hand the form to its person, once: it is gone afterwards. None if it is not there, or not theirs."""
    forms = LateForm.objects.select_for_update().filter(Q(user=None) | Q(user_id=actor.pk))
    form = forms.filter(public_id=public_id, visitor=visitor, expires_at__gt=timezone.now()).first()
    if form is not None:
        LateForm.objects.filter(pk=form.pk).delete()
    return form


def forget_late_forms() -> None:
    """Delete the forms that nobody fetched."""
    LateForm.objects.filter(expires_at__lte=timezone.now()).delete()
