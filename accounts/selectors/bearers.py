"""Who an access token speaks for, in one query."""

import uuid

from django.db.models import CharField, Exists, Q, UUIDField

from accounts.models import SigningKey, TokenFamily, User
from core.prepared import Parameter, Part, Prepared

_USER = Part(User, "user__", " ".join(field.attname for field in User._meta.concrete_fields))

_bearers = Prepared(
    lambda: (
        TokenFamily.objects.order_by()
        .filter(
            Q(device=None) | Q(device__ended_at=None),
            Exists(SigningKey.objects.order_by().filter(kid=Parameter("kid", CharField()))),
            public_id=Parameter("family", UUIDField()),
            ended_at=None,
            user__public_id=Parameter("user", UUIDField()),
        )
        .values_list(*_USER.paths, "device__vouched")
    )
)


def bearer_of(*, user: uuid.UUID, family: uuid.UUID, kid: str) -> User | None:
    """The person as they are now, if the sign-in is theirs and open, its device too, and the key still counts."""
    rows = _bearers(user=user, family=family, kid=kid)
    if not rows:
        return None
    person = _USER.make(rows[0][:-1])
    person.is_vouched = bool(rows[0][-1])
    return person
