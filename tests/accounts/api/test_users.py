import uuid

import pytest

from accounts.models import User
from core.models import OutgoingMail
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

USERS = "/api/v1/users/"
ME = "/api/v1/me/"
NEW = {"name": "Imani Okafor", "email": "Imani@Example.org"}


def url(user: User) -> str:
    return f"{USERS}{user.public_id}/"


def names(response) -> list[str]:
    return [row["name"] for row in response.json()["results"]]


def test_me(api, people):
    assert api(people.student).get(ME).json() == {
        "id": str(people.student.public_id),
        "name": "Sam Student",
        "email": "student@example.org",
        "role": "student",
        "is_active": True,
        "time_zone": "",
        "joined_at": people.student.date_joined.isoformat().replace("+00:00", "Z"),
        "ended_at": None,
        "language": "",
        "theme": "",
        "reading_face": "",
        "pronouns": "",
        "bio": "",
        "picture": "",
        "phone": "",
        "suspended_at": None,
        "last_seen_at": None,
        "has_second_factor": False,
    }


def test_one_changes_oneself_but_not_what_one_is(api, people):
    body = {
        "name": " Sam  S",
        "theme": "dark",
        "role": "admin",
        "is_active": False,
        "email": "x@example.org",
        "id": "1",
    }
    response = api(people.student).patch(ME, body)
    assert (response.status_code, response.json()["name"], response.json()["theme"]) == (200, "Sam S", "dark")
    people.student.refresh_from_db()
    user = people.student
    assert (user.role, user.is_active, user.email) == ("student", True, "student@example.org")


def test_strangers_are_nobody(api):
    answers = [api().get(ME), api().patch(ME, {}), api().get(USERS), api().post(USERS, NEW)]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(401, "not_signed_in")] * 4


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a" * 10_000},
        {"name": "a\x00b"},
        {"name": ""},
        {"name": ["x"]},
        {"name": None},
        {"name": {"a": 1}},
        {"time_zone": "Mars"},
        {"time_zone": 7},
        {"theme": "pink"},
        {"language": "xx"},
    ],
)
def test_values_that_make_no_sense(api, people, body):
    response = api(people.student).patch(ME, body)
    assert (response.status_code, response.json()["code"], list(response.json()["errors"])) == (
        400,
        "invalid",
        list(body),
    )
    people.student.refresh_from_db()
    assert people.student.name == "Sam Student"


def test_a_list_of_whom_one_may_see(api, people, taught):
    assert api(people.admin).get(USERS).json()["count"] is None
    assert api(people.admin).get(f"{USERS}?count=exact").json()["count"] == 9
    assert names(api(people.student).get(USERS)) == ["Sam Student"]
    assert names(api(people.outsider).get(USERS)) == ["Oda Outsider"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=tariq", ["Tariq Teacher"]),
        ("role=manager&ordering=-name", ["Tariq Teacher", "Olga Owner", "Noor Neighbour"]),
        ("state=ended", []),
        ("page_size=2&ordering=email", ["Ada Admin", "Asa Assistant"]),
        ("page_size=2&ordering=-joined_at", ["Ada Admin", "Noor Neighbour"]),
        ("q=st&role=student&seen=never&factor=no", ["Asa Assistant", "Sam Student"]),
    ],
)
def test_filters_and_pages(api, people, query, found):
    assert names(api(people.admin).get(f"{USERS}?{query}")) == found


@pytest.mark.parametrize(
    "query", ["role=x", "ordering=password", "state=x", "q=a%00b", "cursor=x", "count=1", "page=2", "seen=x"]
)
def test_filters_that_do_not_exist(api, people, query):
    assert api(people.admin).get(f"{USERS}?{query}").status_code == 400


def test_the_links_lead_on_and_back(api, people):
    program = api(people.admin)
    first = program.get(f"{USERS}?page_size=4&ordering=-email").json()
    second = program.get(first["next"]).json()
    third = program.get(second["next"]).json()
    rows = [row["email"] for part in (first, second, third) for row in part["results"]]
    assert rows == sorted(User.objects.values_list("email", flat=True), reverse=True)
    assert (first["previous"], third["next"]) == (None, None)
    assert program.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize(
    "cursor", ["bnVsbA", "WzAsMV0", "A" * 3000, "%F0%9F", "WzAsIngiLCI5OTk5OTk5OTk5OTk5OTk5OTk5OTkiXQ"]
)
def test_cursors_that_are_none(api, people, cursor):
    response = api(people.admin).get(f"{USERS}?cursor={cursor}")
    assert (response.status_code, list(response.json()["errors"])) == (400, ["cursor"])


def test_what_is_private_stays_so(api, people, taught):
    User.objects.filter(pk=people.student.pk).update(phone="+441632960001", has_second_factor=True)
    seen = {who: api(getattr(people, who)).get(url(people.student)).json() for who in ("teacher", "admin", "student")}
    assert {who: (row["phone"], row["has_second_factor"]) for who, row in seen.items()} == {
        "teacher": (None, None),
        "admin": ("+441632960001", True),
        "student": ("+441632960001", True),
    }


def test_an_admin_suspends_somebody(api, people, confirm):
    confirm(people.student)
    program = api(people.admin)
    answers = [program.post(f"{url(people.student)}suspend/", {"reason": "Fees are open"}) for _ in range(2)]
    assert [(a.status_code, a.json()["is_active"]) for a in answers] == [(200, False)] * 2
    body = {"email": people.student.email, "password": PASSWORD}
    refused = api().post("/api/v1/auth/token/", body)
    assert (refused.status_code, refused.json()["code"], "Fees are open" in refused.json()["title"]) == (
        403,
        "account_suspended",
        True,
    )
    assert api().post("/api/v1/auth/token/", body | {"password": "x"}).json()["code"] == "sign_in_refused"
    assert program.post(f"{url(people.student)}restore/").json()["suspended_at"] is None


def test_suspending_that_cannot_be(api, people, taught):
    reason = {"reason": "x"}
    answers = [
        api(people.admin).post(f"{url(people.student)}suspend/", {"reason": " "}),
        api(people.admin).post(f"{url(people.admin)}suspend/", reason),
        api(people.teacher).post(f"{url(people.student)}suspend/", reason),
        api(people.outsider).post(f"{url(people.student)}suspend/", reason),
    ]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [
        (400, "invalid"),
        (409, "not_yourself"),
        (403, "not_allowed"),
        (404, "not_found"),
    ]


def test_a_list_costs_the_same_with_more(api, people, django_assert_max_num_queries):
    program = api(people.admin)
    with django_assert_max_num_queries(4) as few:
        program.get(USERS)
    UserFactory.create_batch(20)
    with django_assert_max_num_queries(len(few)):
        assert len(names(program.get(USERS))) == 25


def test_nobody_gives_themselves_what_is_not_theirs_to_give(api, people):
    before = User.objects.filter(pk=people.student.pk).values().get()
    given = {"role": "admin", "is_staff": True, "is_superuser": True, "is_active": False, "email": "boss@example.org"}
    for address in ("/api/v1/me/", url(people.student)):
        answer = api(people.student).patch(address, given | {"id": str(people.admin.public_id), "bio": "Hello"})
        assert answer.status_code in {200, 400, 403}, address
    after = User.objects.filter(pk=people.student.pk).values().get()
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"bio", "updated_at", "version"}
    assert after["bio"] == "Hello"


def test_an_admin_makes_an_account(api, people):
    response = api(people.admin).post(USERS, NEW | {"role": "manager", "is_superuser": True})
    user = User.objects.get(email="imani@example.org")
    assert (response.status_code, response["Location"], response.json()["id"]) == (201, url(user), str(user.public_id))
    assert (user.role, user.has_usable_password(), OutgoingMail.objects.count()) == ("manager", False, 1)
    assert "password" not in response.json()


def test_a_person_with_a_password_signs_in_at_once(api, people):
    api(people.admin).post(USERS, NEW | {"password": "a quiet lake in the morning"})
    body = {"email": "imani@example.org", "password": "a quiet lake in the morning"}
    assert (api().post("/api/v1/auth/token/", body).status_code, OutgoingMail.objects.count()) == (200, 0)


def test_the_same_key_makes_one_account(api, people):
    program = api(people.admin)
    answers = [program.post(USERS, NEW, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 201]
    assert (answers[0].json(), OutgoingMail.objects.count()) == (answers[1].json(), 1)


@pytest.mark.parametrize("who", ["owner", "student", "outsider"])
def test_others_make_none(api, people, who):
    response = api(getattr(people, who)).post(USERS, NEW)
    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(
    ("values", "status", "fields"),
    [
        ({"email": "student@example.org"}, 409, ["email"]),
        ({"email": "x"}, 400, ["email"]),
        ({"role": "owner"}, 400, ["role"]),
        ({"password": "short"}, 400, ["password"]),
        ({"name": 10_000 * "a"}, 400, ["name"]),
    ],
)
def test_accounts_that_cannot_be_made(api, people, values, status, fields):
    response = api(people.admin).post(USERS, NEW | values)
    assert (response.status_code, list(response.json()["errors"])) == (status, fields)
    assert not User.objects.filter(email="imani@example.org").exists()


def test_reading_by_role(api, people, taught):
    seen = {name: api(getattr(people, name)).get(url(people.student)).status_code for name in vars(people)}
    assert seen == {
        name: 200 if getattr(people, name).has_perm("accounts.view_user", people.student) else 404
        for name in vars(people)
    }
    assert (seen["admin"], seen["student"], seen["outsider"], seen["other_owner"]) == (200, 200, 404, 404)


def test_changing_by_role(api, people):
    assert api(people.admin).patch(url(people.student), {"role": "manager", "name": "S"}).json()["role"] == "manager"
    assert api(people.outsider).patch(url(people.outsider), {"name": "Oda"}).json()["name"] == "Oda"
    assert api(people.outsider).patch(url(people.outsider), {"role": "admin"}).status_code == 403
    assert api(people.outsider).patch(url(people.outsider), {"email": "x@example.org"}).status_code == 403
    assert api(people.outsider).patch(url(people.student), {"name": "x"}).status_code == 404
    people.outsider.refresh_from_db()
    assert (people.outsider.role, people.outsider.email) == ("student", "outsider@example.org")


def test_ending_is_no_erasing_and_may_be_repeated(api, people):
    program = api(people.admin)
    assert [program.delete(url(people.student)).status_code for _ in range(2)] == [204, 204]
    body = program.get(url(people.student)).json()
    assert (body["is_active"], body["ended_at"] is not None) == (False, True)
    assert program.post(f"{url(people.student)}restore/").json()["is_active"] is True


def test_ending_by_role(api, people):
    assert api(people.student).delete(url(people.student)).status_code == 403
    assert api(people.outsider).delete(url(people.student)).status_code == 404
    assert api(people.student).post(f"{url(people.student)}restore/").status_code == 403
    response = api(people.admin).delete(url(people.admin))
    assert (response.status_code, response.json()["code"]) == (409, "last_admin")


def test_addresses_that_do_not_exist(api, people):
    for path in (f"{USERS}{uuid.uuid4()}/", f"{USERS}{people.student.pk}/", f"{USERS}nonsense/"):
        assert api(people.admin).get(path).status_code == 404
