import io

import pytest

from assessments.services.attempt import answer_check
from assessments.services.poll import vote
from courses.services.progress import mark_end
from files.services.pictures import set_picture
from tests.factories.assessments import SHORT, put_poll, put_question
from tests.factories.files import png

NAME = "Zyxwvut Canary"


@pytest.fixture(autouse=True)
def _own_folders(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.AUDIT_ARCHIVE_DIR = str(tmp_path / "archive")
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"


@pytest.fixture
def busy(people, taught):
    """A student who has done one of everything, under a name that can be found anywhere."""
    student = people.student
    student.name, student.email = NAME, "zyxwvut@example.org"
    student.bio, student.phone, student.pronouns = f"I am {NAME}.", "+441632960001", "zyx"
    student.save()
    set_picture(actor=student, user=student, content=io.BytesIO(png(8, 8)))
    short, _question = put_question(taught.section, **SHORT)
    answer_check(actor=student, block=short, given={"answer": f"{NAME} wrote this"})
    vote(actor=student, block=put_poll(taught.section), choices={"how": "well"})
    mark_end(actor=student, item=taught.lesson)
    return student
