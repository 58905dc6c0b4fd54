"""One file and all files are asked for in two ways; they say the same, for every kind of owner, person and state."""

from datetime import date, datetime
from itertools import cycle

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone

from accounts.enums import SiteRole
from core.ids import new_public_id
from core.prepared import AnyPerson, Parameter, is_preparable
from core.slots import FILE_ACCESS, PERSON_ACCESS
from files.models import StoredFile, Usage
from files.selectors.readable import readable_file
from tests.factories import UserFactory

# Shares end by the hour.
NOT_PREPARABLE = {"file_version"}


def file_used_by(*owners: tuple[str, int]) -> StoredFile:
    key = new_public_id().hex
    file = StoredFile.objects.create(sha256=key * 2, size=1, media_type="text/plain", name="a.txt", storage_key=key)
    Usage.objects.bulk_create(Usage(file=file, owner_kind=kind, owner_id=number) for kind, number in owners)
    return file


def owners_of(kind: str) -> list[tuple[str, int]]:
    """All there are, those in the bin too, and one that is gone."""
    model = FILE_ACCESS[kind](AnyPerson() if is_preparable(FILE_ACCESS[kind]) else AnonymousUser()).model
    numbers = model._base_manager.order_by("pk").values_list("pk", flat=True)
    return [(kind, number) for number in [*numbers, 10**9]]


def readers(world) -> dict:
    UserFactory(email="closed-admin@example.org", role=SiteRole.ADMIN, is_active=False, ended_at=timezone.now())
    return world.users() | {"closed admin": type(world.people.admin).objects.get(email="closed-admin@example.org")}


def differences(world, files: list[StoredFile]) -> tuple[list[str], set[bool]]:
    """Where the two ways differ, and what was answered."""
    found, answers = [], set()
    for name, reader in readers(world).items():
        visible = set(StoredFile.objects.visible_to(reader).values_list("pk", flat=True))
        for file in files:
            kinds = set(file.usages.values_list("owner_kind", flat=True))
            readable = readable_file(reader, file.public_id, kinds)
            answers.add(readable is not None)
            if (readable == file) != (file.pk in visible):
                found.append(f"{name}, {sorted(kinds)}: among all {file.pk in visible}, alone {readable}")
    return found, answers


@pytest.mark.parametrize("kind", FILE_ACCESS.keys())
def test_a_file_of_one_owner(world, kind):
    files = [file_used_by(owner) for owner in owners_of(kind)]
    # A world in which nothing is hidden, or nothing shown, would prove nothing.
    assert differences(world, files) == ([], {True, False})


def test_a_file_of_several_owners(world):
    """Of each kind with each other, also of what is not to be seen beside what is."""
    owners = {kind: cycle(owners_of(kind)) for kind in FILE_ACCESS.keys()}  # noqa: SIM118 -- a slot iterates its entries
    files = [file_used_by(*{next(owners[one]), next(owners[other])}) for one in owners for other in owners]
    files += [file_used_by(*(next(own) for own in owners.values())) for _ in range(5)]
    assert differences(world, files) == ([], {True, False})


def test_a_file_that_nothing_uses_is_for_administrators(world):
    assert differences(world, [file_used_by()]) == ([], {True, False})


def test_nothing_is_read_at_an_unknown_address(world):
    for reader in readers(world).values():
        assert readable_file(reader, new_public_id(), {"lesson", "avatar", "file_version"}) is None


def test_kinds_that_nothing_answers_for_open_nothing(world):
    file = file_used_by(("no-such-kind", 1))
    assert readable_file(world.people.owner, file.public_id, {"no-such-kind"}) is None
    assert readable_file(world.people.owner, file.public_id, set()) is None


def test_what_is_read_is_the_whole_file(world):
    file = file_used_by(("lesson", world.taught.lesson.pk))
    for reader in (world.people.student, world.people.admin):
        found = readable_file(reader, file.public_id, {"lesson"})
        assert found is not None
        assert not found.get_deferred_fields()
        names = [field.attname for field in StoredFile._meta.concrete_fields]
        fresh = StoredFile.objects.get(pk=file.pk)
        assert {n: getattr(found, n) for n in names} == {n: getattr(fresh, n) for n in names}


def test_all_kinds_but_those_that_depend_on_the_hour_are_prepared():
    assert {kind for kind, rows in FILE_ACCESS.items() if not is_preparable(rows)} == NOT_PREPARABLE
    # Pictures of people ask them all.
    assert all(is_preparable(rows) for rows in PERSON_ACCESS)


@pytest.mark.parametrize(
    "rows",
    [rows for slot in (FILE_ACCESS, PERSON_ACCESS) for _kind, rows in slot.items() if is_preparable(rows)],
    ids=lambda rows: rows.__name__,
)
def test_what_is_prepared_reads_nothing_and_depends_on_nothing_but_the_person(rows):
    """Without a database: what reads one fails here."""
    _sql, params = rows(AnyPerson()).query.get_compiler(connection=connection).as_sql()
    assert {param.name for param in params if isinstance(param, Parameter)} == {"person"}
    assert not [param for param in params if isinstance(param, date | datetime)]
    # A visitor has no number to be put in.
    rows(AnonymousUser())


class TestRightsAreAskedAnew:
    """The words of the question are kept, never an answer."""

    def test_a_student_who_leaves_the_course(self, taught, people):
        file = file_used_by(("lesson", taught.lesson.pk))
        assert readable_file(people.student, file.public_id, {"lesson"}) == file
        taught.course.memberships.filter(user=people.student).update(ended_at=timezone.now())
        assert readable_file(people.student, file.public_id, {"lesson"}) is None

    def test_a_lesson_that_is_opened_to_all_and_closed(self, taught, people):
        file, lesson = file_used_by(("lesson", taught.lesson.pk)), taught.lesson
        for is_preview in (False, True, False):
            type(lesson).objects.filter(pk=lesson.pk).update(is_preview=is_preview)
            for reader in (AnonymousUser(), people.outsider):
                assert (readable_file(reader, file.public_id, {"lesson"}) is not None) == is_preview

    def test_one_persons_answer_is_not_anothers(self, taught, people):
        file = file_used_by(("lesson", taught.lesson.pk))
        for _ in range(2):
            assert readable_file(people.student, file.public_id, {"lesson"}) == file
            assert readable_file(people.outsider, file.public_id, {"lesson"}) is None

    def test_an_account_that_is_closed(self, taught, people):
        file = file_used_by(("lesson", taught.lesson.pk))
        for reader in (people.student, people.admin):
            assert readable_file(reader, file.public_id, {"lesson"}) == file
            reader.is_active = False
            assert readable_file(reader, file.public_id, {"lesson"}) is None


def test_most_cost_one_query_and_no_kind_more_than_two(taught, people, django_assert_num_queries):
    file = file_used_by(("lesson", taught.lesson.pk), ("file_version", 10**9))
    kinds = {"lesson", "lesson_draft", "avatar", "file_version"}
    for reader, count in ((people.student, 1), (people.admin, 1), (people.outsider, 2)):
        with django_assert_num_queries(count):
            readable_file(reader, file.public_id, kinds)
