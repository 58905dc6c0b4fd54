"""Browsers with push, for scripts of pages and for people: who has them, and when that ends."""

import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import Device, User
from core.context import set_impersonator
from core.errors import LooksOnly
from notifications.models import PushSubscription
from notifications.selectors.browsers import push_mark
from notifications.services.browsers import MOST, add_browser
from notifications.services.push import send_push
from notifications.services.push_key import public_key
from tests.push_service import PushService

pytestmark = pytest.mark.django_db(transaction=True)
V1 = "/api/v1/notifications/push/"
PREFERENCES = reverse("notifications:preferences")


@pytest.fixture
def window() -> Callable[[User], Client]:
    """Signed in with a browser, which has a device by its first page."""

    def opened(user: User) -> Client:
        client = Client()
        client.force_login(user)
        client.get("/profile/devices/")
        return client

    return opened


@pytest.fixture
def api() -> Callable[..., APIClient]:
    def client_of(user: User | None = None) -> APIClient:
        client = APIClient()
        if user is not None:
            client.force_authenticate(user)
        return client

    return client_of


def subscribe(client: Client, service: PushService, name: str = "one") -> dict[str, str]:
    """As a page does it: by a token of its own, without the session's cookie."""
    token = client.post("/api/v1/auth/session/token/", HTTP_ORIGIN="http://testserver").json()["access"]
    answer = Client().post(
        V1, json.dumps(service.browser(name)), content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {token}"
    )
    assert answer.status_code == 201, answer.content
    found: dict[str, str] = answer.json()
    return found


class TestSignIn:
    def test_a_browser_is_tied_to_the_device_that_its_page_is_signed_in_on(self, window, people, push_service):
        given = subscribe(window(people.student), push_service)
        row = PushSubscription.objects.get()
        assert (str(row.public_id), row.user, row.label) == (given["id"], people.student, str(row.device))
        assert row.device == Device.objects.get(user=people.student)

    def test_signing_out_on_the_page_ends_it(self, window, people, push_service):
        client = window(people.student)
        subscribe(client, push_service)
        client.post(reverse("account_logout"))
        assert not PushSubscription.objects.exists()
        assert send_push(user_id=people.student.pk, title="t", body="b", url="/", tag="") is None

    def test_another_device_that_signs_out_ends_nothing_here(self, window, people, push_service):
        subscribe(window(people.student), push_service)
        window(people.student).post(reverse("account_logout"))
        assert PushSubscription.objects.count() == 1

    def test_whoever_signs_in_next_takes_the_browser_over(self, window, people, push_service):
        subscribe(window(people.student), push_service)
        subscribe(window(people.other_student), push_service)
        assert PushSubscription.objects.get().user == people.other_student

    def test_asked_for_again_it_is_the_same_row_under_the_new_sign_in(self, window, people, push_service):
        first = subscribe(window(people.student), push_service)
        client = window(people.student)
        assert subscribe(client, push_service)["id"] == first["id"]
        assert PushSubscription.objects.get().device == Device.objects.filter(user=people.student).latest("pk")

    def test_nobody_asks_for_it_while_acting_as_somebody_else(self, people, push_service):
        given = push_service.browser()
        set_impersonator(people.admin.pk)
        try:
            with pytest.raises(LooksOnly):
                add_browser(user=people.student, endpoint=given["endpoint"], **given["keys"])
        finally:
            set_impersonator(None)
        assert not PushSubscription.objects.exists()

    def test_the_bell_tells_one_sign_in_and_one_key_from_the_next(self, window, people, rf, settings):
        marks = []
        for _each in range(2):
            client = window(people.student)
            text = client.get(PREFERENCES).content.decode()
            marks.append(text.partition('data-push-mark="')[2].partition('"')[0])
            assert f'data-person="{people.student.public_id}"' in text
        assert len(set(marks)) == 2
        settings.VAPID_PRIVATE_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"
        assert marks[1] not in client.get(PREFERENCES).content.decode()
        assert all(len(mark) == 16 for mark in marks)
        looking = rf.get("/")
        looking.session = {"device": 1}
        assert len(push_mark(looking)) == 16
        looking.impersonation = object()
        assert push_mark(looking) == ""


class TestApi:
    def test_the_key_and_ones_own_browsers(self, api, people, push_service):
        for user, name in ((people.student, "mine"), (people.other_student, "yours")):
            given = push_service.browser(name)
            add_browser(user=user, endpoint=given["endpoint"], **given["keys"], label=name)
        answer = api(people.student).get(V1).json()
        assert answer["public_key"] == public_key()
        assert [one["name"] for one in answer["browsers"]] == ["mine"]
        # An address at a push service is a secret: whoever has it can send there.
        assert push_service.host not in json.dumps(answer)

    def test_others_and_strangers(self, api, people, push_service):
        given = push_service.browser()
        row = add_browser(user=people.student, endpoint=given["endpoint"], **given["keys"])
        at = f"{V1}{row.public_id}/"
        assert [api(people.admin).get(at).status_code, api(people.admin).delete(at).status_code] == [404, 404]
        assert [api().get(at).status_code, api().delete(at).status_code, api().get(V1).status_code] == [401] * 3
        assert api().post(V1, given, format="json").status_code == 401
        assert api(people.student).delete(at).status_code == 204
        assert api(people.student).delete(at).status_code == 404

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"endpoint": "https://push.example/1"},
            {"endpoint": "https://push.example/1", "keys": "k"},
            {"endpoint": "https://push.example/1", "keys": {"p256dh": "", "auth": ""}},
            {"endpoint": "https://push.example/" + "x" * 5000, "keys": {"p256dh": "B" * 87, "auth": "A" * 22}},
            {"endpoint": "http://push.example/1", "keys": {"p256dh": "B" * 87, "auth": "A" * 22}},
            {"endpoint": 5, "keys": {"p256dh": [], "auth": {}}},
        ],
    )
    def test_what_is_no_browser_is_refused_with_a_sentence(self, api, people, body):
        answer = api(people.student).post(V1, body, format="json")
        assert answer.status_code in {400, 422}, answer.content
        assert answer.json()["errors"]
        assert not PushSubscription.objects.exists()

    def test_one_too_many_and_none_at_all(self, api, people, push_service):
        client = api(people.student)
        assert client.post(f"{V1}try/").json()["code"] == "no_browser"
        for number in range(MOST):
            given = push_service.browser(f"n{number}")
            add_browser(user=people.student, endpoint=given["endpoint"], **given["keys"])
        answer = client.post(V1, push_service.browser("more"), format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_browsers")
        assert client.post(f"{V1}try/").status_code == 202
        assert len(push_service.messages) == MOST

    def test_more_rows_cost_no_more_questions(self, api, people, push_service):
        public_key()
        costs = []
        for number in range(3):
            given = push_service.browser(f"n{number}")
            add_browser(user=people.student, endpoint=given["endpoint"], **given["keys"])
            with CaptureQueriesContext(connection) as queries:
                assert api(people.student).get(V1).status_code == 200
            costs.append(len(queries))
        assert costs[0] == costs[2]


class TestPages:
    def test_the_list_and_removing_one(self, window, people, push_service):
        client = window(people.student)
        row = subscribe(client, push_service)
        text = client.get(PREFERENCES).content.decode()
        assert "This device" in text
        answer = client.post(reverse("notifications:browser-remove", args=[row["id"]]), follow=True)
        assert "No more push messages there." in answer.content.decode()
        assert not PushSubscription.objects.exists()

    def test_nobody_removes_anothers(self, window, people, push_service):
        row = subscribe(window(people.student), push_service)
        at = reverse("notifications:browser-remove", args=[row["id"]])
        assert window(people.admin).post(at).status_code == 404
        assert PushSubscription.objects.count() == 1

    def test_a_message_to_try(self, window, people, push_service):
        client = window(people.student)
        subscribe(client, push_service)
        client.post(reverse("notifications:push-try"))
        assert [one["title"] for one in push_service.messages] == ["It works"]

    def test_more_browsers_cost_no_more_questions(self, window, people, push_service):
        client = window(people.student)
        costs = []
        for number in range(3):
            given = push_service.browser(f"n{number}")
            add_browser(user=people.student, endpoint=given["endpoint"], **given["keys"])
            with CaptureQueriesContext(connection) as queries:
                assert client.get(PREFERENCES).status_code == 200
            costs.append(len(queries))
        assert costs[0] == costs[2]

    def test_the_worker_stands_at_the_root_and_is_asked_for_each_time(self, client):
        answer = client.get("/sw.js")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/javascript; charset=utf-8")
        assert answer["Cache-Control"] == "no-cache"
        assert "worker-src 'self'" in client.get("/accounts/login/")["Content-Security-Policy"]


class TestBadge:
    def test_costs_one_question_and_is_silent_when_nothing_changed(self, window, people):
        client = window(people.student)
        at = reverse("notifications:badge")
        assert client.get(at, {"shown": "0"}).status_code == 204
        assert client.get(at, {"shown": "4"}).status_code == 200
        with CaptureQueriesContext(connection) as queries:
            client.get(at, {"shown": "0"})
        assert sum("notifications_notification" in one["sql"] for one in queries) == 1
        assert not [one["sql"] for one in queries if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
