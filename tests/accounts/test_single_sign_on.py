"""Setting up the services that people sign in by."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse

from accounts.models import Connection
from accounts.services.connections import change_connection, create_connection
from core.authz import SYSTEM
from core.errors import Invalid, NotAllowed
from tests.accounts.signing_on import come_by_oidc

pytestmark = [pytest.mark.django_db(transaction=False), pytest.mark.xdist_group("sso")]


def test_an_administrator_adds_tries_and_deletes_a_connection(client, oidc, people, settings):
    settings.OUTBOUND_ALLOW = [oidc.host]
    client.force_login(people.admin)
    values = {
        "name": "School",
        "issuer": oidc.address,
        "client_id": "site",
        "client_secret": "very quiet",
        "domains": "",
    }
    made = client.post(reverse("accounts:connection-new", args=["openid_connect"]), values)
    connection = Connection.objects.get()
    assert made.url == connection.get_absolute_url()
    assert connection.secret == ""
    assert "very quiet" not in str(connection.settings)
    page = client.get(made.url).content.decode()
    assert "very quiet" not in page
    assert reverse("accounts:sign-on-callback", args=[connection.public_id]) in page
    tried = client.post(reverse("accounts:connection-try", args=[connection.public_id])).content.decode()
    assert (tried.count("Holds:"), tried.count("Does not hold:")) == (4, 0)
    client.post(made.url, values | {"issuer": oidc.address + "/", "client_secret": ""})
    assert Connection.objects.get().own("secret")
    tried = client.post(reverse("accounts:connection-try", args=[connection.public_id])).content.decode()
    assert tried.count("Does not hold:") == 1
    client.post(reverse("accounts:connection-delete", args=[connection.public_id]))
    assert not Connection.objects.exists()


def test_the_hint_of_the_secret_says_what_becomes_of_it(client, school, people):
    client.force_login(people.admin)
    stays, new = "Empty: the stored one stays.", "As the provider gave it. Kept sealed and never shown again."
    shown = {
        name: [hint for hint in (stays, new) if hint in client.get(address).content.decode()]
        for name, address in {
            "new": reverse("accounts:connection-new", args=["openid_connect"]),
            "stored": school.get_absolute_url(),
        }.items()
    }
    assert shown == {"new": [new], "stored": [stays]}


def test_a_disabled_connection_has_no_button_and_no_door(client, school, django_capture_on_commit_callbacks):
    assert "Sign in with Northmoor login" in client.get(reverse("account_login")).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        change_connection(actor=SYSTEM, connection=school, enabled=False)
    assert "Northmoor login" not in client.get(reverse("account_login")).content.decode()
    assert client.post(reverse("accounts:sign-on", args=[school.public_id])).status_code == 404


@pytest.mark.parametrize("document", ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "no xml", "<EntitiesDescriptor/>"])
def test_metadata_that_cannot_be_used(document, db):
    with pytest.raises(Invalid) as refused:
        create_connection(actor=SYSTEM, kind="saml", name="X", metadata=document)
    assert list(refused.value.fields) == ["metadata"]


@pytest.mark.parametrize(
    "issuer",
    ["http://login.example", "https://", "ftp://login.example", "https://a:b@login.example", "http://127.0.0.1"],
)
def test_addresses_that_are_not_asked(issuer, db):
    with pytest.raises(Invalid) as refused:
        create_connection(actor=SYSTEM, kind="openid_connect", name="X", client_id="c", issuer=issuer)
    assert list(refused.value.fields) == ["issuer"]


def test_only_administrators_set_up(people):
    with pytest.raises(NotAllowed):
        create_connection(
            actor=people.owner, kind="openid_connect", name="X", client_id="c", issuer="https://a.example"
        )


def test_connections_over_the_api(api, oidc, people, settings):
    settings.OUTBOUND_ALLOW = [oidc.host]
    admin = api(people.admin)
    values = {
        "kind": "openid_connect",
        "name": "School",
        "issuer": oidc.address,
        "client_id": "c",
        "client_secret": "x",
    }
    made = admin.post("/api/v1/connections/", values)
    assert made.status_code == 201
    assert "client_secret" not in made.json()
    address = made["Location"]
    assert admin.patch(address, {"enabled": True, "version": 1}).json()["enabled"] is True
    assert admin.patch(address, {"enabled": False, "version": 1}).json()["code"] == "stale_version"
    assert admin.patch(address, {"sso_url": "https://a.example"}).json()["code"] == "invalid"
    assert admin.post(f"{address}try/").json()["ok"] is True
    assert api(people.owner).get("/api/v1/connections/").status_code == 403
    assert admin.delete(address).status_code == 204


def test_own_links_over_the_api(client, api, oidc, school, people):
    oidc.knows("mine", email="elsewhere@example.org")
    client.force_login(people.student)
    come_by_oidc(client, oidc, school, "mine", "link")
    [link] = api(people.student).get("/api/v1/me/connections/").json()["results"]
    assert (link["name"], link["email"]) == ("Northmoor login", "elsewhere@example.org")
    own = f"/api/v1/me/connections/{link['id']}/"
    assert api(people.outsider).delete(own).status_code == 404
    assert api(people.student).delete(own).status_code == 204
    assert not SocialAccount.objects.exists()
