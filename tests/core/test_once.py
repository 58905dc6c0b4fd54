"""Forms that make something: one effect and equal answers for equal submits."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import RequestFactory

from core.errors import Conflict
from core.models import IdempotentRequest
from core.once import once
from tests.factories import UserFactory


def posted(user, path="/teach/new/course/", **data):
    request = RequestFactory().post(path, data)
    request.user = user
    return request


@pytest.mark.django_db
def test_equal_submits_have_one_effect_and_equal_answers():
    user, made = UserFactory(), []
    answers = [once(posted(user, form_key="k", title="A"), lambda: made.append(1) or "/there/") for _ in range(15)]
    assert (answers, made) == (["/there/"] * 15, [1])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [{"form_key": "k", "title": "B"}, {"form_key": "l", "title": "A"}, {"title": "A"}],
    ids=["other text", "other key", "no key"],
)
def test_another_text_or_key_is_another_request(other):
    user, made = UserFactory(), []
    for data in ({"form_key": "k", "title": "A"}, other):
        once(posted(user, **data), lambda: made.append(1) or "/there/")
    assert made == [1, 1]


@pytest.mark.django_db
def test_the_key_belongs_to_one_person():
    made = []
    for user in (UserFactory(), UserFactory()):
        once(posted(user, form_key="k", title="A"), lambda: made.append(1) or "/there/")
    assert made == [1, 1]


@pytest.mark.django_db
def test_a_refused_form_can_be_sent_again():
    user = UserFactory()

    def refuse() -> str:
        raise Conflict("course_full", "No places left.")

    with pytest.raises(Conflict):
        once(posted(user, form_key="k", title="A"), refuse)
    assert once(posted(user, form_key="k", title="A"), lambda: "/there/") == "/there/"
    assert IdempotentRequest.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifteen_at_the_same_moment_have_one_effect():
    user, made = UserFactory(), []

    def send(_number: int) -> str:
        try:
            return once(posted(user, form_key="k", title="A"), lambda: made.append(1) or "/there/")
        finally:
            connection.close()

    with ThreadPoolExecutor(15) as threads:
        answers = list(threads.map(send, range(15)))
    assert (answers, made) == (["/there/"] * 15, [1])
