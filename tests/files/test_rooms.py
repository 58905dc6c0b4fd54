"""How much a space may hold, as administrators change it on its page; and a file that moves while it is written to."""

import pytest
from django.urls import reverse

from core.models import EventLog
from files.models import File, Space
from files.services import kept as keeping
from files.services.kept import add_version, keep_file
from files.services.moving import move
from files.services.spaces import set_quota, space_of
from tests.factories import UserFactory
from tests.factories.files import png, stored
from tests.files.test_manager_pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client, people):
    client.force_login(people.admin)
    return client


def room(space):
    return reverse("files:space-room", args=[space.public_id])


def facts() -> list[tuple[int | None, int | None]]:
    rows = EventLog.objects.filter(name="files.QuotaChanged").order_by("pk").values_list("body", flat=True)
    return [(body["before"], body["after"]) for body in rows]


def test_a_person_gets_more_room_and_again_that_of_all(admin, people, settings):
    person = people.student
    url = reverse("files:person-room", args=[person.public_id])
    # Looking makes nothing.
    looked = text_of(admin.get(reverse("accounts:person", args=[person.public_id])))
    assert "0 bytes of 1.0 GB used." in looked
    assert "1.0 GB, as all others" in text_of(admin.get(url))
    assert not Space.objects.filter(owner_id=person.pk).exists()

    told = admin.post(url, {"limit": "own", "megabytes": "2048"}, follow=True)
    assert "The limit is saved." in text_of(told)
    assert "0 bytes of 2.0 GB used." in text_of(told)
    assert admin.post(url, {"limit": "own", "megabytes": ""}).status_code == 422
    assert admin.post(url, {"limit": "own", "megabytes": "-1"}).status_code == 422
    assert admin.post(url, {"limit": "none", "megabytes": "5"}).status_code == 422
    admin.post(url, {"limit": "own", "megabytes": "2048"})
    assert space_of("person", person.pk).quota == 2 * 1024**3
    admin.post(url, {"limit": "default", "megabytes": "2048"})
    assert space_of("person", person.pk).quota is None
    assert facts() == [(None, 2 * 1024**3), (2 * 1024**3, None)]


def test_what_a_program_gave_to_the_byte_stays(admin, people):
    space = space_of("person", people.student.pk)
    set_quota(actor=people.admin, space=space, quota=1_000_000)
    admin.post(room(space), {"limit": "own", "megabytes": "1"})
    space.refresh_from_db()
    assert space.quota == 1_000_000


def test_the_files_of_a_course_lead_there_for_administrators_alone(admin, people, taught, client):
    space = space_of("course", taught.course.pk)
    assert room(space) in admin.get(space.get_absolute_url()).content.decode()
    for name, status in (("owner", 403), ("student", 404)):
        client.force_login(getattr(people, name))
        assert client.get(room(space)).status_code == status
        assert client.post(room(space), {"limit": "own", "megabytes": "9999"}).status_code == status
    client.force_login(people.owner)
    assert room(space) not in client.get(space.get_absolute_url()).content.decode()
    assert facts() == []


def test_a_version_counts_where_the_file_lies_now(monkeypatch):
    """Whoever writes has the file as it was before somebody moved it."""
    person = UserFactory()
    own, other = space_of("person", person.pk), space_of("person", UserFactory().pk)
    file = keep_file(actor=person, space=own, stored=stored(png(1), "a.png", person)).file
    stale = File.objects.select_related("space").get(pk=file.pk)
    assert stale.space == own
    move(actor=UserFactory(role="admin"), entries=[file], space=other)
    locked = []
    lock = keeping.locked
    monkeypatch.setattr(keeping, "locked", lambda space: locked.append(space) or lock(space))

    add_version(actor=UserFactory(role="admin"), file=stale, stored=stored(png(2), "a.png", person))

    assert locked == [other]
