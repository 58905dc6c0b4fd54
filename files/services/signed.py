"""Addresses of bytes that hold for a few minutes and need no signing in: for programs, and hosts without our cookies."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import User
from files.models import File, FileVersion
from files.services.accesses import note_denial

_SALT = "files.signed"


def signed_url(user: User, file: File, version: FileVersion) -> str:
    """The path from which ``user`` can read ``version`` for ``FILES_SIGNED_SECONDS``, as long as they may see it."""
    said = [user.pk, user.sign_in_epoch, file.public_id.hex, version.number]
    return reverse("files:signed", args=[signing.dumps(said, salt=_SALT), file.name])


def file_of_signed(token: str) -> tuple[User, File, FileVersion] | None:
    """Who was given an address, and what it opens; None if it is too old, or the person may not see it any more. That it was
    refused is written down, to the person it was made for."""
    try:
        user_id, epoch, public_id, number = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError):
        # None of ours: it says nothing of any file.
        return None
    user = User.objects.filter(pk=user_id).first()
    if user is not None and user.is_active and user.sign_in_epoch == epoch and _holds(token):
        versions = FileVersion.objects.visible_to(user).select_related("stored", "file__space")
        version = versions.filter(file__public_id=public_id, number=number).first()
        if version is not None:
            return user, version.file, version
    file = File.objects.filter(public_id=public_id).first()
    if file is not None:
        note_denial(user=user, entry=file)
    return None


def _holds(token: str) -> bool:
    try:
        signing.loads(token, salt=_SALT, max_age=settings.FILES_SIGNED_SECONDS)
    except signing.SignatureExpired:
        return False
    return True
