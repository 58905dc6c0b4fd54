"""Who is told that a file was opened to them."""

import pytest
from django.db import transaction

from files.services import sharing
from files.services.kept import keep_file, make_folder
from files.services.spaces import space_of
from notifications.models import Notification
from tests.factories.files import png, stored
from tests.notifications.conftest import drain

pytestmark = pytest.mark.django_db(transaction=True)


def told() -> set[tuple[str, str]]:
    rows = Notification.objects.filter(kind="file_shared").select_related("user")
    return {(row.user.name, row.data["title"]) for row in rows}


def test_those_it_is_shared_with_hear_of_it_and_nobody_of_a_link(taught, people):
    teacher, space = people.teacher, space_of("course", taught.course.pk)
    folder = make_folder(actor=teacher, space=space, name="Handouts")
    file = keep_file(actor=teacher, space=space, stored=stored(png(1), "a.png", teacher)).file

    sharing.share_with(actor=teacher, entry=folder, kind="course_students", audience_id=taught.course.pk)
    sharing.share_with(actor=teacher, entry=file, kind="person", audience_id=people.assistant.pk)
    sharing.share_by_link(actor=teacher, entry=file)
    drain()

    assert told() == {
        ("Sam Student", "Handouts"),
        ("Suri Second", "Handouts"),
        ("Asa Assistant", "a.png"),
    }


def test_who_has_lost_it_by_then_is_not_told(taught, people):
    teacher, space = people.teacher, space_of("person", people.teacher.pk)
    file = keep_file(actor=teacher, space=space, stored=stored(png(1), "a.png", teacher)).file
    with transaction.atomic():
        share = sharing.share_with(actor=teacher, entry=file, kind="person", audience_id=people.assistant.pk)
        sharing.end_share(actor=teacher, share=share)
    drain()
    assert told() == set()
