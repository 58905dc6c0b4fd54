"""Two of the same at the same time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.enums import SiteRole
from accounts.models import User
from accounts.services.people import end_user
from accounts.services.signup import register
from accounts.services.tokens import issue_tokens, refresh_tokens
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
    token = issue_tokens(user=UserFactory()).refresh
    assert at_once(*[lambda: refresh_tokens(token=token)] * 4) == ["ok"] + ["token_refused"] * 3


def test_two_admins_cannot_close_each_other():
    one, two = UserFactory(role=SiteRole.ADMIN), UserFactory(role=SiteRole.ADMIN)
    results = at_once(lambda: end_user(actor=one, user=two), lambda: end_user(actor=two, user=one))
    assert results == ["last_admin", "ok"]
    assert User.objects.filter(is_active=True).count() == 1
