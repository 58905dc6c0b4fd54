"""Two of the same at the same time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.enums import SiteRole
from accounts.models import SigningKey, TokenFamily, User
from accounts.services.people import end_user
from accounts.services.signing import ring
from accounts.services.signup import register
from accounts.services.tokens import Refresh, issue_tokens, refresh_tokens
from core.errors import DomainError
from core.models import EventLog
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls) -> list[str]:
    """Run the calls together; "ok" or the error's code of each, sorted."""
    start = Barrier(len(calls))

    def run(call) -> str:
        start.wait()
        try:
            call()
        except DomainError as error:
            return error.code
        finally:
            connection.close()
        return "ok"

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


def test_fifteen_sign_ups_make_one_account():
    def sign_up():
        register(name="Imani", email="imani@example.org", password="a quiet lake in the morning")

    assert at_once(*[sign_up] * 15) == ["email_taken"] * 14 + ["ok"]
    assert (User.objects.count(), EventLog.objects.count()) == (1, 1)


def test_a_refresh_token_is_used_once():
    pair = issue_tokens(user=UserFactory())
    assert at_once(*[lambda: refresh_tokens(token=pair.refresh)] * 8) == ["ok"] + ["token_refused"] * 7
    # The other seven were reuses.
    assert not TokenFamily.objects.filter(ended_at=None).exists()


def test_eight_repeats_of_one_request_give_one_successor():
    pair = issue_tokens(user=UserFactory())
    given: list[str] = []
    results = at_once(*[lambda: given.append(refresh_tokens(token=pair.refresh, key="one").refresh)] * 8)
    assert results == ["ok"] * 8
    assert len({Refresh(token)["jti"] for token in given}) == 1
    assert (
        at_once(*[lambda token=token: refresh_tokens(token=token) for token in given]) == ["ok"] + ["token_refused"] * 7
    )


def test_the_first_key_is_made_once():
    ring.forget()
    people = UserFactory.create_batch(6)
    assert at_once(*[lambda user=user: issue_tokens(user=user) for user in people]) == ["ok"] * 6
    assert SigningKey.objects.count() == 1


def test_two_admins_cannot_close_each_other():
    one, two = UserFactory(role=SiteRole.ADMIN), UserFactory(role=SiteRole.ADMIN)
    results = at_once(lambda: end_user(actor=one, user=two), lambda: end_user(actor=two, user=one))
    assert results == ["last_admin", "ok"]
    assert User.objects.filter(is_active=True).count() == 1
