"""One file and all files are asked for in two ways; they say the same, for every kind of owner, person and state."""

from itertools import cycle

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.enums import SiteRole
from accounts.models import User
from core.prepared import AnyPerson, is_preparable
from core.slots import FILE_ACCESS
from files.models import StoredFile
from files.selectors.readable import readable_file
from tests.factories import UserFactory
from tests.factories.files import used_by

pytestmark = pytest.mark.django_db


def owners_of(kind: str) -> list[tuple[str, int]]:
    """All there are, those in the bin too, and one that is gone."""
    rows = FILE_ACCESS[kind]
    model = rows(AnyPerson() if is_preparable(rows) else AnonymousUser()).model
    numbers = model._base_manager.order_by("pk").values_list("pk", flat=True)
    return [(kind, number) for number in [*numbers, 10**9]]


def differences(world, files: list[StoredFile]) -> tuple[list[str], set[bool]]:
    """Where the two ways differ, and what was answered."""
    closed = UserFactory(
        email="closed-admin@example.org", role=SiteRole.ADMIN, is_active=False, ended_at=timezone.now()
    )
    found, answers = [], set()
    used = {file: set(file.usages.values_list("owner_kind", flat=True)) for file in files}
    for name, reader in (world.users() | {"closed admin": User.objects.get(pk=closed.pk)}).items():
        visible = set(StoredFile.objects.visible_to(reader).values_list("pk", flat=True))
        for file, kinds in used.items():
            readable = readable_file(reader, file.public_id, kinds)
            answers.add(readable is not None)
            if (readable == file) != (file.pk in visible):
                found.append(f"{name}, {sorted(kinds)}: among all {file.pk in visible}, alone {readable}")
    return found, answers


@pytest.mark.parametrize("kind", FILE_ACCESS.keys())
def test_a_file_of_one_owner(shared_world, kind):
    # A world in which nothing is hidden, or nothing shown, would prove nothing.
    assert differences(shared_world, [used_by(owner) for owner in owners_of(kind)]) == ([], {True, False})


def test_a_file_of_several_owners(shared_world):
    """Of each kind with each other, also of what is not to be seen beside what is."""
    owners = {kind: cycle(owners_of(kind)) for kind, _rows in FILE_ACCESS.items()}
    files = [used_by(*{next(owners[one]), next(owners[other])}) for one in owners for other in owners]
    files += [used_by(*(next(own) for own in owners.values())) for _ in range(5)]
    assert differences(shared_world, files) == ([], {True, False})


def test_a_file_that_nothing_uses_is_for_administrators(shared_world):
    assert differences(shared_world, [used_by()]) == ([], {True, False})
