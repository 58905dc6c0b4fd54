"""Signing in by OpenID Connect, against a provider that others wrote."""

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
from accounts.identity import Identity
from accounts.models import Connection, Device, User
from accounts.services.connections import change_connection, link_account, unlink_account
from accounts.services.factors import add_passkey
from core.authz import SYSTEM
from core.errors import Conflict
from core.models import OutgoingMail
from tests.accounts.signing_on import away, come_by_oidc, come_by_saml, user_of
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD
from tests.providers.running import oidc_provider

pytestmark = [pytest.mark.django_db(transaction=False), pytest.mark.xdist_group("sso")]


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
