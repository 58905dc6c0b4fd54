"""The sent-mail page: whose eyes, what is shown."""

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import OutgoingMail

LOOPBACK = {"REMOTE_ADDR": "127.0.0.1"}


def write_mail(
    subject: str = "Confirm your address", text: str = "Go to http://127.0.0.1:8000/confirm/abc/ <b>"
) -> OutgoingMail:
    connection = get_connection("core.mail.OutboxBackend")
    message = EmailMultiAlternatives(subject, text, "no-reply@example.org", ["sam@example.org"], connection=connection)
    message.attach_alternative("<script>alert(1)</script>", "text/html")
    message.send()
    return OutgoingMail.objects.latest("pk")


@pytest.fixture
def admin_client(client, people):
    client.force_login(people.admin)
    return client


@pytest.mark.django_db
class TestEyes:
    def test_admins_always(self, admin_client):
        write_mail()
        assert b"Confirm your address" in admin_client.get("/sent-mail/").content

    @pytest.mark.parametrize("role", ["owner", "student"])
    def test_other_people_never(self, client, people, role):
        mail = write_mail()
        client.force_login(getattr(people, role))
        assert client.get("/sent-mail/").status_code == 403
        assert client.get(f"/sent-mail/{mail.public_id}/").status_code == 403

    def test_visitors_are_sent_to_sign_in(self, client):
        mail = write_mail()
        for address in ("/sent-mail/", f"/sent-mail/{mail.public_id}/"):
            response = client.get(address, **LOOPBACK)
            assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={address}")

    def test_whoever_sits_at_the_machine_of_an_open_installation(self, client, settings):
        settings.SENT_MAIL_OPEN = True
        mail = write_mail()
        assert client.get("/sent-mail/", **LOOPBACK).status_code == 200
        assert client.get(f"/sent-mail/{mail.public_id}/", REMOTE_ADDR="::1").status_code == 200

    @pytest.mark.parametrize(
        "extra",
        [
            {"REMOTE_ADDR": "192.0.2.7"},
            {"REMOTE_ADDR": ""},
            {**LOOPBACK, "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
            {**LOOPBACK, "HTTP_FORWARDED": "for=127.0.0.1"},
            {**LOOPBACK, "HTTP_X_REAL_IP": "127.0.0.1"},
            {**LOOPBACK, "HTTP_VIA": "1.1 proxy"},
        ],
    )
    def test_nobody_from_outside_or_through_a_proxy(self, client, settings, extra):
        settings.SENT_MAIL_OPEN = True
        write_mail()
        assert client.get("/sent-mail/", **extra).status_code == 302

    def test_not_once_there_is_a_mail_server(self, client, settings):
        settings.SENT_MAIL_OPEN = True
        settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
        assert client.get("/sent-mail/", **LOOPBACK).status_code == 302


@pytest.mark.django_db
class TestPages:
    def test_a_mail_is_shown_as_text_with_its_links(self, admin_client):
        mail = write_mail()
        page = admin_client.get(f"/sent-mail/{mail.public_id}/").content.decode()
        assert '<a href="http://127.0.0.1:8000/confirm/abc/" rel="nofollow">' in page
        assert "&lt;b&gt;" in page
        assert "alert(1)" not in page

    def test_an_unknown_mail(self, admin_client):
        assert admin_client.get("/sent-mail/01234567-89ab-7def-8123-456789abcdef/").status_code == 404

    def test_an_empty_box(self, admin_client):
        assert b"No mail yet" in admin_client.get("/sent-mail/").content

    def test_asking_for_news_answers_nothing_until_there_is_some(self, admin_client):
        first = admin_client.get("/sent-mail/", headers={"HX-Request": "true"})
        state = first.context["newest"]
        assert admin_client.get(f"/sent-mail/?newest={state}").status_code == 204

        write_mail("Another")

        news = admin_client.get(f"/sent-mail/?newest={state}", headers={"HX-Request": "true"})
        assert news.status_code == 200
        assert b"Another" in news.content
        assert b"<html" not in news.content

    def test_queries_stay_the_same_and_nothing_is_written(self, admin_client):
        counts = []
        for _round in range(2):
            write_mail()
            with CaptureQueriesContext(connection) as queries:
                admin_client.get("/sent-mail/")
            counts.append(len(queries))
            assert not [q for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
            for number in range(5):
                write_mail(str(number))
        assert counts[0] == counts[1]


def test_long_lists_are_paged(admin_client, db):
    for number in range(26):
        write_mail(f"Number {number}")
    second = admin_client.get("/sent-mail/?page=2").content
    assert b"Number 0" in second
    assert b"Number 25" not in second
