import pytest
from django.core.management import call_command

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_the_first_admin_signs_in_without_a_mail(client, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a quiet lake in the morning")
    call_command("createsuperuser", "--noinput", email="Ada@example.org", name="Ada", verbosity=0)
    body = {"login": "ada@example.org", "password": "a quiet lake in the morning"}
    assert client.post("/accounts/login/", body)["Location"] == "/"
    assert User.objects.get().is_superuser
