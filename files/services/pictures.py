"""A person's picture: made small, stored, and named in their account."""

from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from accounts.services.profile import set_avatar
from core.authz import Actor, authorize
from core.errors import Invalid
from files.services.portraits import NAME, portrait
from files.services.store import store_file
from files.services.usage import set_usages

OWNER = "avatar"


def set_picture(*, actor: Actor, user: User, content: BinaryIO | Any) -> User:
    """Give ``user`` a picture made from an uploaded one, which itself is not kept.

    Raises ``Invalid`` with a sentence about the file, ``DiskFull``.
    """
    authorize(actor, "accounts.change_user", user)
    try:
        made = portrait(content)
    except ValidationError as error:
        raise Invalid(str(error.code), error.messages[0], fields={"file": [error.messages[0]]}) from None
    file = store_file(actor=actor, content=made, name=NAME)
    with transaction.atomic():
        stored = set_avatar(actor=actor, user=user, file_id=str(file.public_id))
        set_usages(owner_kind=OWNER, owner_id=stored.pk, file_ids={file.public_id}, actor=actor)
    return stored


@transaction.atomic
def remove_picture(*, actor: Actor, user: User) -> User:
    """Take the picture of ``user`` away; initials stand in its place. Twice is once."""
    stored = set_avatar(actor=actor, user=user, file_id="")
    set_usages(owner_kind=OWNER, owner_id=stored.pk, file_ids=set(), actor=actor)
    return stored
