"""Usages open files; nobody opens one by writing its id down."""

import uuid

import pytest

from files.models import Usage
from files.services import file_url, file_urls, set_usages
from tests.factories import UserFactory
from tests.factories.files import png, stored

pytestmark = pytest.mark.django_db


def uses(owner_id: int = 1) -> set[str]:
    return set(Usage.objects.filter(owner_kind="test", owner_id=owner_id).values_list("file__name", flat=True))


def test_usages_become_exactly_those_given():
    a, b, c = (stored(png(n), f"{n}.png") for n in (1, 2, 3))
    set_usages(owner_kind="test", owner_id=1, file_ids={a.public_id, b.public_id})
    set_usages(owner_kind="test", owner_id=2, file_ids={a.public_id})
    kept = Usage.objects.get(file=b)

    set_usages(owner_kind="test", owner_id=1, file_ids={b.public_id, c.public_id, uuid.uuid4()})

    assert (uses(1), uses(2)) == ({"2.png", "3.png"}, {"1.png"})
    assert Usage.objects.get(file=b).pk == kept.pk


def test_nothing_changed_writes_nothing(django_assert_num_queries):
    file = stored()
    set_usages(owner_kind="test", owner_id=1, file_ids={file.public_id})

    with django_assert_num_queries(3) as queries:  # savepoint, one read, release
        set_usages(owner_kind="test", owner_id=1, file_ids={file.public_id})

    assert not [q for q in queries.captured_queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_somebody_elses_file_is_not_opened_by_its_id():
    author, other = UserFactory(), UserFactory()
    own, foreign = stored(png(1), "own.png", author), stored(png(2), "foreign.png", other)

    set_usages(owner_kind="test", owner_id=1, file_ids={own.public_id, foreign.public_id}, actor=author)

    assert uses() == {"own.png"}


def test_addresses_in_one_query(django_assert_num_queries):
    a, b = stored(png(1), "a b.png"), stored(png(2), "ü.png")
    with django_assert_num_queries(1):
        urls = file_urls([a.public_id, str(b.public_id), uuid.uuid4()])
    assert urls == {
        str(a.public_id): f"/files/{a.public_id}/a%20b.png",
        str(b.public_id): f"/files/{b.public_id}/%C3%BC.png",
    }


def test_the_address_of_a_file_that_is_gone_is_empty(django_assert_num_queries):
    assert file_url(uuid.uuid4()) == ""
    with django_assert_num_queries(0):
        assert file_urls([]) == {}
