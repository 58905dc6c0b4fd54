"""The description of a course on its pages: written with pictures, read by visitors."""

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile

from courses.enums import CourseState
from courses.services.course import change_course
from files.models import StoredFile, Usage
from files.services.kept import keep_file
from files.services.spaces import space_of
from tests.courses.views.conftest import page
from tests.courses.views.test_teaching import settings_of
from tests.factories import UserFactory
from tests.factories.files import png, stored

pytestmark = pytest.mark.django_db


def picture(content=None):
    return SimpleUploadedFile("hedge.png", content or png(9), "image/png")


@pytest.fixture
def save(sign_in, people, taught):
    """Saves the settings as their form does, without a script."""

    def save(**changes):
        taught.course.refresh_from_db()
        sent = settings_of(taught.course) | changes
        answer = sign_in(people.teacher).post(page("course-edit", "statistics"), sent)
        taught.course.refresh_from_db()
        return answer

    return save


def test_the_form_says_how_to_add_one(sign_in, people, taught):
    text = sign_in(people.teacher).get(page("course-edit", "statistics")).content.decode()
    assert 'enctype="multipart/form-data"' in text
    assert ('id="text-files-parts"' in text, 'name="description-file"' in text) == (True, True)


def test_a_sent_picture_stands_at_the_end_and_visitors_see_it(save, sign_in, taught):
    answer = save(**{"description": "A hedge:", "description-file": picture()})
    assert answer.status_code == 302, answer.content.decode()
    file = StoredFile.objects.get()
    assert taught.course.description == f"A hedge:\n\n![hedge](file:{file.public_id})"
    assert [str(one) for one in get_messages(answer.wsgi_request)] == [
        "“hedge.png” stands at the end of the text now. Write there what it shows, or move it.",
        "Saved.",
    ]
    visitor = sign_in(None)
    shown = visitor.get(taught.course.get_absolute_url()).content.decode()
    assert f'<img src="{file.get_absolute_url()}" alt="hedge">' in shown
    read = visitor.get(file.get_absolute_url())
    assert (read.status_code, b"".join(read.streaming_content)) == (200, png(9))
    taught.course.state = CourseState.DRAFT
    taught.course.save()
    assert visitor.get(taught.course.get_absolute_url()).status_code == 404
    assert visitor.get(file.get_absolute_url()).status_code == 404


def test_lists_show_no_address_of_it(save, sign_in, taught):
    save(**{"description-file": picture()})
    for address in ("/courses/", "/courses/?search=hedge", "/"):
        assert "file:" not in sign_in(None).get(address, follow=True).content.decode()


def test_a_kept_one_is_named_by_the_address_of_its_page(save, people, taught):
    kept = keep_file(
        actor=people.teacher,
        space=space_of("person", people.teacher.pk),
        stored=stored(png(9), "hedge.png", people.teacher),
    ).file
    assert save(**{"description-kept": kept.get_absolute_url()}).status_code == 302
    assert taught.course.description == f"![hedge](file:{kept.current.stored.public_id})"


def test_what_one_may_not_use_is_refused_and_opens_nothing(save, sign_in, people, taught):
    secret = stored(png(8), "secret.png", UserFactory())
    answer = save(description=f"![x](file:{secret.public_id})")
    assert answer.status_code == 422
    assert "This file is not there, or you may not use it." in answer.content.decode()
    assert not Usage.objects.filter(owner_kind="course_description").exists()
    for reader in (None, people.teacher):
        assert sign_in(reader).get(secret.get_absolute_url()).status_code == 404


def test_a_title_that_is_missing_costs_nobody_the_file(save):
    answer = save(**{"title": "", "description": "x", "description-file": picture()})
    assert answer.status_code == 422
    assert f"![hedge](file:{StoredFile.objects.get().public_id})</textarea>" in answer.content.decode()


def test_who_saves_second_keeps_the_text_with_the_file(save):
    answer = save(**{"version": "99", "description": "x", "description-file": picture()})
    assert answer.status_code == 409
    assert f"![hedge](file:{StoredFile.objects.get().public_id})</textarea>" in answer.content.decode()


def test_what_is_no_picture_is_said(save, taught):
    answer = save(**{"description": "x", "description-file": picture(b"no picture")})
    assert (answer.status_code, "hedge.png" in answer.content.decode()) == (422, True)
    assert (taught.course.description, StoredFile.objects.count()) == ("", 0)


@pytest.mark.parametrize("who", ["student", "owner", None])
def test_as_many_queries_for_many_pictures_as_for_one(queries, people, taught, who):
    user = getattr(people, who) if who else None
    plain = queries(user, page("detail", "statistics"))
    found = []
    for number in (1, 12):
        files = [stored(png(3 + n), f"{n}.png", people.owner) for n in range(number)]
        text = "\n".join(f"![x](file:{file.public_id})" for file in files)
        change_course(actor=people.owner, course=taught.course, description=text)
        found.append(queries(user, page("detail", "statistics")))
    assert found == [plain + 1, plain + 1]
