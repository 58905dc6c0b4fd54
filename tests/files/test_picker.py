"""Choosing a kept file in a form of a lesson, in place of sending one."""

import re

import pytest
from django.urls import reverse

from files.models import Usage
from files.services.kept import keep_file
from files.services.spaces import space_of
from tests.factories import BlockFactory, UserFactory
from tests.factories.files import png, stored

pytestmark = pytest.mark.django_db


def keep(person, name, content):
    return keep_file(actor=person, space=space_of("person", person.pk), stored=stored(content, name, person)).file


@pytest.fixture
def block(taught):
    return BlockFactory(section=taught.section, kind="image", text="")


def save(client, taught, block, **values):
    block.refresh_from_db()
    address = reverse("courses:block-edit", args=[taught.course.slug, block.public_id])
    form = client.get(reverse("courses:item-edit", args=[taught.course.slug, taught.lesson.public_id]))
    part = form.content.decode().partition(f'id="block-{block.public_id}"')[2]
    version = re.search(r'name="version" value="(\d+)"', part)[1]
    return client.post(address, {"version": version, "text": "", "alt": "A hedge", "width": "text", **values})


def test_a_kept_file_becomes_the_picture_of_a_lesson_and_says_so(client, taught, people, block):
    client.force_login(people.teacher)
    kept = keep(people.teacher, "hedge.png", png(9))

    answer = save(client, taught, block, **{"file-kept": f"https://site.example{kept.get_absolute_url()}"})

    assert answer.status_code == 302, answer.content.decode()
    block.refresh_from_db()
    assert block.draft.data["file"] == str(kept.current.stored.public_id)
    assert Usage.objects.filter(file=kept.current.stored, owner_kind="lesson_draft").exists()
    shown = client.get(kept.get_absolute_url()).content.decode()
    assert f"{taught.lesson.title} in {taught.course.title}" in shown


@pytest.mark.parametrize("whose", ["somebody else's", "nobody's"])
def test_what_one_may_not_see_cannot_be_chosen(client, taught, people, block, whose):
    client.force_login(people.teacher)
    kept = keep(UserFactory(), "secret.png", png(8))
    address = kept.get_absolute_url() if whose == "somebody else's" else "hedge.png"

    answer = save(client, taught, block, **{"file-kept": address})

    assert answer.status_code == 422
    assert "There is no file at this address that you may see." in answer.content.decode()
    # What was written stays in the field.
    assert f'value="{address}"' in answer.content.decode()
    assert not Usage.objects.filter(file=kept.current.stored).exclude(owner_kind="file_version").exists()


def test_the_list_offers_what_fits(client, people):
    client.force_login(people.teacher)
    keep(people.teacher, "hedge.png", png(9))
    keep(people.teacher, "hedge.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n")
    keep(UserFactory(), "hedge-secret.png", png(7))

    def offered(**query) -> list[str]:
        return re.findall(r'data-name="([^"]*)"', client.get(reverse("files:pick"), query).content.decode())

    assert offered() == ["hedge.vtt", "hedge.png"]
    assert offered(endings=".vtt,.srt") == ["hedge.vtt"]
    assert offered(endings="image/*") == ["hedge.png"]
    assert offered(q="nothing") == []
