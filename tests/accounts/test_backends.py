import pytest
from django.contrib.auth import get_backends

from accounts.backends import AccountBackend
from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_the_person_of_a_session_is_whole():
    person = UserFactory(language="en-gb", bio="Reads maps.")
    found = AccountBackend().get_user(str(person.pk))
    columns = [field.attname for field in User._meta.concrete_fields]
    stored = User.objects.get(pk=person.pk)
    assert found is not None
    assert found.get_deferred_fields() == set()
    assert {name: getattr(found, name) for name in columns} == {name: getattr(stored, name) for name in columns}


@pytest.mark.parametrize("active", [True, False])
def test_an_ended_account_has_no_session(active):
    person = UserFactory(is_active=active)
    assert (AccountBackend().get_user(person.pk) is not None) == active


def test_nobody_is_found_for_an_unknown_number():
    assert AccountBackend().get_user(0) is None


def test_sessions_are_asked_for_by_this_backend():
    assert any(type(backend) is AccountBackend for backend in get_backends())
