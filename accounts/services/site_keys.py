"""Renewing this site's key for a SAML connection, so that people can sign in all the while.

A second key is made and stands in the metadata beside the first; when the provider knows it, the site signs with it; when
that has proved itself, the first one goes. What is encrypted for either is read until then, and each step but the last
can be taken back.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import saml
from accounts.enums import KeyStage
from accounts.events import ConnectionChanged
from accounts.models import Connection
from accounts.services.connections import PERMISSION
from core.authz import Actor, authorize
from core.errors import Conflict, Stale
from core.events import publish

_PAIR = {"sp_key": "other_key", "sp_certificate": "other_certificate"}


@transaction.atomic
def renew_key(*, actor: Actor, connection: Connection, stage: str, version: int | None = None) -> Connection:
    """Bring the renewing of a SAML connection's key to ``stage``; done again it changes nothing.

    From settled to prepared a key is made; between prepared and switched the two change places; to settled the one that
    does not sign is let go of. Raises ``Conflict`` ``key_not_prepared`` from settled to switched, ``Stale``.
    """
    authorize(actor, PERMISSION)
    stored: Connection = Connection.objects.select_for_update().get(pk=connection.pk)
    if version is not None and stored.version != version:
        raise Stale(current_version=stored.version)
    if stage == stored.key_stage:
        return stored
    own = dict(stored.settings.get("aumbry", {}))
    if stage == KeyStage.SETTLED:
        for other in _PAIR.values():
            own.pop(other, None)
    elif stage == KeyStage.PREPARED and stored.key_stage == KeyStage.SETTLED:
        made = saml.new_key(str(stored.public_id))
        own |= {other: made[first] for first, other in _PAIR.items()}
    elif stored.key_stage == KeyStage.SETTLED:
        raise Conflict("key_not_prepared", _("There is no other key to sign with. Prepare one first."))
    else:
        for first, other in _PAIR.items():
            own[first], own[other] = own[other], own.get(first, "")
    own |= {"key_stage": str(stage), "version": stored.version + 1}
    stored.settings = {**stored.settings, "aumbry": own}
    stored.save()
    publish(ConnectionChanged(actor_id=actor.pk, connection_id=stored.pk, change=f"key_{stage}"))
    return stored
