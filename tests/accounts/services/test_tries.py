"""Wrong tries: free ones, the growing wait, and whom it reaches."""

from datetime import timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from accounts.known_devices import COOKIE, remember_device
from accounts.models import SignInTries
from accounts.services import tries
from accounts.services.tries import TooManyTries, forget_old_tries, forget_strangers, may_try, note_success
from tests.accounts.services.test_at_once import at_once
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

EMAIL = "sam@example.org"


def stranger(address: str = "203.0.113.7", **headers: str) -> HttpRequest:
    return RequestFactory().post("/", REMOTE_ADDR=address, headers=headers)


def known_device(user) -> HttpRequest:
    response = HttpResponse()
    remember_device(stranger(), response, user)
    request = stranger()
    request.COOKIES[COOKIE] = response.cookies[COOKIE].value
    return request


def wait_of(email: str, request: HttpRequest, door: str = "password") -> int:
    """Seconds that a try now would have to wait; 0 if it was taken."""
    try:
        may_try(door, email, request)
    except TooManyTries as error:
        return error.retry_after or -1
    return 0


def let_pass(**kwargs: int) -> None:
    for row in SignInTries.objects.all():
        row.open_at -= timedelta(**kwargs)
        row.last_at -= timedelta(**kwargs)
        row.save()


def test_five_are_free_then_the_wait_doubles_to_a_quarter_of_an_hour():
    assert [wait_of(EMAIL, stranger()) for _ in range(6)] == [0] * 5 + [1]
    waits = []
    for _try in range(12):
        let_pass(minutes=15)
        assert wait_of(EMAIL, stranger()) == 0
        waits.append(wait_of(EMAIL, stranger()))
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_a_refused_try_makes_the_wait_no_longer():
    waits = [wait_of(EMAIL, stranger()) for _ in range(50)]
    assert waits == [0] * 5 + [1] * 45


@pytest.mark.parametrize(
    "spelling", ["SAM@example.org", " sam@example.org ", "sam@example.org.", "ｓａｍ@example.org", "sam@ex\tample.org"]
)
def test_another_spelling_has_no_tries_of_its_own(spelling):
    for _try in range(5):
        may_try("password", EMAIL, stranger())
    assert wait_of(spelling, stranger(**{"X-Forwarded-For": "198.51.100.1"})) == 1
    assert wait_of(spelling, stranger("198.51.100.2")) == 1


def test_strangers_do_not_slow_down_a_known_device_nor_the_other_way_round():
    user = UserFactory(email=EMAIL)
    device = known_device(user)
    for _try in range(30):
        wait_of(EMAIL, stranger())
    assert wait_of(EMAIL, device) == 0
    for _try in range(6):
        wait_of(EMAIL, device)
    assert wait_of("other@example.org", device) == 0
    let_pass(seconds=2)
    assert wait_of(EMAIL, stranger()) == 0


def test_a_success_begins_only_its_own_count_anew():
    device = known_device(UserFactory(email=EMAIL))
    for request in (stranger(), device):
        for _try in range(5):
            may_try("password", EMAIL, request)
    note_success("password", EMAIL, device)
    assert (wait_of(EMAIL, device), wait_of(EMAIL, stranger())) == (0, 1)


def test_a_right_password_gives_no_new_tries_at_the_code():
    for _try in range(5):
        may_try("code", EMAIL, stranger())
        may_try("password", EMAIL, stranger())
        note_success("password", EMAIL, stranger())
    assert (wait_of(EMAIL, stranger(), "code"), wait_of(EMAIL, stranger())) == (1, 0)


def test_one_place_tries_many_accounts_slowly_and_a_success_of_its_own_helps_nothing():
    for number in range(tries.PLACE.free):
        may_try("password", f"person{number}@example.org", stranger("2001:db8::1"))
    assert wait_of("more@example.org", stranger("2001:db8::2")) == 1
    assert wait_of("more@example.org", stranger("203.0.113.9")) == 0
    let_pass(seconds=2)
    may_try("password", EMAIL, stranger("2001:db8::1"))
    note_success("password", EMAIL, stranger("2001:db8::1"))
    assert wait_of("more@example.org", stranger("2001:db8::2")) == 0
    assert wait_of("more@example.org", stranger("2001:db8::2")) > 0


def test_the_table_knows_no_addresses_and_forgets_after_a_day():
    for _try in range(6):
        wait_of(EMAIL, stranger())
    assert not SignInTries.objects.filter(key__contains="sam").exists()
    assert forget_old_tries() == 0
    let_pass(days=1, hours=1)
    assert wait_of("new@example.org", stranger("198.51.100.1")) == 0
    assert (forget_old_tries(), SignInTries.objects.count()) == (2, 2)


def test_a_reset_by_mail_begins_the_strangers_count_anew():
    for _try in range(5):
        may_try("password", EMAIL, stranger())
    forget_strangers(EMAIL)
    assert wait_of(EMAIL, stranger()) == 0


@pytest.mark.django_db(transaction=True)
def test_fifteen_at_once_get_no_more_than_the_free_ones():
    assert at_once(*[lambda: may_try("password", EMAIL, stranger())] * 15) == ["ok"] * 5 + ["throttled"] * 10
    row = SignInTries.objects.order_by("-open_at").first()
    assert (row.failures, row.open_at > timezone.now()) == (5, True)
