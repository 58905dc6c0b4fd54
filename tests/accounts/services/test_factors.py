import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.core.exceptions import ValidationError
from django.test import RequestFactory

from accounts.models import GivenReason, User
from accounts.services.factors import (
    WrongCode,
    add_totp,
    new_recovery_codes,
    remove_factor,
    reset_factors,
    use_code,
)
from accounts.services.profile import set_password
from accounts.services.tries import TooManyTries
from accounts.validators import validate_new_password
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog, OutgoingMail

pytestmark = pytest.mark.django_db

REQUEST = RequestFactory().get("/")


def code(secret: str, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


@pytest.fixture
def secret() -> str:
    return generate_totp_secret()


@pytest.fixture
def codes(people, secret) -> list[str]:
    """The student's recovery codes, after setting up an app."""
    return add_totp(actor=people.student, user=people.student, secret=secret, code=code(secret), request=REQUEST)


def test_an_app_is_added_with_recovery_codes_and_its_secret_cannot_be_read(people, secret, codes):
    assert len(set(codes)) == 10
    assert User.objects.get(pk=people.student.pk).has_second_factor
    stored = {row.type: row.data for row in Authenticator.objects.filter(user=people.student)}
    assert set(stored) == {"totp", "recovery_codes"}
    assert secret not in str(stored)
    told = EventLog.objects.filter(name="accounts.SecondFactorChanged").values_list("body__kind", "body__added")
    assert sorted(told) == [("recovery_codes", True), ("totp", True)]
    assert OutgoingMail.objects.get().subject.startswith("How you sign in")


def test_each_code_works_once(people, secret, codes):
    with pytest.raises(WrongCode):  # it set the app up
        use_code(user=people.student, code=code(secret), request=REQUEST)
    later = code(secret, 1)
    assert use_code(user=people.student, code=f" {later[:3]} {later[3:]}", request=REQUEST).type == "totp"
    with pytest.raises(WrongCode):
        use_code(user=people.student, code=later, request=REQUEST)
    assert use_code(user=people.student, code=codes[3], request=REQUEST).type == "recovery_codes"
    with pytest.raises(WrongCode):
        use_code(user=people.student, code=codes[3], request=REQUEST)


def test_wrong_codes_make_the_next_try_wait(people, secret, codes):
    for _ in range(5):
        with pytest.raises(WrongCode):
            use_code(user=people.student, code="000000", request=REQUEST)
    with pytest.raises(TooManyTries):
        use_code(user=people.student, code=code(secret, 1), request=REQUEST)


def test_new_recovery_codes_end_the_old_ones(people, codes):
    new = new_recovery_codes(actor=people.student, user=people.student)
    assert not set(new) & set(codes)
    with pytest.raises(WrongCode):
        use_code(user=people.student, code=codes[0], request=REQUEST)
    assert use_code(user=people.student, code=new[0], request=REQUEST).type == "recovery_codes"


def test_recovery_codes_go_with_the_last_factor(people, codes):
    remove_factor(actor=people.student, factor=Authenticator.objects.get(type="totp"))
    assert Authenticator.objects.count() == 0
    assert not User.objects.get(pk=people.student.pk).has_second_factor
    with pytest.raises(Conflict):
        new_recovery_codes(actor=people.student, user=people.student)


def test_a_short_password_does_not_stand_alone(people, codes):
    people.student.refresh_from_db()
    set_password(actor=people.student, user=people.student, password="kx quiet")
    with pytest.raises(Conflict) as refused:
        remove_factor(actor=people.student, factor=Authenticator.objects.get(type="totp"))
    assert refused.value.code == "password_too_short_alone"
    assert Authenticator.objects.count() == 2
    set_password(actor=people.student, user=people.student, password="a lake quieter than noon")
    remove_factor(actor=people.student, factor=Authenticator.objects.get(type="totp"))
    assert Authenticator.objects.count() == 0


def test_beside_a_second_factor_eight_characters_are_enough(people, codes):
    people.student.refresh_from_db()
    validate_new_password("kx quiet", people.student)
    with pytest.raises(ValidationError) as refused:
        validate_new_password("kx quiet", people.other_student)
    assert [error.code for error in refused.value.error_list] == ["password_too_short"]


def test_an_admin_resets_what_was_lost(people, codes):
    with pytest.raises(Invalid):
        reset_factors(actor=people.admin, user=people.student, reason=" ")
    reset_factors(actor=people.admin, user=people.student, reason="Phone lost, seen in person")
    stored = User.objects.get(pk=people.student.pk)
    assert (stored.has_second_factor, stored.sign_in_epoch) == (False, people.student.sign_in_epoch + 1)
    given = GivenReason.objects.get()
    assert (given.user, given.text) == (people.student, "Phone lost, seen in person")
    assert EventLog.objects.filter(body__reason_id=given.pk, body__added=False).count() == 2
    assert OutgoingMail.objects.count() == 2


def test_nobody_changes_the_factors_of_somebody_else(people, secret, codes):
    factor = Authenticator.objects.get(type="totp")
    with pytest.raises(NotAllowed):
        remove_factor(actor=people.other_student, factor=factor)
    with pytest.raises(NotAllowed):
        reset_factors(actor=people.teacher, user=people.student, reason="No")


def test_a_secret_that_cannot_be_read_any_more_matches_nothing(people, codes, settings):
    settings.SECRET_KEY = "another-secret-" + "k3y" * 20
    for text in (codes[0], format_hotp_value(hotp_value("", int(time.time()) // 30))):
        with pytest.raises(WrongCode):
            use_code(user=people.student, code=text, request=REQUEST)
