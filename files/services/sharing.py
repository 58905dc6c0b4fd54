"""Opening files and folders to others: people, those of a course, whoever has a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.authz import Actor, authorize
from core.errors import Conflict, DomainError, Invalid
from core.events import publish
from core.slots import FILE_SPACES, SHARE_AUDIENCES
from files.enums import AccessAction, OpenerKind, ShareLevel
from files.events import FileShared
from files.models import File, FileVersion, Folder, Share
from files.services.accesses import note_access
from files.services.kept import Entry, permission
from files.services.spaces import locked

_SALT = "files.share"
_PASSED_SALT = "files.share.passed"
_BEGUN_SALT = "files.share.begun"
# So long a password that was typed once opens the link in that browser.
PASSED_FOR = timedelta(hours=12)
# So long a download that was counted goes on in that browser without being counted again.
BEGUN_FOR = timedelta(hours=1)
LEAST_PASSWORD = 8


class LinkOver(DomainError):
    """The link was ended, is too old, or was used as often as it may be."""

    status = 410

    def __init__(self) -> None:
        sentence = _("This link does not open anything any more. Ask whoever gave it to you for a new one.")
        super().__init__("link_over", sentence)


_ICONS = {
    OpenerKind.KEEPER: "folder",
    OpenerKind.PEOPLE: "users",
    OpenerKind.LINK: "link",
    OpenerKind.ADMINISTRATORS: "shield",
}


@dataclass(frozen=True)
class Access:
    """Somebody who can open a file or folder: who, what they may, how they come to it, until when (UTC)."""

    kind: OpenerKind
    who: str
    level: ShareLevel
    how: str
    until: datetime | None = None
    share: Share | None = None
    # Whether it is given here, and not by a folder around it.
    is_own: bool = False

    @property
    def icon(self) -> str:
        return _ICONS[self.kind]


@transaction.atomic
def share_with(
    *,
    actor: User,
    entry: Entry,
    kind: str,
    audience_id: int,
    level: str = ShareLevel.VIEW,
    expires_at: datetime | None = None,
) -> Share:
    """Open ``entry`` to a person (``kind`` "person") or to those of an audience. Shared with them already, it is changed.

    Raises ``Invalid``, ``NotAllowed``, ``Conflict`` ``in_bin``.
    """
    _authorize(actor, entry)
    # Of two who share it at the same moment the second changes what the first made.
    locked(entry.space)
    _check_kept(entry)
    _check_time(expires_at)
    _check_audience(actor, kind, audience_id)
    same = Share.objects.filter(_of(entry), audience_kind=kind, audience_id=audience_id, revoked_at__isnull=True)
    # One that is too old has ended, and does not come to life again.
    same.filter(expires_at__lte=timezone.now()).update(revoked_at=F("expires_at"))
    share: Share | None = same.select_for_update().first()
    if share is not None:
        share.level, share.expires_at = level, expires_at
        share.save(update_fields=["level", "expires_at", "updated_at"])
        return share
    return _made(
        actor,
        Share(audience_kind=kind, audience_id=audience_id, level=level, expires_at=expires_at, made_by=actor),
        entry,
    )


@transaction.atomic
def share_by_link(
    *,
    actor: User,
    entry: Entry,
    expires_at: datetime | None = None,
    password: str = "",
    most_downloads: int | None = None,
) -> Share:
    """A link that opens ``entry`` to whoever has it, also to those without an account.

    ``expires_at`` in UTC. Raises ``Invalid``, ``NotAllowed``, ``Conflict`` ``in_bin``.
    """
    _authorize(actor, entry)
    _check_kept(entry)
    _check_time(expires_at)
    share = Share(
        audience_kind=Share.LINK,
        made_by=actor,
        expires_at=expires_at,
        password=_hashed(password),
        most_downloads=most_downloads,
    )
    return _made(actor, share, entry)


@transaction.atomic
def change_share(*, actor: User, share: Share, **changes: Any) -> Share:
    """Change ``level``, ``expires_at``, ``password`` (empty: none) or ``most_downloads`` of a share that is open.

    Raises ``Invalid``, ``NotAllowed``, ``Conflict`` ``share_over``.
    """
    authorize(actor, "files.change_share", share)
    share = Share.objects.select_for_update().get(pk=share.pk)
    if share.revoked_at:
        raise Conflict("share_over", _("This share was ended. Make a new one."))
    if "expires_at" in changes:
        _check_time(changes["expires_at"])
    if "password" in changes:
        changes["password"] = _hashed(changes["password"])
    for name, value in changes.items():
        setattr(share, name, value)
    share.save()
    return share


@transaction.atomic
def end_share(*, actor: User, share: Share) -> None:
    """Close it at once; a link that is being looked at fetches nothing more. Twice is once."""
    authorize(actor, "files.delete_share", share)
    if Share.objects.filter(pk=share.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        note_access(action=AccessAction.UNSHARE, user=actor, entry=share.entry, share=share)


def link_of(share: Share) -> str:
    """The path that opens a link; made from the share's number and the site's key, so nothing of it is stored."""
    return reverse("files:link", args=[signing.Signer(salt=_SALT).sign(share.public_id.hex)])


def share_of_link(token: str) -> Share | None:
    """The share that a link names; None for what is no link of ours. Whether it is over is not looked at."""
    try:
        public_id = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
    rows = Share.objects.select_related("file__current__stored", "file__space", "folder__space")
    return rows.filter(public_id=public_id, audience_kind=Share.LINK).first()


def check_link(share: Share, *, goes_on: bool = False) -> None:
    """Raise ``LinkOver`` if the link opens nothing: ended, too old, used up, or what it opens is in the bin. For a download
    that ``goes_on`` it is not used up: it has been counted."""
    if (share.is_closed if goes_on else share.is_over) or share.entry.is_binned:
        raise LinkOver


def passed(share: Share, password: str) -> str:
    """A proof, for a cookie, that somebody knew the link's password; empty if it is not the one."""
    if not check_password(password, share.password):
        return ""
    return signing.TimestampSigner(salt=_PASSED_SALT).sign(f"{share.public_id.hex}.{_short(share)}")


def has_passed(share: Share, proof: str) -> bool:
    """Whether ``proof`` is one of ``passed``, not too old, and of the password that holds now."""
    try:
        said = signing.TimestampSigner(salt=_PASSED_SALT).unsign(proof, max_age=PASSED_FOR)
    except signing.BadSignature:
        return False
    return said == f"{share.public_id.hex}.{_short(share)}"


def begun(share: Share, version: FileVersion) -> str:
    """A proof, for a cookie, that a download of ``version`` by the link was counted a moment ago."""
    return signing.TimestampSigner(salt=_BEGUN_SALT).sign(_download(share, version))


def has_begun(share: Share, version: FileVersion, proof: str) -> bool:
    """Whether ``proof`` is one of ``begun`` for just this, and not too old."""
    try:
        said = signing.TimestampSigner(salt=_BEGUN_SALT).unsign(proof, max_age=BEGUN_FOR)
    except signing.BadSignature:
        return False
    return said == _download(share, version)


def count_download(share: Share, n: int = 1) -> None:
    """``n`` downloads more, all or none; of two who take the last one at the same moment one is refused.

    Raises ``LinkOver``, ``Conflict`` ``too_few_downloads``.
    """
    rows = Share.objects.open().filter(pk=share.pk)
    left = rows.filter(Q(most_downloads__isnull=True) | Q(downloads__lte=F("most_downloads") - n))
    if left.update(downloads=F("downloads") + n):
        return
    if n > 1 and rows.filter(downloads__lt=F("most_downloads")).exists():
        sentence = _("This link has fewer downloads left than there are files. Fetch those that you need one by one.")
        raise Conflict("too_few_downloads", sentence)
    raise LinkOver


def file_in_link(share: Share, public_id: Any) -> File | None:
    """A file that the link opens: the one it is of, or one in its folder."""
    files = File.objects.kept().select_related("current__stored", "space").filter(public_id=public_id)
    if share.file_id:
        return files.filter(pk=share.file_id).first()
    folder = share.entry
    return files.filter(folder__path__startswith=folder.path).first() if isinstance(folder, Folder) else None


def folder_in_link(share: Share, public_id: Any) -> Folder | None:
    """A folder that the link opens: the one it is of, or one in it."""
    top = share.entry
    if not isinstance(top, Folder):
        return None
    return Folder.objects.kept().filter(path__startswith=top.path, public_id=public_id).first()


def who_can_open(entry: Entry) -> list[Access]:
    """All who can open a file or folder: those who keep the space, those that it, or a folder around it, is shared with, and
    administrators. Readers of what it is used in see it there (``files.selectors.uses``)."""
    space = entry.space
    keeper = FILE_SPACES[space.kind].names({space.owner_id}).get(space.owner_id, "")
    found = [Access(OpenerKind.KEEPER, keeper, ShareLevel.EDIT, _("Kept here"))]
    shares = list(Share.objects.open().filter(_around(entry)).select_related("folder").order_by("pk"))
    names = _names(shares)
    for share in shares:
        if share.is_over:
            continue
        is_own = share.file_id == entry.pk if isinstance(entry, File) else share.folder_id == entry.pk
        around = share.folder
        how = "" if is_own or around is None else _("By the folder “%(name)s”") % {"name": around.name}
        if share.is_link:
            kind, who = OpenerKind.LINK, _link_words(share)
        else:
            kind = OpenerKind.PEOPLE
            who = names.get((share.audience_kind, share.audience_id), _("Somebody who is gone"))
        found.append(Access(kind, who, ShareLevel(share.level), how, share.expires_at, share, is_own))
    found.append(Access(OpenerKind.ADMINISTRATORS, _("Administrators"), ShareLevel.EDIT, _("By their role")))
    return found


def shares_at(entries: Sequence[Entry]) -> set[tuple[str, int]]:
    """Which of ``entries`` are themselves shared: ("file" or "folder", number), in one query."""
    files = [entry.pk for entry in entries if isinstance(entry, File)]
    folders = [entry.pk for entry in entries if isinstance(entry, Folder)]
    rows = Share.objects.open().filter(Q(file__in=files) | Q(folder__in=folders)).order_by()
    return {("file", file) if file else ("folder", folder) for file, folder in rows.values_list("file", "folder")}


def old_shares(days: int | None = None) -> Any:
    """Shares that have opened nothing for so long that they go."""
    before = timezone.now() - timedelta(days=settings.FILES_BIN_DAYS if days is None else days)
    return Share.objects.filter(Q(revoked_at__lt=before) | Q(expires_at__lt=before))


def remove_old_shares() -> int:
    """Forget shares that were over for ``FILES_BIN_DAYS``; returns how many."""
    return int(old_shares().delete()[1].get("files.Share", 0))


def forget_shares_with(person: Any) -> None:
    """Nothing is shared with ``person`` any more, as if it never had been."""
    Share.objects.filter(audience_kind=Share.PERSON, audience_id=person.pk).delete()


def _made(actor: User, share: Share, entry: Entry) -> Share:
    if isinstance(entry, File):
        share.file = entry
    else:
        share.folder = entry
    share.save()
    note_access(action=AccessAction.SHARE, user=actor, entry=entry, share=share)
    publish(
        FileShared(
            actor_id=actor.pk,
            share_id=share.pk,
            audience_kind=share.audience_kind,
            audience_id=share.audience_id or 0,
        )
    )
    return share


def _authorize(actor: Actor, entry: Entry) -> None:
    authorize(actor, permission("share", entry), entry)


def _check_kept(entry: Entry) -> None:
    if type(entry)._default_manager.filter(pk=entry.pk, deleted_at__isnull=False).exists():
        raise Conflict("in_bin", _("“%(name)s” lies in the bin. Restore it first.") % {"name": entry.name})


def _check_time(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= timezone.now():
        sentence = _("This moment is over. Choose a later one, or none.")
        raise Invalid("expiry_over", sentence, fields={"expires_at": [sentence]})


def _check_audience(actor: User, kind: str, audience_id: int) -> None:
    if kind == Share.PERSON:
        known = User.objects.visible_to(actor).filter(pk=audience_id, is_active=True).exists()
    else:
        audience = SHARE_AUDIENCES.get(kind)
        known = audience is not None and audience_id in audience.choices(actor)
    if not known:
        sentence = _("Nobody is known here by that name with whom you could share this.")
        raise Invalid("unknown_audience", sentence, fields={"audience": [sentence]})


def _hashed(password: str) -> str:
    if not password:
        return ""
    if len(password) < LEAST_PASSWORD:
        sentence = _("A password of a link has at least %(n)d characters.") % {"n": LEAST_PASSWORD}
        raise Invalid("password_too_short", sentence, fields={"password": [sentence]})
    return make_password(password)


def _short(share: Share) -> str:
    # Of the hash, so that a changed password asks anew.
    return share.password[-12:]


def _download(share: Share, version: FileVersion) -> str:
    return f"{share.public_id.hex}.{version.public_id.hex}"


def _of(entry: Entry) -> Q:
    return Q(file=entry) if isinstance(entry, File) else Q(folder=entry)


def _around(entry: Entry) -> Q:
    if isinstance(entry, Folder):
        return Q(folder__in=[*entry.above, entry.pk])
    around = [*entry.folder.above, entry.folder.pk] if entry.folder is not None else []
    return Q(file=entry) | Q(folder__in=around)


def _names(shares: Sequence[Share]) -> dict[tuple[str, int | None], str]:
    by_kind: dict[str, set[int]] = {}
    for share in shares:
        if share.audience_id is not None:
            by_kind.setdefault(share.audience_kind, set()).add(share.audience_id)
    found: dict[tuple[str, int | None], str] = {}
    for kind, ids in by_kind.items():
        if kind == Share.PERSON:
            names = {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=ids)}
        else:
            audience = SHARE_AUDIENCES.get(kind)
            names = audience.names(ids) if audience is not None else {}
        found |= {(kind, pk): name for pk, name in names.items()}
    return found


def _link_words(share: Share) -> str:
    if share.most_downloads is not None:
        left = share.most_downloads - share.downloads
        return _("Anyone with the link, %(n)d downloads left") % {"n": left}
    return _("Anyone with the link and its password") if share.password else _("Anyone with the link")
