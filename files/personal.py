"""What files say of people: those they uploaded, and their picture."""

from collections.abc import Iterator
from typing import Any

from core.slots import PersonalFile
from files import storage
from files.models import StoredFile
from files.services.pictures import OWNER
from files.services.store import forget_new_files
from files.services.usage import set_usages


def files_of(person: Any) -> Iterator[PersonalFile]:
    """Every file that the person uploaded, the picture among them."""
    rows = StoredFile.objects.filter(uploaded_by_id=person.pk).order_by("pk").only("public_id", "name", "storage_key")
    for file in rows.iterator(chunk_size=500):
        # Names are what people called them, so the id comes first: two may be called alike.
        yield PersonalFile(f"{file.public_id}/{file.name.replace('/', '_')}", storage.path_of(file.storage_key))


def erase_picture(person: Any) -> None:
    """Let go of the person's picture, bytes and all."""
    used = list(StoredFile.objects.filter(usages__owner_kind=OWNER, usages__owner_id=person.pk))
    set_usages(owner_kind=OWNER, owner_id=person.pk, file_ids=())
    own = StoredFile.objects.filter(uploaded_by_id=person.pk, name="picture.webp", usages__isnull=True)
    forget_new_files([*used, *own.exclude(pk__in=[file.pk for file in used])])
