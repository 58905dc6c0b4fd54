import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.services.signup import register
from core.errors import Conflict
from core.models import EventLog
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
WORDS = "a quiet lake in the morning"


def test_a_new_account_is_a_student_with_an_unconfirmed_address():
    user = register(name=" Imani  Okafor", email="Imani@Example.org", password=WORDS, time_zone="Africa/Lagos")
    assert (user.name, user.email, user.role, user.time_zone, user.check_password(WORDS)) == (
        "Imani Okafor",
        "imani@example.org",
        "student",
        "Africa/Lagos",
        True,
    )
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("imani@example.org", False, True)
    ]
    entry = EventLog.objects.get()
    assert (entry.name, entry.actor_id, entry.body) == ("accounts.UserRegistered", user.pk, {"user_id": user.pk})


def test_a_taken_address_leaves_nothing_behind():
    UserFactory(email="imani@example.org")
    with pytest.raises(Conflict) as caught:
        register(name="Imani", email="IMANI@example.org", password=WORDS)
    assert (caught.value.code, User.objects.count(), EventLog.objects.count()) == ("email_taken", 1, 0)


def test_a_closed_site_makes_no_accounts(settings):
    settings.REGISTRATION_OPEN = False
    with pytest.raises(Conflict) as caught:
        register(name="Imani", email="imani@example.org", password=WORDS)
    assert (caught.value.code, User.objects.count()) == ("registration_closed", 0)
