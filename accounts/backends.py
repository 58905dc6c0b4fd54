"""Who signs in, and who a session belongs to."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import BigIntegerField

from accounts.models import User
from core.prepared import Parameter, Part, Prepared

_PERSON = Part(User, "", " ".join(field.attname for field in User._meta.concrete_fields))
_person = Prepared(lambda: User.objects.filter(pk=Parameter("number", BigIntegerField())).values_list(*_PERSON.paths))


class AccountBackend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's backend; the person of a session is read by a query that is written once, since every page asks."""

    def get_user(self, user_id: Any) -> User | None:
        rows = _person(number=user_id)
        if not rows:
            return None
        person = _PERSON.make(rows[0])
        return person if self.user_can_authenticate(person) else None
