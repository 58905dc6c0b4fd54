import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.services.people import end_user
from core.models import OutgoingMail
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def names(response) -> list[str]:
    return [user.name for user in response.context["page"]]


def test_admins_see_everybody(client, people):
    client.force_login(people.admin)
    assert names(client.get("/people/")) == sorted(User.objects.values_list("name", flat=True))


@pytest.mark.parametrize("who", ["owner", "student", "outsider"])
def test_others_do_not(client, people, who):
    client.force_login(getattr(people, who))
    assert (client.get("/people/").status_code, client.get("/people/new/").status_code) == (403, 403)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=tariq", ["Tariq Teacher"]),
        ("q=SECOND%40", ["Suri Second"]),
        ("q=o+owner", ["Olga Owner"]),
        ("q=%25", []),
        ("q=a%00b&role=admin", ["Ada Admin"]),
        ("role=manager", ["Noor Neighbour", "Olga Owner", "Tariq Teacher"]),
        ("state=ended", ["Oda Outsider"]),
        ("role=nonsense&q=sam", ["Sam Student"]),
        ("page=999&q=sam", ["Sam Student"]),
    ],
)
def test_search_and_filters(client, people, query, found):
    end_user(actor=people.admin, user=people.outsider)
    client.force_login(people.admin)
    assert names(client.get(f"/people/?{query}")) == found


def test_a_page_has_25_people_and_costs_the_same_with_more(client, people, django_assert_max_num_queries):
    client.force_login(people.admin)
    client.get("/people/")
    with django_assert_max_num_queries(12) as few:
        client.get("/people/")
    UserFactory.create_batch(30)
    with django_assert_max_num_queries(len(few)):
        response = client.get("/people/")
    assert (len(names(response)), response.context["page"].paginator.count) == (25, 39)


def test_looking_writes_nothing(client, people):
    client.force_login(people.admin)
    with CaptureQueriesContext(connection) as queries:
        for page in ("/people/", "/people/new/", people.student.get_absolute_url(), "/profile/"):
            client.get(page)
    assert [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))] == []


def test_the_search_answers_htmx_with_the_rows_alone(client, people):
    client.force_login(people.admin)
    html = client.get("/people/?q=sam", headers={"HX-Request": "true"}).content.decode()
    assert ("<html" in html, "Sam Student" in html) == (False, True)


def test_a_person_for_those_who_may_see_them(client, people, taught):
    for who, status in {"admin": 200, "student": 200, "outsider": 404, "other_owner": 404}.items():
        client.force_login(getattr(people, who))
        assert client.get(people.student.get_absolute_url()).status_code == status, who


def test_only_admins_get_the_forms(client, people):
    client.force_login(people.student)
    assert "role_form" not in client.get(people.student.get_absolute_url()).context
    client.force_login(people.admin)
    assert "role_form" in client.get(people.student.get_absolute_url()).context


def test_an_admin_adds_a_person(client, people):
    client.force_login(people.admin)
    response = client.post("/people/new/", {"name": "Imani", "email": "imani@example.org", "role": "manager"})
    user = User.objects.get(email="imani@example.org")
    assert (response["Location"], user.role) == (user.get_absolute_url(), "manager")
    assert OutgoingMail.objects.get().recipients == ["imani@example.org"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"email": "x"}, "email"),
        ({"email": "student@example.org"}, "email"),
        ({"role": "x"}, "role"),
    ],
)
def test_a_person_that_cannot_be_added(client, people, values, field):
    client.force_login(people.admin)
    response = client.post("/people/new/", {"name": "Imani", "email": "i@example.org", "role": "student"} | values)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])


def test_role_end_restore_and_invite(client, people):
    client.force_login(people.admin)
    page = people.student.get_absolute_url()
    assert client.post(f"{page}role/", {"role": "manager"})["Location"] == page
    client.post(f"{page}invite/")
    client.post(f"{page}end/")
    people.student.refresh_from_db()
    assert (people.student.role, people.student.is_active, OutgoingMail.objects.count()) == ("manager", False, 1)
    client.post(f"{page}restore/")
    people.student.refresh_from_db()
    assert people.student.is_active


@pytest.mark.parametrize("action", ["role", "end", "restore", "invite"])
def test_nobody_else_does_that(client, people, action):
    page = people.student.get_absolute_url()
    client.force_login(people.student)
    assert client.post(f"{page}{action}/", {"role": "admin"}).status_code == 403
    client.force_login(people.outsider)
    assert client.post(f"{page}{action}/", {"role": "admin"}).status_code == 404
    assert client.get(f"{page}{action}/").status_code == 405
    people.student.refresh_from_db()
    assert (people.student.role, people.student.is_active) == ("student", True)


def test_the_last_admin_is_told(client, people):
    client.force_login(people.admin)
    response = client.post(f"{people.admin.get_absolute_url()}end/", follow=True)
    assert "This is the only admin" in response.content.decode()
    assert reverse("accounts:person-end", args=[people.admin.public_id]) in response.content.decode()
