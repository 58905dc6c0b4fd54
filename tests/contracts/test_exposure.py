"""What lies beside the site is served to nobody: its secrets, its database, its history, lists of its files."""

import pytest
from django.conf import settings
from django.test import Client

BESIDE = [
    "/.env",
    "/.git/config",
    "/.git/HEAD",
    "/.ci/run",
    "/manage.py",
    "/pyproject.toml",
    "/lms/settings/base.py",
    "/var/db.sqlite3",
    "/db.sqlite3",
    "/var/secret-key",
    "/secret-key",
    "/backup.zip",
    "/dump.sql",
    "/media/",
    "/static/",
    "/static/../manage.py",
    "/static/%2e%2e/manage.py",
    "/static/..%2fmanage.py",
    "/static/js/",
    "/metrics",
    "/debug/",
    "/__debug__/",
    "/server-status",
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", BESIDE)
def test_nothing_beside_the_site_is_served(people, address):
    client = Client()
    found = [client.get(address).status_code]
    client.force_login(people.admin)
    found.append(client.get(address).status_code)
    # Strangers are asked to sign in where nothing is, too; nobody gets it.
    assert found[1] == 404
    assert found[0] in {302, 404}


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/profile/a.css", "/profile/%2fa.css", "/profile/;a.css", "/profile.css"])
def test_no_page_goes_by_the_name_of_a_file(people, address):
    """A cache in front that keeps all style sheets is not led to keep somebody's profile."""
    client = Client()
    client.force_login(people.student)
    assert client.get(address).status_code == 404


def test_pages_of_developers_are_off():
    assert (settings.DEBUG, "debug_toolbar" in settings.INSTALLED_APPS) == (False, False)
