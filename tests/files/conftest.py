from collections.abc import Iterator

import pytest

from files.services.spaces import space_of
from tests.factories import UserFactory
from tests.files.bucket import close, made_bucket, serving
from tests.files.places import BucketPlace, DiskPlace


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    """Each test stores into a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of a server that speaks S3."""
    with serving() as address:
        yield address


@pytest.fixture
def bucket_place(settings, s3, media):
    found = made_bucket(settings, s3)
    yield BucketPlace(found)
    close(found)


@pytest.fixture(params=["disk", "s3"])
def place(request, media):
    """Where files lie, to look at and to spoil: once a disk, once a bucket."""
    return DiskPlace(media) if request.param == "disk" else request.getfixturevalue("bucket_place")


@pytest.fixture
def person(db):
    """Somebody who keeps files."""
    return UserFactory(name="Ines Inside")


@pytest.fixture
def space(person):
    """Where ``person`` keeps them."""
    return space_of("person", person.pk)


@pytest.fixture
def page(client, person):
    """A client that ``person`` is signed in with."""
    client.force_login(person)
    return client
