"""What files say of people: those they uploaded, and their picture."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from core.authz import SYSTEM
from core.slots import PersonalFile
from files.models import Space, StoredFile
from files.services.bin import empty_bin, put_into_bin
from files.services.pictures import OWNER
from files.services.reading import opened
from files.services.sharing import forget_shares_with
from files.services.spaces import PERSON
from files.services.store import forget_new_files
from files.services.usage import set_usages


def files_of(person: Any) -> Iterator[PersonalFile]:
    """Every file that the person uploaded, the picture among them."""
    rows = StoredFile.objects.filter(uploaded_by_id=person.pk).order_by("pk")
    for file in rows.iterator(chunk_size=500):
        # Names are what people called them, so the id comes first: two may be called alike.
        yield PersonalFile(f"{file.public_id}/{file.name.replace('/', '_')}", partial(opened, file))


def erase_kept_files(person: Any) -> None:
    """Delete what the person kept in their own space, and end what others shared with them."""
    forget_shares_with(person)
    space = Space.objects.filter(kind=PERSON, owner_id=person.pk).first()
    if space is None:
        return
    entries = [*space.files.kept(), *space.folders.kept()]
    put_into_bin(actor=SYSTEM, entries=entries)
    empty_bin(actor=SYSTEM, space=space)


def erase_picture(person: Any) -> None:
    """Let go of the person's picture, bytes and all."""
    used = list(StoredFile.objects.filter(usages__owner_kind=OWNER, usages__owner_id=person.pk))
    set_usages(owner_kind=OWNER, owner_id=person.pk, file_ids=())
    own = StoredFile.objects.filter(uploaded_by_id=person.pk, name="picture.webp", usages__isnull=True)
    forget_new_files([*used, *own.exclude(pk__in=[file.pk for file in used])])
