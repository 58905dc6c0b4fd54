from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import User


@pytest.fixture
def api() -> Callable[..., APIClient]:
    """A client for the API, signed in as somebody or as nobody."""

    def client(user: User | None = None) -> APIClient:
        client = APIClient(raise_request_exception=True)
        if user is not None:
            # A fresh object, as a request would load it: nothing remembered from the arranging.
            client.force_authenticate(User.objects.get(pk=user.pk))
        return client

    return client
