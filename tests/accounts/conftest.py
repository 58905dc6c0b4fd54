from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import Connection, User
from accounts.services.connections import create_connection
from accounts.services.tokens import issue_tokens
from core.authz import SYSTEM
from tests.providers.running import OidcProvider, SamlProvider, oidc_provider, saml_provider


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


@pytest.fixture(scope="module")
def oidc() -> OidcProvider:
    with oidc_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def idp(tmp_path_factory) -> SamlProvider:
    with saml_provider(tmp_path_factory.mktemp("idp")) as provider:
        yield provider


@pytest.fixture
def school(oidc, settings, db) -> Connection:
    settings.OUTBOUND_ALLOW = [oidc.host]
    return create_connection(
        actor=SYSTEM,
        kind="openid_connect",
        name="Northmoor login",
        issuer=oidc.address,
        client_id="aumbry",
        client_secret="quiet",
        enabled=True,
        makes_people=True,
        trusts_addresses=True,
    )


@pytest.fixture
def registry(idp, settings, client, db) -> Connection:
    settings.OUTBOUND_ALLOW = [idp.host]
    made = create_connection(
        actor=SYSTEM,
        kind="saml",
        name="Registry",
        metadata_url=f"{idp.address}/metadata",
        enabled=True,
        makes_people=True,
        trusts_addresses=True,
        domains=["northmoor.example"],
    )
    idp.take_sp(client.get(reverse("accounts:sign-on-metadata", args=[made.public_id])).content.decode())
    idp.mode()
    return made
