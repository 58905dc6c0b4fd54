"""Signing in by services elsewhere, against providers that others wrote."""

import base64
import html
import http.client
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import oidc as protocol
from accounts import saml
from accounts.identity import Identity
from accounts.models import Connection, Device, User
from accounts.services.connections import change_connection, create_connection, link_account, unlink_account
from accounts.services.factors import add_passkey
from core.authz import SYSTEM
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog, OutgoingMail
from core.sealed import unseal
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD
from tests.providers.running import OidcProvider, SamlProvider, ask, oidc_provider, saml_provider

pytestmark = [pytest.mark.django_db(transaction=False), pytest.mark.xdist_group("sso")]


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


def away(client, connection, name="sign-on", **form) -> str:
    """Where the page that follows the button sends the browser."""
    response = client.post(reverse(f"accounts:{name}", args=[connection.public_id]), form)
    assert response.status_code == 200, response.content.decode()
    return html.unescape(re.search(r'content="0;url=([^"]+)"', response.content.decode())[1])


def come_by_oidc(client, provider, connection, sub="sam", name="sign-on", **form):
    back = urlsplit(provider.sign_in(away(client, connection, name, **form), sub))
    return client.get(f"{back.path}?{back.query}")


def come_by_saml(client, provider, connection, name="sign-on", **form):
    sent = provider.sign_in(away(client, connection, name, **form))
    response = client.post(urlsplit(sent.pop("action")).path, sent)
    return client.get(response.url), sent


def user_of(client) -> User | None:
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number) if number else None


# OpenID Connect


def test_first_sign_in_makes_a_student_and_the_second_finds_them(client, oidc, school):
    oidc.knows("sam", email="sam@northmoor.example", email_verified=True, name="Sam Shore")
    response = come_by_oidc(client, oidc, school, next="/profile/")
    assert response.url == "/profile/"
    user = user_of(client)
    assert (user.name, user.email, user.role) == ("Sam Shore", "sam@northmoor.example", "student")
    assert not user.has_usable_password()
    client.logout()
    oidc.knows("sam", email="another@northmoor.example", email_verified=True)
    come_by_oidc(client, oidc, school)
    assert user_of(client) == user
    assert SocialAccount.objects.count() == 1


@pytest.mark.parametrize("protocol", ["oidc", "saml"])
@pytest.mark.parametrize("wish", [True, False])
def test_the_wish_to_stay_signed_in_comes_back_from_the_provider(
    client, oidc, school, idp, registry, protocol, wish, settings
):
    settings.OUTBOUND_ALLOW = [oidc.host, idp.host]
    form = {"remember": "on"} if wish else {"remember": ""}
    if protocol == "oidc":
        oidc.knows("sam", email="sam@northmoor.example", email_verified=True)
        come_by_oidc(client, oidc, school, **form)
    else:
        come_by_saml(client, idp, registry, **form)
    assert user_of(client) is not None
    assert (Device.objects.get().remembered, client.session.get_expire_at_browser_close()) == (wish, not wish)


def test_the_wish_outlasts_the_question_of_the_first_time_and_the_second_factor(client, oidc, school, people, confirm):
    change_connection(actor=SYSTEM, connection=school, trusts_addresses=False)
    oidc.knows("n", email="new@northmoor.example", email_verified=False, name="Nia New")
    client.post(come_by_oidc(client, oidc, school, "n", remember="on").url)
    assert client.session["sign_in_wishes"]["remembered"] is True
    change_connection(actor=SYSTEM, connection=school, trusts_addresses=True)
    confirm(people.student)
    add_passkey(actor=people.student, user=people.student, name="Phone", credential={})
    oidc.knows("s", email=people.student.email, email_verified=True)
    other = type(client)()
    come_by_oidc(other, oidc, school, "s", remember="on")
    assert (user_of(other), other.session["sign_in_wishes"]["remembered"]) == (None, True)


def test_a_wish_of_an_earlier_try_is_not_taken_for_a_later_one(client, oidc, school, people, confirm):
    confirm(people.student)
    add_passkey(actor=people.student, user=people.student, name="Phone", credential={})
    client.post(reverse("account_login"), {"login": people.student.email, "password": PASSWORD, "remember": "on"})
    assert user_of(client) is None
    oidc.knows("sam", email="sam@northmoor.example", email_verified=True)
    come_by_oidc(client, oidc, school)
    assert Device.objects.get().remembered is False


def test_the_request_has_state_nonce_and_pkce(client, school):
    asked = parse_qs(urlsplit(away(client, school)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["response_type"] == ["code"]


def test_next_stays_on_this_site(client, oidc, school):
    oidc.knows("sam", email="sam@northmoor.example", email_verified=True)
    assert come_by_oidc(client, oidc, school, next="https://evil.example/").url == "/"


def test_a_trusted_verified_address_opens_its_account(client, oidc, school, people, confirm):
    confirm(people.student)
    oidc.knows("s", email=people.student.email, email_verified=True)
    come_by_oidc(client, oidc, school, "s")
    assert user_of(client) == people.student
    assert User.objects.get(pk=people.student.pk).has_usable_password()


def test_who_made_the_account_without_the_mailbox_loses_it(client, oidc, school):
    taken = UserFactory(email="victim@northmoor.example")
    EmailAddress.objects.create(user=taken, email=taken.email, primary=True, verified=False)
    oidc.knows("v", email=taken.email, email_verified=True)
    come_by_oidc(client, oidc, school, "v")
    assert user_of(client) == taken
    assert not User.objects.get(pk=taken.pk).has_usable_password()


@pytest.mark.parametrize(("trusts", "verified"), [(True, False), (False, True)])
def test_an_unproven_address_is_not_linked(client, oidc, school, people, trusts, verified):
    change_connection(actor=SYSTEM, connection=school, trusts_addresses=trusts)
    oidc.knows("x", email=people.admin.email, email_verified=verified)
    response = come_by_oidc(client, oidc, school, "x")
    assert response.url == reverse("accounts:sign-on-first")
    assert user_of(client) is None
    client.post(response.url)
    assert user_of(client) is None
    assert not SocialAccount.objects.exists()


def test_signing_in_once_with_the_password_links(client, oidc, school, people, confirm):
    change_connection(actor=SYSTEM, connection=school, trusts_addresses=False)
    oidc.knows("s", email=people.student.email, email_verified=True)
    come_by_oidc(client, oidc, school, "s")
    confirm(people.student)
    signed_in = client.post(
        f"{reverse('account_login')}?next={reverse('accounts:link-waiting')}",
        {"login": people.student.email, "password": PASSWORD},
    )
    assert people.student.email in client.get(signed_in.url).content.decode()
    client.post(reverse("accounts:link-waiting"))
    assert SocialAccount.objects.get().user == people.student
    client.logout()
    come_by_oidc(client, oidc, school, "s")


def test_an_account_with_an_unproven_address_confirms_it_first(client, oidc, school):
    oidc.knows("n", email="new@northmoor.example", email_verified=False, name="Nia New")
    first = come_by_oidc(client, oidc, school, "n").url
    assert "new@northmoor.example" in client.get(first).content.decode()
    assert client.post(first).url == reverse("account_email_verification_sent")
    assert user_of(client) is None
    assert not EmailAddress.objects.get(email="new@northmoor.example").verified


def test_refusals_say_why(client, oidc, school, people):
    oidc.knows("s", email="sam@elsewhere.example", email_verified=True)
    change_connection(actor=SYSTEM, connection=school, domains=["northmoor.example"])
    response = come_by_oidc(client, oidc, school, "s")
    assert response.status_code == 400
    assert "certain domains" in response.content.decode()
    change_connection(actor=SYSTEM, connection=school, domains=[], makes_people=False)
    assert "makes none" in come_by_oidc(client, oidc, school, "s").content.decode()
    assert user_of(client) is None
    User.objects.filter(pk=people.student.pk).update(is_active=False)
    oidc.knows("c", email=people.student.email, email_verified=True)
    assert "closed" in come_by_oidc(client, oidc, school, "c").content.decode()


def test_another_browsers_state_is_refused_and_one_serves_once(client, oidc, school):
    oidc.knows("sam", email="sam@northmoor.example", email_verified=True)
    back = urlsplit(oidc.sign_in(away(client, school), "sam"))
    other = type(client)()
    refused = other.get(f"{back.path}?{back.query}")
    assert refused.status_code == 400
    assert user_of(other) is None
    client.get(f"{back.path}?{back.query}")
    assert user_of(client) is not None
    client.logout()
    assert client.get(f"{back.path}?{back.query}").status_code == 400


def test_a_wrong_nonce_is_refused(client, oidc, school):
    oidc.knows("sam", email="sam@northmoor.example", email_verified=True)
    target = re.sub(r"nonce=[^&]+", "nonce=another", away(client, school))
    back = urlsplit(oidc.sign_in(target, "sam"))
    assert client.get(f"{back.path}?{back.query}").status_code == 400
    assert user_of(client) is None


def test_a_provider_that_calls_itself_otherwise_is_refused(client, oidc, school, settings):
    settings.OUTBOUND_ALLOW = [oidc.host, oidc.host.replace("127.0.0.1", "localhost")]
    change_connection(actor=SYSTEM, connection=school, issuer=oidc.address.replace("127.0.0.1", "localhost") + "/")
    assert client.post(reverse("accounts:sign-on", args=[school.public_id])).status_code == 400


def test_a_token_for_another_client_or_by_another_key_is_refused(client, oidc, school, monkeypatch):
    oidc.knows("sam", email="sam@northmoor.example", email_verified=True)
    back = urlsplit(oidc.sign_in(away(client, school), "sam"))
    Connection.objects.filter(pk=school.pk).update(client_id="another")
    assert client.get(f"{back.path}?{back.query}").status_code == 400
    Connection.objects.filter(pk=school.pk).update(client_id="aumbry")
    back = urlsplit(oidc.sign_in(away(client, school), "sam"))
    with oidc_provider() as stranger:
        fetch = protocol._fetch
        swapped = f"{stranger.address}/jwks"
        monkeypatch.setattr("django.conf.settings.OUTBOUND_ALLOW", [oidc.host, stranger.host])
        monkeypatch.setattr(protocol, "_fetch", lambda url, **o: fetch(swapped if url.endswith("jwks") else url, **o))
        assert client.get(f"{back.path}?{back.query}").status_code == 400
    assert user_of(client) is None


def test_a_provider_that_is_away_gives_a_calm_page(client, school, settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.1:1"]
    change_connection(actor=SYSTEM, connection=school, issuer="http://127.0.0.1:1")
    response = client.post(reverse("accounts:sign-on", args=[school.public_id]))
    assert response.status_code == 400
    assert "is not answering" in response.content.decode()


def test_stopping_there_is_no_error(client, oidc, school):
    state = parse_qs(urlsplit(away(client, school)).query)["state"][0]
    address = reverse("accounts:sign-on-callback", args=[school.public_id])
    response = client.get(address, {"error": "access_denied", "state": state})
    assert (response.status_code, "You stopped" in response.content.decode()) == (200, True)


def test_a_trial_shows_what_would_happen_and_writes_nothing(client, oidc, school, people):
    oidc.knows("t", email="tom@northmoor.example", email_verified=True, name="<b>Tom</b>")
    client.force_login(people.admin)
    page = come_by_oidc(client, oidc, school, "t", "connection-trial").content.decode()
    assert "Gets a new account as a student, with the address tom@northmoor.example." in page
    assert "&lt;b&gt;Tom&lt;/b&gt;" in page
    assert not SocialAccount.objects.exists()
    assert user_of(client) == people.admin


def test_linking_and_unlinking_ones_own(client, oidc, school, people):
    oidc.knows("mine", email="elsewhere@example.org")
    client.force_login(people.student)
    assert come_by_oidc(client, oidc, school, "mine", "link").url == reverse("accounts:security")
    assert SocialAccount.objects.get().user == people.student
    assert "elsewhere@example.org" in client.get(reverse("accounts:security")).content.decode()
    User.objects.filter(pk=people.student.pk).update(password="!")
    client.force_login(User.objects.get(pk=people.student.pk))
    client.post(reverse("accounts:unlink", args=[school.public_id]))
    assert SocialAccount.objects.exists()
    User.objects.filter(pk=people.student.pk).update(password="argon2$something")
    client.force_login(User.objects.get(pk=people.student.pk))
    client.post(reverse("accounts:unlink", args=[school.public_id]))
    assert not SocialAccount.objects.exists()


def test_a_new_link_is_told_by_mail_and_a_new_account_is_not(client, oidc, school, people, confirm):
    oidc.knows("new", email="new@northmoor.example", email_verified=True)
    come_by_oidc(client, oidc, school, "new")
    assert OutgoingMail.objects.count() == 0
    confirm(people.student)
    oidc.knows("s", email=people.student.email, email_verified=True)
    for _ in range(2):
        client.logout()
        come_by_oidc(client, oidc, school, "s")
    told = [mail for mail in OutgoingMail.objects.all() if "also opens your account" in mail.text]
    assert [(mail.recipients, mail.subject) for mail in told] == [
        ([people.student.email], "How you sign in to Northmoor College has changed")
    ]
    assert "From now on, Northmoor login also opens your account." in told[0].text


def test_a_passkey_is_another_way_in(school, people):
    person = people.student
    link_account(actor=person, user=person, connection=school, identity=Identity(uid="mine", email=person.email))
    User.objects.filter(pk=person.pk).update(password="!")
    with pytest.raises(Conflict) as refused:
        unlink_account(actor=person, user=person, connection=school)
    assert refused.value.code == "last_way_in"
    add_passkey(actor=person, user=person, name="Phone", credential={})
    unlink_account(actor=person, user=person, connection=school)
    assert not SocialAccount.objects.exists()


class TestVouching:
    """A role that must have a second factor, and a provider that asks for one itself."""

    @pytest.fixture
    def manager(self, people, confirm, oidc) -> User:
        confirm(people.owner)
        User.objects.filter(pk=people.owner.pk).update(role_since=timezone.now() - timedelta(days=30))
        oidc.knows("m", email=people.owner.email, email_verified=True)
        return User.objects.get(pk=people.owner.pk)

    @pytest.mark.parametrize("asks", [True, False])
    def test_the_rule_is_kept_where_the_provider_asks(self, client, oidc, school, manager, asks):
        change_connection(actor=SYSTEM, connection=school, asks_second_factor=asks)
        come_by_oidc(client, oidc, school, "m")
        assert user_of(client) == manager
        assert Device.objects.get().vouched is asks
        page, call = client.get("/teach/"), client.get("/api/v1/courses/")
        token = client.post("/api/v1/auth/session/token/")
        if not asks:
            assert (page["Location"], call.json()["code"], token.status_code) == (
                reverse("accounts:security"),
                "second_factor_required",
                403,
            )
            return
        by_token = Client().get("/api/v1/courses/", headers={"Authorization": f"Bearer {token.json()['access']}"})
        assert (page.status_code, call.status_code, by_token.status_code) == (200, 200, 200)

    def test_by_password_the_same_person_must_set_one_up(self, client, oidc, school, manager):
        change_connection(actor=SYSTEM, connection=school, asks_second_factor=True)
        come_by_oidc(client, oidc, school, "m")
        client.logout()
        client.post(reverse("account_login"), {"login": manager.email, "password": PASSWORD})
        assert client.get("/teach/")["Location"] == reverse("accounts:security")

    def test_a_person_with_a_factor_is_asked_here_unless_the_provider_asks(self, client, oidc, school, manager):
        add_passkey(actor=manager, user=manager, name="Phone", credential={})
        come_by_oidc(client, oidc, school, "m")
        assert user_of(client) is None
        change_connection(actor=SYSTEM, connection=school, asks_second_factor=True)
        come_by_oidc(client, oidc, school, "m")
        assert user_of(client) == manager


# SAML


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


# Setting up


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
