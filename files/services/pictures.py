"""A person's picture: made small, stored, and named in their account."""

from typing import Any, BinaryIO, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.profile import set_avatar
from core.authz import Actor, authorize
from core.errors import Conflict, Invalid
from files.services.portraits import NAME, portrait
from files.services.reading import opened, watched
from files.services.sent import EarlierUpload, KeptChoice, store_sent, upload_of
from files.services.store import store_file
from files.services.uploads import cancel_upload
from files.services.usage import set_usages

OWNER = PURPOSE = "avatar"


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


def set_picture_from(*, actor: Actor, user: User, sent: Any) -> User:
    """As ``set_picture``, from what a form has in place of a file; what was uploaded before is not kept either.

    Raises also as ``store_sent``, and ``SealBroken``.
    """
    if not isinstance(sent, EarlierUpload | KeptChoice):
        return set_picture(actor=actor, user=user, content=sent)
    authorize(actor, "accounts.change_user", user)
    source = store_sent(actor=actor, sent=sent, purpose=PURPOSE)
    try:
        with watched(source), opened(source) as content:
            stored = set_picture(actor=actor, user=user, content=content)
    except FileNotFoundError:
        raise Conflict("file_lost", _("This file is lost in storage. Choose another picture.")) from None
    except Invalid:
        _let_go(actor, sent)
        raise
    _let_go(actor, sent)
    return stored


def _let_go(actor: Actor, sent: EarlierUpload | KeptChoice) -> None:
    if isinstance(sent, EarlierUpload) and (upload := upload_of(sent.token)) is not None:
        cancel_upload(actor=cast(User, actor), upload=upload)


@transaction.atomic
def remove_picture(*, actor: Actor, user: User) -> User:
    """Take the picture of ``user`` away; initials stand in its place. Twice is once."""
    stored = set_avatar(actor=actor, user=user, file_id="")
    set_usages(owner_kind=OWNER, owner_id=stored.pk, file_ids=set(), actor=actor)
    return stored
