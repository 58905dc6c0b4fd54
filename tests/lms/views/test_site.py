"""Error codes, style guide, offline page, robots, favicon."""

import pytest

from lms.error_docs import ERROR_DOCS


@pytest.mark.django_db
class TestErrorDocs:
    @pytest.mark.parametrize("code", sorted(ERROR_DOCS))
    def test_each_code_has_a_page(self, client, code):
        page = client.get(f"/docs/errors/{code}/").content.decode()
        assert f"<code>{code}</code>" in page
        assert f"HTTP status {ERROR_DOCS[code].status}" in page

    def test_all_are_listed(self, client):
        page = client.get("/docs/errors/").content.decode()
        assert [code for code in ERROR_DOCS if f"/docs/errors/{code}/" not in page] == []

    def test_an_unknown_code(self, client):
        assert client.get("/docs/errors/unheard_of/").status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("owner", 200), ("student", 403), ("outsider", 403), (None, 302)]
)
def test_the_style_guide_is_for_those_who_make_pages(client, people, role, status):
    if role:
        client.force_login(getattr(people, role))
    assert client.get("/styleguide/").status_code == status


def test_the_style_guide_shows_samples_and_errors(client, people):
    client.force_login(people.admin)
    page = client.get("/styleguide/").content.decode()
    assert "The view gave no samples" not in page
    assert "Enter a valid email address." in page


@pytest.mark.django_db
def test_offline(client):
    assert "offline" in client.get("/offline/").content.decode()


def test_robots(client):
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "Disallow: /admin/" in response.content.decode()


def test_favicon(client):
    response = client.get("/favicon.ico")
    assert (response.status_code, response["Location"]) == (301, "/static/icons/favicon.svg")
