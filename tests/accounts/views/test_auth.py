"""Signing up, in and out, and new passwords, as a visitor does it."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from accounts.services.people import change_email, end_user
from core.models import EventLog, OutgoingMail
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

SIGN_UP = {"name": "Imani Okafor", "email": "Imani@Example.org", "password1": "a quiet lake in the morning"}


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str):
    return client.post("/accounts/login/", {"login": email, "password": password, "remember": "on", **more})


def link(mail: OutgoingMail) -> str:
    """The path of the one link that the mail is about."""
    return re.findall(r"http://127\.0\.0\.1:8000(/accounts/\S+)", mail.text)[0]


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def without_tokens(response) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value=|csrf-token" content=)"[^"]+"', "", response.content.decode())


# Signing up


def test_sign_up_confirm_and_be_signed_in(client, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post("/accounts/signup/", SIGN_UP | {"time_zone": "Africa/Lagos"})
    assert (response.status_code, response["Location"]) == (302, "/accounts/confirm-email/")
    user = User.objects.get()
    assert (user.name, user.email, user.role, user.time_zone) == (
        "Imani Okafor",
        "imani@example.org",
        "student",
        "Africa/Lagos",
    )
    mail = OutgoingMail.objects.get()
    assert (mail.recipients, mail.state) == (["imani@example.org"], "kept")
    assert "imani@example.org" in text(client.get("/accounts/confirm-email/"))
    page = client.get(link(mail))
    assert (page.status_code, "_auth_user_id" in client.session) == (200, False)
    response = client.post(link(mail), {})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert set(EventLog.objects.values_list("name", flat=True)) == {"accounts.UserRegistered", "accounts.SignedIn"}


def test_one_lands_where_one_wanted_to_go(client):
    client.post("/accounts/signup/", SIGN_UP | {"next": "/courses/statistics/"})
    assert client.post(link(OutgoingMail.objects.get()), {})["Location"] == "/courses/statistics/"


def test_the_link_in_another_browser_confirms_but_signs_nobody_in(client):
    client.post("/accounts/signup/", SIGN_UP)
    other = Client()
    assert other.post(link(OutgoingMail.objects.get()), {})["Location"] == "/accounts/login/"
    assert EmailAddress.objects.get().verified
    assert "_auth_user_id" not in other.session


def test_a_taken_address_gets_the_same_answer_and_its_owner_a_mail(client, confirm):
    confirm(UserFactory(email="imani@example.org", name="The first"))
    taken = client.post("/accounts/signup/", SIGN_UP)
    fresh = Client().post("/accounts/signup/", SIGN_UP | {"email": "new@example.org"})
    assert (taken.status_code, taken["Location"]) == (fresh.status_code, fresh["Location"])
    assert without_tokens(client.get("/accounts/confirm-email/")).count("imani@example.org") == 1
    assert [(m.recipients, m.subject) for m in OutgoingMail.objects.order_by("id")] == [
        (["imani@example.org"], "You have an account at Northmoor College"),
        (["new@example.org"], "Confirm your address for Northmoor College"),
    ]
    assert User.objects.get(email="imani@example.org").name == "The first"


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"name": ""}, "name", "Enter your name as others should see it."),
        ({"name": "a" * 10_000}, "name", "Use a shorter form of your name, at most 150 characters."),
        ({"name": "a\x00b"}, "name", "Null characters are not allowed."),
        ({"email": "imani"}, "email", "Enter a whole email address, for example imani@northmoor.example."),
        (
            {"email": "a" * 300 + "@example.org"},
            "email",
            "Enter a whole email address, for example imani@northmoor.example.",
        ),
        ({"password1": "short"}, "password1", "Use at least 15 characters; a few words are fine."),
        (
            {"password1": "imani@example.org"},
            "password1",
            "This is too close to the name or email. Use a few other words.",
        ),
        ({"password1": "a" * 10_000}, "password1", "Use a shorter password, at most 200 characters."),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field(client, values, field, sentence):
    response = client.post("/accounts/signup/", SIGN_UP | values)
    assert sentence in response.context["form"].errors[field]
    assert (User.objects.count(), OutgoingMail.objects.count()) == (0, 0)


def test_typed_values_are_kept_but_not_the_password(client):
    html = client.post("/accounts/signup/", SIGN_UP | {"password1": "a small lake"}).content.decode()
    assert ('value="Imani Okafor"' in html, 'value="Imani@Example.org"' in html, "a small lake" in html) == (
        True,
        True,
        False,
    )


def test_a_zone_that_does_not_exist_is_no_reason_to_refuse(client):
    client.post("/accounts/signup/", SIGN_UP | {"time_zone": "Mars/Olympus"})
    assert User.objects.get().time_zone == ""


def test_nobody_signs_up_as_admin(client):
    client.post("/accounts/signup/", SIGN_UP | {"role": "admin", "is_active": "", "is_staff": "on"})
    assert (User.objects.get().role, User.objects.get().is_active) == ("student", True)


def test_a_closed_site_says_so(client, settings):
    settings.REGISTRATION_OPEN = False
    assert client.get("/accounts/signup/").status_code == 403
    response = client.post("/accounts/signup/", SIGN_UP)
    assert (response.status_code, User.objects.count()) == (403, 0)
    assert "adds people itself" in text(response)
    assert "/accounts/signup/" not in client.get("/accounts/login/").content.decode()


def test_the_link_is_sent_again_at_most_every_three_minutes(client):
    client.post("/accounts/signup/", SIGN_UP)
    assert client.post("/accounts/resend/")["Location"] == "/accounts/confirm-email/"
    assert OutgoingMail.objects.count() == 1
    cache.clear()
    client.post("/accounts/resend/")
    assert [m.subject for m in OutgoingMail.objects.all()] == ["Confirm your address for Northmoor College"] * 2


def test_the_kept_mail_is_linked_only_where_it_is_open(client, settings):
    assert "/sent-mail/" not in client.get("/accounts/confirm-email/").content.decode()
    settings.SENT_MAIL_OPEN = True
    assert "/sent-mail/" in client.get("/accounts/confirm-email/").content.decode()


def test_a_broken_link_says_what_to_do(client):
    response = client.get("/accounts/confirm-email/MTI:1abc:nonsense/")
    assert "This link cannot be used" in text(response)


# Signing in and out


def test_the_page_asks_the_database_nothing(client, django_assert_num_queries):
    client.get("/accounts/login/")
    with django_assert_num_queries(0):
        assert client.get("/accounts/login/").status_code == 200


def test_sign_in_and_out(client, confirm):
    confirm(UserFactory(email="sam@example.org"))
    assert sign_in(client, " SAM@example.org ")["Location"] == "/"
    assert client.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_a_wrong_password_an_unknown_address_and_an_ended_account_read_the_same(client, confirm, people):
    confirm(people.student)
    confirm(people.outsider)
    end_user(actor=people.admin, user=people.outsider)
    answers = [
        sign_in(Client(), "student@example.org", "not my password"),
        sign_in(Client(), "nobody@example.org"),
        sign_in(Client(), "outsider@example.org"),
    ]
    assert [(a.status_code, a.context["form"].non_field_errors()) for a in answers] == [
        (200, ["This email and password do not belong together. Check both, or reset the password."])
    ] * 3


def test_an_unconfirmed_address_leads_to_its_mail(client):
    UserFactory(email="sam@example.org")
    assert sign_in(client, "sam@example.org")["Location"] == "/accounts/confirm-email/"
    assert ("_auth_user_id" in client.session, OutgoingMail.objects.count()) == (False, 1)


@pytest.mark.parametrize(
    "values",
    [
        {"login": ""},
        {"login": "a\x00b@example.org"},
        {"login": "a" * 10_000 + "@example.org"},
        {"password": ""},
        {"password": "a\x00b"},
        {"password": "a" * 10_000},
    ],
)
def test_credentials_that_make_no_sense(client, values):
    response = client.post("/accounts/login/", {"login": "sam@example.org", "password": "x"} | values)
    assert (response.status_code, list(response.context["form"].errors)) == (200, list(values))


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/profile/", "/profile/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("http://localhost/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_next_stays_here(client, confirm, target, lands):
    confirm(UserFactory(email="sam@example.org"))
    assert sign_in(client, "sam@example.org", next=target)["Location"] == lands


def test_five_wrong_tries_make_the_next_wait(client, confirm):
    confirm(UserFactory(email="sam@example.org"))
    for _try in range(5):
        assert sign_in(client, "sam@example.org", "wrong").status_code == 200
    response = sign_in(client, "sam@example.org")
    assert (response.status_code, response["Retry-After"]) == (429, "1")
    assert "Wait 1 second, go back, and try again." in text(response)


def test_a_reset_by_mail_ends_the_wait(client, confirm):
    confirm(UserFactory(email="sam@example.org"))
    for _try in range(6):
        sign_in(Client(), "sam@example.org", "wrong")
    client.post("/accounts/password/reset/", {"email": "sam@example.org"})
    page = client.get(link(OutgoingMail.objects.get()), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "another quiet lake at noon"})
    assert sign_in(client, "sam@example.org", "another quiet lake at noon")["Location"] == "/"


def test_too_many_sign_ups_from_one_place_are_paused(client):
    answers = [client.post("/accounts/signup/", {}).status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]


# Passwords


@pytest.mark.parametrize("spelling", ["nobody@example.org", " NOBODY@Example.org "])
def test_resets_for_one_address_are_paused_here_and_over_the_api(client, spelling):
    for _time in range(5):
        assert client.post("/accounts/password/reset/", {"email": "nobody@example.org"}).status_code == 302
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    page = client.post("/accounts/password/reset/", {"email": spelling}, headers=forwarded)
    call = client.post("/api/v1/auth/password/reset/", {"email": spelling}, "application/json", headers=forwarded)
    assert [(answer.status_code, answer["Retry-After"]) for answer in (page, call)] == [(429, "60")] * 2
    assert OutgoingMail.objects.count() == 5


def test_reset_by_mail(client, confirm):
    user = confirm(UserFactory(email="sam@example.org", name="Sam O'Neill"))
    client.post("/accounts/password/reset/", {"email": "Sam@Example.org"})
    mail = OutgoingMail.objects.get()
    assert "Hello Sam O'Neill," in mail.text
    page = client.get(link(mail), follow=True)
    response = client.post(page.request["PATH_INFO"], {"password1": "another quiet lake at noon"})
    assert response["Location"] == "/accounts/password/reset/key/done/"
    user.refresh_from_db()
    assert user.check_password("another quiet lake at noon")
    assert "This link cannot be used" in text(Client().get(link(mail), follow=True))


@pytest.mark.parametrize("change", ["end", "email"])
def test_a_link_ends_with_the_account_and_with_the_address(client, confirm, people, change):
    user = confirm(UserFactory(email="sam@example.org"))
    client.post("/accounts/password/reset/", {"email": "sam@example.org"})
    page = client.get(link(OutgoingMail.objects.get()), follow=True)
    if change == "end":
        end_user(actor=people.admin, user=user)
    else:
        change_email(actor=people.admin, user=user, email="other@example.org")
    response = client.post(page.request["PATH_INFO"], {"password1": "another quiet lake at noon"})
    assert "This link cannot be used" in text(response)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_reset_does_not_tell_who_has_an_account(client, confirm, people):
    confirm(people.student)
    end_user(actor=people.admin, user=people.outsider)
    answers = [
        client.post("/accounts/password/reset/", {"email": email}, follow=True)
        for email in ("student@example.org", "nobody@example.org", "outsider@example.org")
    ]
    assert len({(a.status_code, tuple(a.redirect_chain), without_tokens(a)) for a in answers}) == 1
    assert [(m.recipients[0], m.subject) for m in OutgoingMail.objects.order_by("id")] == [
        ("student@example.org", "Choose a new password for Northmoor College"),
        ("nobody@example.org", "Your address at Northmoor College"),
        ("outsider@example.org", "Your address at Northmoor College"),
    ]


def test_change_password(client, confirm):
    user = confirm(UserFactory(email="sam@example.org"))
    sign_in(client, "sam@example.org")
    wrong = client.post("/accounts/password/change/", {"oldpassword": "no", "password1": "another quiet lake at noon"})
    assert list(wrong.context["form"].errors) == ["oldpassword"]
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "another quiet lake at noon"})
    user.refresh_from_db()
    assert (user.check_password("another quiet lake at noon"), "_auth_user_id" in client.session) == (True, False)


def test_visitors_do_not_change_passwords(client):
    assert client.get("/accounts/password/change/").status_code == 302
    assert client.get("/accounts/email/").status_code in (302, 404)


def test_mail_links_do_not_follow_the_host_header(client, confirm):
    confirm(UserFactory(email="sam@example.org"))
    client.post("/accounts/password/reset/", {"email": "sam@example.org"}, headers={"host": "localhost"})
    assert "localhost" not in OutgoingMail.objects.get().text
