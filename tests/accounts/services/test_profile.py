import pytest

from accounts.models import TokenFamily
from accounts.services.profile import change_profile, set_password
from accounts.services.tokens import issue_tokens
from core.errors import Invalid, NotAllowed
from core.models import EventLog

pytestmark = pytest.mark.django_db


def test_people_change_their_profile(people):
    changed = change_profile(
        actor=people.student, user=people.student, name=" Sam  S ", time_zone="Asia/Kolkata", theme="dark"
    )
    assert (changed.name, changed.time_zone, changed.theme) == ("Sam S", "Asia/Kolkata", "dark")
    entry = EventLog.objects.get()
    assert (entry.name, entry.body) == (
        "accounts.UserChanged",
        {"user_id": people.student.pk, "fields": ["name", "theme", "time_zone"]},
    )


def test_what_is_as_it_was_writes_nothing(people, django_assert_num_queries):
    with django_assert_num_queries(3):  # savepoint or begin, read, end
        change_profile(actor=people.student, user=people.student, name="Sam Student")
    assert EventLog.objects.count() == 0


def test_nobody_changes_somebody_else(people):
    with pytest.raises(NotAllowed):
        change_profile(actor=people.outsider, user=people.student, name="Mine")


@pytest.mark.parametrize(
    "values",
    [
        {"role": "admin"},
        {"is_active": False},
        {"email": "other@example.org"},
        {"name": ""},
        {"name": "see https://example.org"},
        {"name": "a" * 10_000},
        {"time_zone": "Nowhere"},
        {"language": "xx"},
        {"theme": "pink"},
    ],
)
def test_refused_values_change_nothing(people, values):
    with pytest.raises(Invalid) as caught:
        change_profile(actor=people.student, user=people.student, **values)
    assert list(caught.value.fields) == list(values)
    before = dict(vars(people.student))
    people.student.refresh_from_db()
    assert {k: before[k] for k in values} == {k: getattr(people.student, k) for k in values}


def test_a_new_password_ends_tokens(people):
    issue_tokens(user=people.student)
    set_password(actor=people.student, user=people.student, password="another quiet lake at noon")
    people.student.refresh_from_db()
    assert people.student.check_password("another quiet lake at noon")
    assert TokenFamily.objects.filter(ended_at=None).count() == 0
    assert EventLog.objects.get().body == {"user_id": people.student.pk, "fields": ["password"]}


def test_people_say_something_about_themselves(people):
    text = "I teach.\r\n\r\n\r\n\r\nAnd row. \u0635\u0628\u0627\u062d"
    changed = change_profile(actor=people.student, user=people.student, bio=text, pronouns=" they/ them ")
    assert (changed.bio, changed.pronouns) == ("I teach.\n\nAnd row. \u0635\u0628\u0627\u062d", "they/ them")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bio", "a\u202eb"),
        ("bio", "a\x00b"),
        ("bio", "x" * 1001),
        ("pronouns", "sh\u202ee"),
        ("pronouns", "https://evil.example"),
        ("pronouns", "x" * 41),
    ],
)
def test_what_hides_or_is_too_long_is_refused(people, field, value):
    with pytest.raises(Invalid) as caught:
        change_profile(actor=people.student, user=people.student, **{field: value})
    assert list(caught.value.fields) == [field]
