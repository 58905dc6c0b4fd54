"""Who signs in, and who a session belongs to."""

import json
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import BigIntegerField, QuerySet

from accounts.models import User
from core.prepared import Parameter, Part, Prepared
from core.slots import READ_ALONG

_PERSON = Part(User, "", " ".join(field.attname for field in User._meta.concrete_fields))


def _question() -> "QuerySet[Any, Any]":
    number = Parameter("number", BigIntegerField())
    along = {f"along_{key}": wanted.rows(number) for key, wanted in READ_ALONG.items()}
    rows: QuerySet[Any, Any] = User.objects.filter(pk=number).annotate(**along).values_list(*_PERSON.paths, *along)
    return rows


_person = Prepared(_question)


class AccountBackend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's backend; the person of a session is read by a query that is written once, since every page asks."""

    def get_user(self, user_id: Any) -> User | None:
        rows = _person(number=user_id)
        if not rows:
            return None
        width = len(_PERSON.paths)
        person = _PERSON.make(rows[0][:width])
        if not self.user_can_authenticate(person):
            return None
        for (_key, wanted), value in zip(READ_ALONG.items(), rows[0][width:], strict=True):
            wanted.keep(person, json.loads(value))
        return person
