"""Spaces in which files are kept, and how much room is left in them."""

from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from core.authz import Actor, authorize
from core.errors import DomainError
from core.events import publish
from core.slots import FILE_SPACES
from files.events import QuotaChanged
from files.models import Space, StoredFile

PERSON = "person"


class NoRoom(DomainError):
    """The space would hold more than it may; nothing was kept."""

    status = 413

    def __init__(self, *, used: int, quota: int, size: int) -> None:
        sentence = _(
            "There is no room for %(size)s: %(used)s of %(quota)s are used. Delete something for good, or ask an "
            "administrator for more room."
        )
        told = {"size": filesizeformat(size), "used": filesizeformat(used), "quota": filesizeformat(quota)}
        super().__init__("quota_exceeded", sentence % told)
        self.extra = {"used": used, "quota": quota, "size": size}


def space_of(kind: str, owner_id: int) -> Space:
    """The space of a person, a course …; made when it is first asked for."""
    space, _made = Space.objects.get_or_create(kind=kind, owner_id=owner_id)
    return space


def quota_of(space: Space) -> int:
    """How many bytes ``space`` may hold."""
    return space.quota if space.quota is not None else quota_of_kind(space.kind)


def quota_of_kind(kind: str) -> int:
    """How many bytes a space of this kind may hold that has no limit of its own."""
    return FILE_SPACES[kind].quota()


def used_in(space: Space) -> int:
    """How many bytes ``space`` holds: all versions, those in the bin, too; the same bytes count once."""
    if space.pk is None:
        return 0
    kept = StoredFile.objects.filter(pk__in=space.files.order_by().values("versions__stored"))
    return kept.order_by().values("sha256", "size").distinct().aggregate(total=Sum("size"))["total"] or 0


def room_of(space: Space) -> dict[str, int]:
    """How full ``space`` is, as pages show it: bytes used and allowed, and the share of them in percent."""
    used, quota = used_in(space), quota_of(space)
    return {"used": used, "quota": quota, "share_used": min(100, round(100 * used / quota)) if quota else 100}


def check_room(space: Space, size: int) -> None:
    """Raise ``NoRoom`` if ``size`` bytes more are too many. Who writes holds the space's lock (``locked``)."""
    used, quota = used_in(space), quota_of(space)
    if used + size > quota:
        raise NoRoom(used=used, quota=quota, size=size)


def locked(space: Space) -> Space:
    """The space anew, locked until the transaction ends: names, places and room are settled one after the other."""
    return Space.objects.select_for_update().get(pk=space.pk)


def space_to_look_at(kind: str, owner_id: int) -> Space:
    """The space of a person, a course …, or if nobody has asked for it yet one that is not saved."""
    return Space.objects.filter(kind=kind, owner_id=owner_id).first() or Space(kind=kind, owner_id=owner_id)


@transaction.atomic
def set_quota(*, actor: Actor, space: Space, quota: int | None) -> Space:
    """Give ``space`` a limit of its own, in bytes, or with None that of its kind. Raises ``NotAllowed``."""
    authorize(actor, "files.change_quota", space)
    space = locked(space if space.pk else space_of(space.kind, space.owner_id))
    before, space.quota = space.quota, quota
    if before != quota:
        space.save(update_fields=["quota", "updated_at"])
        publish(
            QuotaChanged(
                actor_id=actor.pk,
                space_id=space.pk,
                kind=space.kind,
                owner_id=space.owner_id,
                before=before,
                after=quota,
            )
        )
    return space


def name_of(space: Space) -> str:
    """What a space is called."""
    return FILE_SPACES[space.kind].names({space.owner_id}).get(space.owner_id, "")


def spaces_kept_by(user: Any) -> list[tuple[Space, str]]:
    """The spaces whose files ``user`` keeps that are in use, the own one first, with what they are called."""
    own = space_of(PERSON, user.pk)
    found: list[tuple[Space, str]] = [(own, name_of(own))]
    for kind, spaces in FILE_SPACES.items():
        if kind == PERSON:
            continue
        ids = set(spaces.ids(user))
        names = spaces.names(ids)
        known = _known(kind, ids)
        if missing := names.keys() - known.keys():
            Space.objects.bulk_create([Space(kind=kind, owner_id=pk) for pk in missing], ignore_conflicts=True)
            known = _known(kind, ids)
        found += [(known[pk], name) for pk, name in sorted(names.items(), key=lambda pair: pair[1])]
    return found


def _known(kind: str, ids: set[int]) -> dict[int, Space]:
    return {space.owner_id: space for space in Space.objects.filter(kind=kind, owner_id__in=ids)}
