"""Signing in by SAML, against a provider that others wrote."""

import base64
import html
import http.client
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse

from accounts import saml
from accounts.models import Connection, User
from accounts.services.connections import change_connection
from core.authz import SYSTEM
from core.models import EventLog
from core.sealed import unseal
from tests.accounts.signing_on import away, come_by_saml, user_of
from tests.providers.running import ask

pytestmark = [pytest.mark.django_db(transaction=False), pytest.mark.xdist_group("sso")]


def test_saml_first_time_and_again(client, idp, registry):
    response, _sent = come_by_saml(client, idp, registry, next="/profile/")
    assert response.url == "/profile/"
    user = user_of(client)
    assert (user.name, user.email, user.role) == ("Imani Okoro", "imani@northmoor.example", "student")
    client.logout()
    response, _sent = come_by_saml(client, idp, registry)
    # The provider's RelayState names another site; nobody is sent there.
    assert response.url == "/"
    assert user_of(client) == user


@pytest.mark.parametrize("wrong", ["audience", "expired", "unsigned", "key", "signature", "request"])
def test_saml_refuses(client, idp, registry, wrong):
    idp.mode(wrong=wrong)
    response, _sent = come_by_saml(client, idp, registry)
    assert response.status_code == 400
    assert user_of(client) is None
    assert not SocialAccount.objects.exists()


def test_saml_takes_an_assertion_once(client, idp, registry):
    _response, sent = come_by_saml(client, idp, registry)
    for browser in (client, type(client)()):
        browser.logout()
        again = browser.post(reverse("accounts:sign-on-acs", args=[registry.public_id]), sent)
        assert browser.get(again.url).status_code == 400
        assert user_of(browser) is None


def test_saml_by_another_browser_is_refused(client, idp, registry):
    sent = idp.sign_in(away(client, registry))
    other = type(client)()
    response = other.post(urlsplit(sent.pop("action")).path, sent)
    assert other.get(response.url).status_code == 400
    assert user_of(other) is None


@pytest.mark.parametrize(
    "sent", ["", "no base64 !", "PHhtbC8+", "PCFET0NUWVBFIGEgWzwhRU5USVRZIGIgImMiPl0+PGE+JmI7PC9hPg=="]
)
def test_saml_rubbish_gets_a_page(client, registry, sent):
    response = client.post(reverse("accounts:sign-on-acs", args=[registry.public_id]), {"SAMLResponse": sent})
    assert client.get(response.url).status_code == 400


def test_saml_trial_names_the_trouble(client, idp, registry, people):
    client.force_login(people.admin)
    page = come_by_saml(client, idp, registry, "connection-trial")[0].content.decode()
    assert "Gets a new account as a student" in page
    idp.mode(wrong="audience")
    page = come_by_saml(client, idp, registry, "connection-trial")[0].content.decode()
    assert "is not a valid audience" in page
    assert not SocialAccount.objects.exists()


def test_saml_requests_are_signed_with_the_key_of_the_metadata(client, idp, registry):
    target = away(client, registry)
    assert {"SAMLRequest", "RelayState", "SigAlg", "Signature"} == set(parse_qs(urlsplit(target).query))
    status, _headers, _text = ask("GET", target)
    forged = re.sub(r"(Signature=.{10})", r"\1AAAA", target)
    with pytest.raises(http.client.RemoteDisconnected):
        ask("GET", forged)
    assert status == 200


def test_saml_assertions_may_be_encrypted(client, idp, registry):
    idp.mode(encrypt=True)
    response, sent = come_by_saml(client, idp, registry)
    document = base64.b64decode(sent["SAMLResponse"])
    assert (b"EncryptedAssertion" in document, b"imani@northmoor.example" in document) == (True, False)
    assert (response.url, user_of(client).email) == ("/", "imani@northmoor.example")


@pytest.mark.parametrize("wrong", ["audience", "unsigned", "key", "request"])
def test_saml_encrypting_proves_nothing(client, idp, registry, wrong):
    idp.mode(encrypt=True, wrong=wrong)
    response, _sent = come_by_saml(client, idp, registry)
    assert (response.status_code, user_of(client)) == (400, None)


def test_saml_encrypted_for_another_key_is_not_read(client, idp, registry):
    idp.mode(encrypt=True)
    sent = idp.sign_in(away(client, registry))
    other = saml.new_key("other")
    Connection.objects.filter(pk=registry.pk).update(
        settings=registry.settings | {"aumbry": registry.settings["aumbry"] | other}
    )
    response = client.post(urlsplit(sent.pop("action")).path, sent)
    assert (client.get(response.url).status_code, user_of(client)) == (400, None)


def test_saml_started_at_the_provider_is_refused_unless_the_connection_takes_it(client, idp, registry):
    idp.mode(unasked=True, relay_state="/profile/")
    response, _sent = come_by_saml(client, idp, registry)
    assert (response.status_code, user_of(client)) == (400, None)
    change_connection(actor=SYSTEM, connection=registry, accepts_unasked=True)
    response, sent = come_by_saml(client, idp, registry)
    assert (response.url, user_of(client).email) == ("/profile/", "imani@northmoor.example")
    again = client.post(reverse("accounts:sign-on-acs", args=[registry.public_id]), sent)
    assert client.get(again.url).status_code == 400


def test_saml_started_at_the_provider_leads_to_no_other_site(client, idp, registry):
    change_connection(actor=SYSTEM, connection=registry, accepts_unasked=True)
    for foreign in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        client.logout()
        idp.mode(unasked=True, relay_state=foreign)
        assert come_by_saml(client, idp, registry)[0].url == "/"


def test_saml_started_at_the_provider_takes_nobodys_place(client, idp, registry, people):
    change_connection(actor=SYSTEM, connection=registry, accepts_unasked=True)
    idp.mode(unasked=True)
    client.force_login(people.student)
    response, _sent = come_by_saml(client, idp, registry)
    assert (response.status_code, user_of(client)) == (400, people.student)
    assert "as somebody else" in response.content.decode()


@pytest.mark.parametrize(
    ("domains", "said", "step"),
    [
        (["northmoor.example"], None, "linked"),
        ([], None, "asked"),
        ([], "true", "linked"),
        (["northmoor.example"], "false", "asked"),
    ],
)
def test_saml_silence_is_believed_for_named_domains_alone(client, idp, registry, people, domains, said, step):
    User.objects.filter(pk=people.admin.pk).update(email="imani@northmoor.example")
    EmailAddress.objects.create(user=people.admin, email="imani@northmoor.example", primary=True, verified=True)
    change_connection(actor=SYSTEM, connection=registry, domains=domains)
    attributes = {"mail": ["imani@northmoor.example"]} | ({"email_verified": [said]} if said else {})
    idp.mode(attributes=attributes)
    response, _sent = come_by_saml(client, idp, registry)
    found = {reverse("accounts:sign-on-first"): "asked", "/": "linked"}[response.url]
    assert (found, user_of(client)) == (step, people.admin if step == "linked" else None)


def test_a_connection_without_a_key_gets_one_when_it_is_saved(registry):
    del registry.settings["aumbry"]["sp_key"]
    registry.save()
    assert not saml.has_key(registry)
    assert b"KeyDescriptor" not in saml.sp_metadata(registry)
    changed = change_connection(actor=SYSTEM, connection=registry, name="Registry")
    assert saml.has_key(changed)
    assert saml.sp_metadata(changed).count(b"<md:KeyDescriptor use=") == 2
    again = change_connection(actor=SYSTEM, connection=changed, name="Registry 2")
    assert again.own("sp_certificate") == changed.own("sp_certificate")


def test_the_sites_key_is_shown_nowhere(client, api, registry, people):
    client.force_login(people.admin)
    pages = [client.get(registry.get_absolute_url()).content, saml.sp_metadata(registry)]
    pages.append(api(people.admin).get("/api/v1/connections/").content)
    assert [page for page in pages if registry.own("sp_key").encode() in page or b"PRIVATE KEY" in page] == []


class TestRenewingTheKey:
    """Prepare, switch, let go: whoever comes meanwhile is signed in, whichever metadata the provider has."""

    @staticmethod
    def said(connection) -> list[str]:
        """The signing certificates of the metadata, in their order."""
        found = html.unescape(saml.sp_metadata(connection).decode())
        keys = re.findall(r'KeyDescriptor use="(\w+)".*?X509Certificate>([^<]+)<', found, re.DOTALL)
        by_use = {
            use: ["".join(text.split()) for name, text in keys if name == use] for use in ("signing", "encryption")
        }
        assert by_use["signing"] == by_use["encryption"]
        return by_use["signing"]

    def step(self, client, connection, stage) -> Connection:
        client.post(reverse("accounts:connection-key", args=[connection.public_id]), {"stage": stage})
        return Connection.objects.get()

    @staticmethod
    def comes_in(client, idp, registry, **mode) -> bool:
        browser = type(client)()
        idp.mode(**mode)
        come_by_saml(browser, idp, registry)
        person = user_of(browser)
        return person is not None and person.email == "imani@northmoor.example"

    def test_nobody_is_kept_out_meanwhile(self, client, idp, registry, people):
        client.force_login(people.admin)
        first = registry.own("sp_certificate")
        prepared = self.step(client, registry, "prepared")
        second = prepared.own("other_certificate")
        assert self.said(prepared) == [first, second]
        # The provider has the old metadata still, then the new.
        for document in (None, saml.sp_metadata(prepared).decode()):
            if document:
                idp.take_sp(document)
            assert [self.comes_in(client, idp, registry, encrypt=key) for key in (False, True, "last")] == [True] * 3
        switched = self.step(client, registry, "switched")
        assert (switched.own("sp_certificate"), self.said(switched)) == (second, [second, first])
        # Read before the switch, the metadata names the earlier key first.
        assert [self.comes_in(client, idp, registry, encrypt=key) for key in (False, True, "last")] == [True] * 3
        settled = self.step(client, registry, "settled")
        assert (self.said(settled), len(saml.site_keys(settled))) == ([second], 1)
        assert not self.comes_in(client, idp, registry, encrypt=True)
        idp.take_sp(saml.sp_metadata(settled).decode())
        assert self.comes_in(client, idp, registry, encrypt=True)

    def test_each_step_is_logged_and_sealed_and_pressed_twice_counts_once(self, client, registry, people):
        client.force_login(people.admin)
        for stage in ("prepared", "prepared", "switched", "switched", "prepared", "settled", "settled"):
            stored = self.step(client, registry, stage)
            if stage != "settled":
                assert "PRIVATE KEY" not in str(stored.settings)
                assert "PRIVATE KEY" in unseal(stored.own("other_key"), purpose=saml.KEY_SEALED_FOR)
        assert stored.own("sp_certificate") == registry.own("sp_certificate")
        told = EventLog.objects.filter(name="accounts.ConnectionChanged", actor_id=people.admin.pk).order_by("pk")
        assert [row.body["change"] for row in told] == [
            "key_prepared",
            "key_switched",
            "key_prepared",
            "key_settled",
        ]

    def test_the_page_shows_the_keys_and_the_next_step(self, client, registry, people):
        client.force_login(people.admin)
        self.step(client, registry, "prepared")
        page = client.get(registry.get_absolute_url()).content.decode()
        shown = [key.fingerprint in page for key in saml.site_keys(Connection.objects.get())]
        buttons = re.findall(r'name="stage" value="(\w+)"', page)
        assert (shown, buttons, "PRIVATE KEY" in page) == ([True, True], ["switched", "settled"], False)

    def test_it_asks_for_proof_as_other_changes_do(self, client, registry, people):
        client.force_login(people.admin)
        session = client.session
        session["proved_at"] = 1
        session.save()
        answer = client.post(reverse("accounts:connection-key", args=[registry.public_id]), {"stage": "prepared"})
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
        assert Connection.objects.get().key_stage == "settled"

    def test_over_the_api(self, api, registry, school, people):
        admin = api(people.admin)
        address = f"/api/v1/connections/{registry.public_id}/key/"
        assert admin.put(address, {"stage": "switched"}).json()["code"] == "key_not_prepared"
        done = admin.put(address, {"stage": "prepared", "version": 1})
        assert (done["ETag"], done.json()["key_stage"]) == ('"2"', "prepared")
        assert [key["use"] for key in done.json()["keys"]] == ["current", "next"]
        assert admin.put(address, {"stage": "switched", "version": 1}).json()["code"] == "stale_version"
        assert [key["use"] for key in admin.put(address, {"stage": "switched"}).json()["keys"]] == [
            "current",
            "earlier",
        ]
        assert admin.put(f"/api/v1/connections/{school.public_id}/key/", {"stage": "prepared"}).status_code == 404
        assert admin.put(address, {"stage": "lost"}).status_code == 400
        assert api(people.owner).put(address, {"stage": "settled"}).status_code == 403
