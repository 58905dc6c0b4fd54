"""Sessions in the database, as Django keeps them, read by a query that is written once: every page asks for one."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from core.prepared import Parameter, Part, Prepared

_SESSION = Part(Session, "", "session_key session_data expire_date")
_open_session = Prepared(
    lambda: Session.objects.filter(
        session_key=Parameter("key", CharField()), expire_date__gt=Parameter("now", DateTimeField())
    ).values_list(*_SESSION.paths)
)


class SessionStore(DatabaseStore):
    """Django's store; only reading is its own."""

    def _get_session_from_db(self) -> Any:
        rows = _open_session(key=self.session_key, now=timezone.now())
        if not rows:
            self._session_key = None
            return None
        return _SESSION.make(rows[0])
