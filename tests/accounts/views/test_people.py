from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services.people import end_user, suspend_user
from accounts.services.tokens import issue_tokens
from core.models import OutgoingMail
from tests.factories import UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


def names(response) -> list[str]:
    return [user.name for user in response.context["page"].rows]


def test_admins_see_everybody(client, people):
    client.force_login(people.admin)
    assert names(client.get("/people/")) == sorted(User.objects.values_list("name", flat=True))


@pytest.mark.parametrize("who", ["student", "outsider"])
def test_others_do_not(client, people, who):
    client.force_login(getattr(people, who))
    assert (client.get("/people/").status_code, client.get("/people/new/").status_code) == (403, 403)


def test_managers_see_the_people_of_their_courses_and_add_nobody(client, people, taught):
    client.force_login(people.other_owner)
    assert names(client.get("/people/")) == ["Noor Neighbour"]
    assert client.get("/people/new/").status_code == 403
    client.force_login(people.teacher)
    response = client.get("/people/")
    assert names(response) == [
        "Asa Assistant",
        "Olga Owner",
        "Otto Observer",
        "Sam Student",
        "Suri Second",
        "Tariq Teacher",
    ]
    assert "/people/new/" not in response.content.decode()


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
        ("at=nonsense&q=sam", ["Sam Student"]),
        ("course=stat+1&role=manager", ["Olga Owner", "Tariq Teacher"]),
        ("course=ecology", ["Noor Neighbour"]),
        ("course=nowhere", []),
        ("seen=never&q=sam", ["Sam Student"]),
        ("seen=week", ["Suri Second"]),
        ("seen=quiet", ["Asa Assistant"]),
        ("factor=yes", ["Otto Observer"]),
        ("ordering=-seen_at&q=as", ["Asa Assistant"]),
        ("state=suspended", ["Uma Unruly"]),
    ],
)
def test_search_and_filters(client, people, taught, query, found):
    end_user(actor=people.admin, user=people.outsider)
    suspend_user(actor=people.admin, user=UserFactory(name="Uma Unruly"), reason="Shouting")
    now = timezone.now()
    User.objects.filter(pk=people.other_student.pk).update(last_seen_at=now - timedelta(days=2))
    User.objects.filter(pk=people.assistant.pk).update(last_seen_at=now - timedelta(days=200))
    User.objects.filter(pk=people.observer.pk).update(has_second_factor=True)
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
    assert (len(names(response)), response.context["count"]) == (25, None)
    assert "39 people" in client.get("/people/?count=1").content.decode()


def test_the_links_lead_through_all_pages_and_back(client, people):
    UserFactory.create_batch(60)
    client.force_login(people.admin)
    everybody = list(User.objects.order_by("-name", "-id").values_list("name", flat=True))
    address, seen, back = "/people/?ordering=-name", [], ""
    while address:
        page = client.get(address).context["page"]
        seen += [user.name for user in page.rows]
        back = page.previous or back
        address = f"/people/?ordering=-name&at={page.next}" if page.next else ""
    assert seen == everybody
    assert names(client.get(f"/people/?ordering=-name&at={back}")) == everybody[25:50]


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


@pytest.mark.parametrize("action", ["role", "end", "restore", "invite", "suspend"])
def test_nobody_else_does_that(client, people, action):
    page = people.student.get_absolute_url()
    client.force_login(people.student)
    assert client.post(f"{page}{action}/", {"role": "admin", "reason": "x"}).status_code == 403
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


def test_an_admin_changes_somebody(client, people):
    client.force_login(people.admin)
    page = people.student.get_absolute_url()
    values = {"name": " Sam  Stone ", "email": "Sam@Example.org", "phone": "+44 1632 960001", "time_zone": "Asia/Tokyo"}
    assert client.post(f"{page}edit/", values)["Location"] == page
    people.student.refresh_from_db()
    user = people.student
    assert (user.name, user.email, user.phone, user.time_zone) == (
        "Sam Stone",
        "sam@example.org",
        "+441632960001",
        "Asia/Tokyo",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "ask Tom"}, "phone"),
        ({"email": "teacher@example.org"}, "email"),
        ({"time_zone": "Mars"}, "time_zone"),
    ],
)
def test_a_change_that_cannot_be(client, people, changes, field):
    client.force_login(people.admin)
    values = {"name": "Sam", "email": "student@example.org", "phone": "", "time_zone": ""} | changes
    response = client.post(f"{people.student.get_absolute_url()}edit/", values)
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])


def test_a_phone_number_is_not_for_teachers(client, people, taught):
    User.objects.filter(pk=people.student.pk).update(phone="+441632960001")
    shown = {}
    for who in ("admin", "student", "teacher"):
        client.force_login(getattr(people, who))
        shown[who] = "+441632960001" in client.get(people.student.get_absolute_url()).content.decode()
    assert shown == {"admin": True, "student": True, "teacher": False}


def test_the_page_of_a_person_tells_admins_what_happened(client, people, taught):
    suspend_user(actor=people.admin, user=people.student, reason="Shouting")
    client.force_login(people.admin)
    response = client.get(people.student.get_absolute_url())
    trail = [(event.name, event.actor, event.facts) for event in response.context["file"].trail]
    assert trail == [("accounts.UserSuspended", people.admin, {"reason": "Shouting"})]
    assert "STAT 1" in response.content.decode()


def test_suspending_ends_what_the_person_is_signed_in_with_and_they_are_told_why(client, people, confirm):
    confirm(people.student)
    theirs, program = Client(), issue_tokens(user=people.student)
    door = {"login": "student@example.org", "password": PASSWORD}
    assert theirs.post("/accounts/login/", door).status_code == 302
    bearer = {"Authorization": f"Bearer {program.access}"}
    assert theirs.get("/profile/").status_code == theirs.get("/api/v1/me/", headers=bearer).status_code == 200
    client.force_login(people.admin)
    client.post(f"{people.student.get_absolute_url()}suspend/", {"reason": " Fees   are open "})
    assert theirs.get("/profile/").status_code == 302
    assert Client().get("/api/v1/me/", headers=bearer).status_code == 401
    said = Client().post("/accounts/login/", door)
    assert (said.status_code, "Fees are open" in said.content.decode()) == (200, True)
    wrong = Client().post("/accounts/login/", door | {"password": "something else entirely"})
    assert "Fees are open" not in wrong.content.decode()
    client.post(f"{people.student.get_absolute_url()}restore/")
    assert Client().post("/accounts/login/", door).status_code == 302
