"""What a form has in place of a file: the file itself, an upload of before, or the address of one that somebody keeps."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _

from core.authz import Actor
from core.errors import Conflict, Invalid
from core.slots import UPLOAD_PURPOSES
from files.enums import UploadState
from files.models import File, StoredFile, Upload
from files.services.store import store_file
from files.services.upload_limits import check_fits
from files.services.uploads import KEPT_FOR

_SALT = "files.upload"
_KEPT_AT = re.compile(r"/files/kept/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/")


def take_upload(*, actor: Actor, token: str, purpose: str) -> StoredFile:
    """The file of a finished upload of ``actor``, to be used for ``purpose``.

    Raises ``Invalid`` ``no_such_upload``, and with what the upload was refused for; ``Conflict`` ``upload_not_ready``.
    """
    upload = upload_of(token)
    if upload is None or upload.user_id != actor.pk or not _is_for(upload, purpose):
        sentence = _("The uploaded file is not here any more. Choose it again.")
        raise Invalid("no_such_upload", sentence)
    if upload.state == UploadState.REFUSED:
        raise Invalid(upload.code or "invalid", upload.message)
    if upload.file is None:
        raise Conflict("upload_not_ready", _("The file is not here whole yet. Wait until its upload is done."))
    return upload.file


@dataclass(frozen=True)
class EarlierUpload:
    """What a form has in place of a file that was uploaded before the form was sent."""

    token: str
    name: str
    size: int


@dataclass(frozen=True)
class KeptChoice:
    """What a form has in place of a file: the address of the page of one that the person keeps or was shared."""

    name: str
    # Of the file nothing is known yet; forms refuse those without bytes.
    size: int = 1

    @classmethod
    def of(cls, public_id: UUID) -> "KeptChoice":
        """As programs name it: by its id."""
        return cls(reverse("files:file", args=[public_id]))


def store_sent(*, actor: Actor, sent: Any, purpose: str) -> StoredFile:
    """The file of a form, sent with it, uploaded before or picked, as a stored one.

    ``purpose`` is what it is for, a key of ``core.slots.UPLOAD_PURPOSES``, whose limits hold whichever way it came. What is
    sent with the form is sealed if that says so. Raises as ``store_file`` and ``take_upload``.
    """
    if isinstance(sent, EarlierUpload):
        return take_upload(actor=actor, token=sent.token, purpose=purpose)
    if isinstance(sent, KeptChoice):
        stored = _chosen(actor, sent.name)
        _check_fits(purpose, stored.name, stored.size)
        return stored
    _check_fits(purpose, sent.name, sent.size)
    return store_file(actor=actor, content=sent, name=sent.name, sensitive=UPLOAD_PURPOSES[purpose].sensitive)


def _is_for(upload: Upload, purpose: str) -> bool:
    """Who may upload it, and whether it is sealed, was asked for the purpose that it was begun with."""
    return upload.purpose == purpose


def _check_fits(purpose: str, name: str, size: int) -> None:
    try:
        check_fits(purpose, name, size)
    except ValidationError as error:
        raise Invalid(str(error.code), error.messages[0], fields={"file": [error.messages[0]]}) from None


def _chosen(actor: Actor, address: str) -> StoredFile:
    named = _KEPT_AT.search(address)
    files = File.objects.visible_to(actor).kept().select_related("current__stored")
    found = files.filter(public_id=named[1]).first() if named else None
    if found is None:
        sentence = _("There is no file at this address that you may see. Copy the address of its page in Files.")
        raise Invalid("no_such_file", sentence, fields={"file": [sentence]})
    stored: StoredFile = found.shown.stored
    return stored


def token_of(upload: Upload) -> str:
    """What a form names an upload by."""
    return signing.dumps(str(upload.public_id), salt=_SALT)


def upload_of(token: str) -> Upload | None:
    """The upload that a form names; None for what is no token of ours, too old, or gone."""
    try:
        public_id = signing.loads(token, salt=_SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        return None
    return Upload.objects.select_related("file").filter(public_id=public_id).first()
