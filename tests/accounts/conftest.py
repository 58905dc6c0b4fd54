from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.tokens import issue_tokens


@pytest.fixture(autouse=True)
def _mail_as_rows(settings):
    # The test runner puts its own list in the place of our mail rows.
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"


@pytest.fixture
def confirm() -> Callable[[User], User]:
    """Give a person's address the state it has after the mailed link was followed."""

    def confirmed(user: User) -> User:
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        return user

    return confirmed


@pytest.fixture
def api() -> Callable[..., APIClient]:
    """A program that acts for a person, or for nobody."""

    def client(user: User | None = None) -> APIClient:
        made = APIClient()
        if user is not None:
            made.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_tokens(user=user).access}")
        return made

    return client
