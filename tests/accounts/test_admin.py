import pytest

pytestmark = pytest.mark.django_db


def test_the_admin_has_no_door_of_its_own(client):
    response = client.get("/admin/login/?next=/admin/accounts/user/")
    assert response["Location"] == "/accounts/login/?next=/admin/accounts/user/"
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


def test_only_admins_come_in(client, people):
    client.force_login(people.owner)
    assert client.get("/admin/login/").status_code == 403
    assert client.get("/admin/accounts/user/", follow=True).status_code == 403


def test_people_are_read_and_their_passwords_are_not(client, people):
    client.force_login(people.admin)
    page = client.get(f"/admin/accounts/user/{people.student.pk}/change/").content.decode()
    assert ("student@example.org" in page, people.student.password in page) == (True, False)
    assert client.post(f"/admin/accounts/user/{people.student.pk}/change/", {"name": "x"}).status_code == 403
    assert client.get("/admin/accounts/user/add/").status_code == 403


def test_actions_call_the_services(client, people):
    client.force_login(people.admin)
    body = {"action": "close_accounts", "_selected_action": [people.student.pk, people.admin.pk]}
    page = client.post("/admin/accounts/user/", body, follow=True)
    people.student.refresh_from_db()
    people.admin.refresh_from_db()
    assert (people.student.is_active, people.admin.is_active) == (False, True)
    assert "This is the only admin" in page.content.decode()
    client.post("/admin/accounts/user/", body | {"action": "open_accounts"})
    people.student.refresh_from_db()
    assert people.student.is_active
