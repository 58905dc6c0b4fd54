"""The link in a mail that ends mails like it."""

import pytest
from django.test import Client
from django.urls import reverse

from notifications import unsubscribing
from notifications.models import Preference
from notifications.services.preferences import set_frequencies

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(people, settings) -> str:
    settings.SITE_URL = "http://testserver"
    return unsubscribing.address(people.student.pk, ["courses"])


@pytest.fixture
def stranger() -> Client:
    """A program of a mail service: no sign-in, no cookie."""
    return Client(enforce_csrf_checks=True)


def chosen(people) -> list[tuple[str, str, str]]:
    return list(Preference.objects.filter(user=people.student).values_list("category", "channel", "frequency"))


def test_to_look_ends_nothing(stranger, people, link):
    text = stranger.get(link).content.decode()
    assert ("New in your courses" in text, chosen(people)) == (True, [])


def test_one_click_ends_them(stranger, people, link):
    response = stranger.post(link, {"List-Unsubscribe": "One-Click"})
    assert (response.status_code, chosen(people)) == (200, [("courses", "email", "off")])
    assert stranger.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_undo_brings_back_what_was_chosen(stranger, people, link):
    set_frequencies(user=people.student, wanted={("courses", "email"): "weekly"})
    page = stranger.post(link).content.decode()
    assert 'name="undo" value="courses.weekly"' in page
    stranger.post(link, {"undo": "courses.weekly"})
    assert chosen(people) == [("courses", "email", "weekly")]


@pytest.mark.parametrize("undo", ["", "courses.hourly", "courses.off", "account.weekly", "nonsense"])
def test_undo_of_what_nobody_chose_is_the_default_and_of_this_category_alone(stranger, people, link, undo):
    stranger.post(link)
    stranger.post(link, {"undo": undo})
    assert chosen(people) == []


def test_an_address_that_was_changed_is_none_of_ours(stranger, people, link):
    other = unsubscribing.address(people.other_student.pk, ["courses"])
    mixed = f"{link.rsplit(':', 1)[0]}:{other.rsplit(':', 1)[1]}"
    assert (stranger.get(mixed).status_code, stranger.post(mixed).status_code) == (404, 404)
    assert stranger.post(reverse("notifications:unsubscribe", args=["x"])).status_code == 404
    assert Preference.objects.count() == 0
