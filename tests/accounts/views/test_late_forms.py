"""A form that comes when its session has ended is kept, and sent again after signing in."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from lxml import html

from accounts.models import Device, LateForm
from accounts.services.devices import end_all_devices
from accounts.services.late_forms import forget_late_forms
from core.ids import new_public_id
from courses.enums import EnrolmentPolicy
from courses.models import Block
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD
from tests.factories.assessments import SINGLE, SURVEY, put_poll, put_question

pytestmark = pytest.mark.django_db

HERE = "http://testserver"
NEW = "/teach/new/course/"
TYPED = {
    "title": "Botany",
    "summary": "Line one\r\nLine two",
    "form_key": "k",
    "password": "top-secret",
    "Api_Token": "x",
}


@pytest.fixture
def manager():
    return UserFactory(email="mina@example.org", role="manager", verified=True)


@pytest.fixture
def late(manager) -> Client:
    """A browser whose session has just been ended elsewhere."""
    client = Client()
    sign_in(client)
    end_all_devices(user=manager)
    return client


def sign_in(client: Client, email: str = "mina@example.org", **more: str):
    return client.post("/accounts/login/", {"login": email, "password": PASSWORD, **more})


def kept_at(answer) -> str:
    return re.search(r"/accounts/late-form/[^/]+/", answer["Location"])[0]


def test_it_is_kept_without_secrets_and_sent_once_after_signing_in(late, manager):
    answer = late.post(NEW, TYPED)
    address = kept_at(answer)
    assert answer["Location"] == f"/accounts/login/?next={address}"
    form = LateForm.objects.get()
    assert (form.user, form.path, form.fields) == (
        manager,
        NEW,
        [{"name": name, "value": TYPED[name]} for name in ("title", "summary", "form_key")],
    )
    assert "Your text is kept. Sign in to send it." in late.get(answer["Location"]).content.decode()
    assert sign_in(late, next=address)["Location"] == address
    page = late.get(address).content.decode()
    assert ("Botany" in page, "Line one<br>Line two" in page, "top-secret" in page) == (True, True, False)
    sent = late.post(f"{address}send/", TYPED)
    assert (sent.status_code, sent["Location"], LateForm.objects.get().fields) == (307, NEW, [])


def test_pressed_twice_it_goes_the_same_way_twice_and_then_no_more(late):
    address = kept_at(late.post(NEW, TYPED))
    sign_in(late)
    ways = [late.post(f"{address}send/", TYPED) for _press in range(2)]
    assert [(way.status_code, way["Location"]) for way in ways] == [(307, NEW)] * 2
    assert "This was sent already." in late.get(address, follow=True).content.decode()
    assert LateForm.objects.get().expires_at <= timezone.now() + timedelta(minutes=1)
    LateForm.objects.update(expires_at=timezone.now())
    assert late.post(f"{address}send/", TYPED).status_code == 404


def facts(page: bytes) -> list[tuple[str, str]]:
    shown = html.fromstring(page).find_class("facts")[0]
    return [(label.text, words.text_content()) for label, words in zip(*[iter(shown)] * 2, strict=True)]


def shows(control: Any, words: str) -> bool:
    return words in control.getparent().text_content()


def test_what_was_typed_is_shown_as_its_page_names_it(late):
    typed = {"title": "Botany", "enrolment": "open", "capacity": "", "more": "1", "form_key": "k", "version": "3"}
    address = kept_at(late.post(NEW, typed))
    sign_in(late)
    choice = str(dict(EnrolmentPolicy.choices)["open"])
    assert facts(late.get(address).content) == [("Title", "Botany"), ("Enrolment", choice)]


def test_an_answer_is_shown_in_its_words(client, people, taught):
    options = [{"id": "a", "text": "The **average**"}, {"id": "b", "text": "One person", "right": True}]
    block, _question = put_question(taught.section, **SINGLE | {"settings": {"options": options}})
    EmailAddress.objects.create(user=people.student, email=people.student.email, primary=True, verified=True)
    sign_in(client, people.student.email)
    address = f"/learn/statistics/{taught.lesson.public_id}/questions/{block.public_id}/"
    lesson = html.fromstring(client.get(taught.lesson.get_absolute_url()).content)
    (option,) = (one.get("value") for one in lesson.findall(".//input[@name='option']") if shows(one, "The average"))
    end_all_devices(user=people.student)
    kept = kept_at(client.post(address, {"option": option}))
    sign_in(client, people.student.email)
    assert facts(client.get(kept).content) == [("Your answer", "The average")]


def shown_late(client, person, block, data) -> list[tuple[str, str]]:
    """The rows of a vote in ``block`` that came too late."""
    sign_in(client, person.email)
    end_all_devices(user=person)
    kept = kept_at(client.post(f"/learn/statistics/{block.section.item.public_id}/polls/{block.public_id}/", data))
    sign_in(client, person.email)
    return facts(client.get(kept).content)


def test_a_vote_is_shown_in_its_words(client, people, taught, confirm):
    confirm(people.student)
    survey = SURVEY | {"options": [{"id": "none", "text": "None **at all**"}, {"id": "much", "text": "1 < 2"}]}
    block = put_poll(taught.section, **survey)
    sent = {"q-html": "much", "q-css": "none", "q-gone": "none", "form_key": "k"}
    assert shown_late(client, people.student, block, sent) == [("HTML", "1 < 2"), ("CSS", "None at all")]


def test_a_vote_of_a_poll_in_pictures_is_shown_by_what_they_show(client, people, taught, confirm):
    confirm(people.student)
    image = f"file:{new_public_id()}"
    pictured = [{"id": "a", "image": image, "alt": "<b>Leaf"}, {"id": "b", "image": image}]
    questions = [{"id": "x", "image": image, "alt": "A tree"}, {"id": "y", "image": image}]
    block = put_poll(taught.section, questions=questions, options=pictured)
    shown = shown_late(client, people.student, block, {"q-x": "a", "q-y": "b"})
    assert shown == [("A tree", "<b>Leaf"), ("Question 2", "A picture")]


def test_a_vote_in_a_poll_that_is_gone_is_kept_without_words(client, people, taught, confirm):
    confirm(people.student)
    block = put_poll(taught.section)
    sign_in(client, people.student.email)
    end_all_devices(user=people.student)
    kept = kept_at(
        client.post(f"/learn/statistics/{taught.lesson.public_id}/polls/{block.public_id}/", {"q-how": "well"})
    )
    Block.objects.filter(pk=block.pk).update(deleted_at=timezone.now())
    sign_in(client, people.student.email)
    page = client.get(kept)
    assert (page.status_code, 'class="facts"' in page.content.decode()) == (200, False)


def test_somebody_else_does_not_see_it(late):
    address = kept_at(late.post(NEW, TYPED))
    UserFactory(email="eve@example.org", role="manager", verified=True)
    sign_in(late, "eve@example.org")
    assert [late.get(address).status_code, late.post(f"{address}send/").status_code] == [404, 404]
    other = Client()
    sign_in(other)
    assert other.get(address).status_code == 404
    for stranger in (late, other):
        assert "There is nothing left" in stranger.post(f"{address}discard/", follow=True).content.decode()
    assert LateForm.objects.get().fields[0]["value"] == "Botany"


def test_it_is_thrown_away(late):
    address = kept_at(late.post(NEW, TYPED))
    sign_in(late)
    said = [late.post(f"{address}discard/", follow=True) for _press in range(2)]
    assert [answer.redirect_chain for answer in said] == [[("/", 302)]] * 2
    assert "Thrown away." in said[0].content.decode()
    assert "There is nothing left to throw away: it was sent or thrown away already." in said[1].content.decode()
    assert (LateForm.objects.count(), late.get(address).status_code) == (0, 404)


def test_of_files_the_names_are_kept(late):
    late.post(NEW, {"title": "Botany", "picture": SimpleUploadedFile("leaf.png", b"x")})
    assert LateForm.objects.get().fields == [
        {"name": "title", "value": "Botany"},
        {"name": "picture", "file": "leaf.png"},
    ]


@pytest.mark.parametrize(
    ("address", "data"),
    [
        (NEW, {f"f{n}": "x" for n in range(201)}),
        (NEW, {"title": "x" * 262_145}),
        (NEW, {"csrfmiddlewaretoken": "x"}),
        ("/accounts/password/change/", {"oldpassword": "x", "name": "y"}),
    ],
)
def test_what_is_too_much_or_nothing_typed_is_not_kept(late, address, data):
    answer = late.post(address, data)
    assert (answer.status_code, LateForm.objects.count()) == (302, 0)


def test_what_a_script_sends_by_itself_is_not_kept(late):
    answer = late.post(NEW, {"title": "a script's own"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"], LateForm.objects.count()) == (200, "/accounts/login/?next=/", 0)


def test_one_browser_has_five_waiting_and_old_ones_go(late):
    for number in range(7):
        late.post(NEW, {"title": f"Course {number}"})
    assert [form.fields[0]["value"] for form in LateForm.objects.all()] == [f"Course {n}" for n in (6, 5, 4, 3, 2)]
    LateForm.objects.update(expires_at=timezone.now())
    address = f"/accounts/late-form/{LateForm.objects.first().public_id}/"
    sign_in(late)
    assert late.get(address).status_code == 404
    forget_late_forms()
    assert LateForm.objects.count() == 0


def test_a_form_of_a_session_without_use_belongs_to_its_person(manager):
    client = Client()
    sign_in(client)
    Device.objects.update(last_seen_at=timezone.now() - timedelta(hours=2))
    cache.clear()
    answer = client.post(NEW, TYPED)
    page = client.get(answer["Location"]).content.decode()
    assert (LateForm.objects.get().user, "an hour without use. Your text is kept" in page) == (manager, True)


@pytest.mark.parametrize(
    ("origin", "is_kept"), [(HERE, True), ("https://elsewhere.example", False), ("null", False), ("", False)]
)
def test_a_token_of_before_the_last_sign_in_keeps_the_form_of_our_own_pages(manager, origin, is_kept):
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)
    client.cookies["csrftoken"] = "a" * 32
    headers = {"Origin": origin} if origin else {}
    answer = client.post(NEW, {"title": "Botany", "csrfmiddlewaretoken": "b" * 32}, headers=headers)
    assert (answer.status_code, LateForm.objects.count()) == ((302, 1) if is_kept else (403, 0))
    if is_kept:
        assert client.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("referer", "back"),
    [(f"{HERE}/teach/?q=1", "/teach/%3Fq%3D1"), ("https://elsewhere.example/x", "/"), ("", "/")],
)
def test_what_is_not_kept_leads_back_to_its_page(client, referer, back):
    answer = client.post("/profile/", {"name": "x"}, headers={"Referer": referer})
    assert answer["Location"] == f"/accounts/login/?next={back}"
