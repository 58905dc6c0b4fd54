import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.models import PeopleImport, User
from accounts.services.people_import import start_people_import
from core.models import EventLog

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = "email,name\n" + "".join(f"p{n}@example.org,Person {n}\n" for n in range(4)) + "=cmd,+Nobody\n"


def upload(content: str = TABLE, name: str = "people.csv") -> dict:
    return {"table": SimpleUploadedFile(name, content.encode(), "text/csv")}


def test_upload_look_apply_download(client, people):
    client.force_login(people.admin)
    page = client.post("/people/import/", upload())["Location"]
    html = client.get(page).content.decode()
    assert "4 would be created, 0 changed, 0 are unchanged, 1 are refused." in html
    assert client.get(f"{page}?show=refused").content.decode().count("<tr>") < html.count("<tr>")
    assert client.post(f"{page}apply/")["Location"] == page
    assert "4 created, 0 changed, 0 unchanged, 1 refused." in client.get(page).content.decode()
    client.post(f"{page}apply/")
    assert "0 created, 0 changed, 4 unchanged, 1 refused." in client.get(page).content.decode()
    response = client.get(f"{page}refused/")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0] == ["Row", "Field", "Reason", "email", "name"]
    assert (rows[1][:2], rows[1][3:]) == (["6", "email"], ["'=cmd", "'+Nobody"])
    # Mended or not, it can be sent as it is.
    assert client.post("/people/import/", upload(response.content.decode("utf-8-sig"))).status_code == 302


def test_columns_are_chosen_on_the_page(client, people):
    client.force_login(people.admin)
    page = client.post("/people/import/", upload("who,where\nImani,imani@example.org\n"))["Location"]
    assert "among them one for the email" in client.get(page).content.decode()
    client.post(f"{page}columns/", {"column_0": "name", "column_1": "email"})
    assert "1 would be created" in client.get(page).content.decode()


@pytest.mark.parametrize("files", [{}, upload(""), upload("x" * (5 * 1024 * 1024 + 1))], ids=["none", "empty", "large"])
def test_what_cannot_be_taken_is_said_at_the_field(client, people, files):
    client.force_login(people.admin)
    response = client.post("/people/import/", files)
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["table"])


def test_the_same_form_sent_twice_is_one_table(client, people):
    client.force_login(people.admin)
    places = {client.post("/people/import/", {**upload(), "form_key": "k1"})["Location"] for _ in range(2)}
    assert (len(places), PeopleImport.objects.count()) == (1, 1)


def test_nobody_else_sees_tables(client, people):
    run = start_people_import(actor=people.admin, name="people.csv", content=TABLE.encode())
    client.force_login(people.owner)
    answers = [client.get("/people/import/"), client.get(f"/people/tables/{run.public_id}/")]
    answers += [client.post(f"/people/tables/{run.public_id}/{part}/") for part in ("apply", "columns")]
    answers += [client.get(f"/people/tables/{run.public_id}/refused/")]
    assert [answer.status_code for answer in answers] == [403, 404, 404, 404, 404]
    assert User.objects.filter(email__startswith="p0").count() == 0


def test_programs_do_the_same(people):
    program = APIClient()
    program.force_authenticate(people.admin)
    made = program.post("/api/v1/users/tables/", {"file": upload()["table"]}, format="multipart")
    place = made["Location"]
    assert (made.status_code, program.get(place).json()["counts"]) == (
        201,
        {"create": 4, "change": 0, "unchanged": 0, "refused": 1},
    )
    rows = program.get(f"{place}rows/?verdict=refused").json()
    assert (rows["count"], rows["results"][0]["row"], rows["results"][0]["field"]) == (1, 6, "email")
    assert program.post(f"{place}apply/").status_code == 200
    assert program.get(place).json()["state"] == "done"
    assert program.get("/api/v1/users/tables/").json()["count"] == 1
    broken = program.post("/api/v1/users/tables/", {"file": "text"}, format="multipart")
    assert (broken.status_code, list(broken.json()["errors"])) == (400, ["file"])
    program.force_authenticate(people.owner)
    assert program.get(place).status_code == 404
    assert program.get("/api/v1/users/tables/").status_code == 403


def test_programs_map_columns_and_fetch_what_was_refused_which_is_noted(people):
    program = APIClient()
    program.force_authenticate(people.admin)
    table = upload("who,where\nImani,imani@example.org\n=x,nowhere\n")["table"]
    place = program.post("/api/v1/users/tables/", {"file": table}, format="multipart")["Location"]
    assert program.get(place).json()["state"] == "failed"
    for columns, code in (({"0": "shoe"}, 400), ({"x": "name"}, 400), ({"0": "email", "1": "email"}, 409)):
        assert program.put(f"{place}columns/", {"columns": columns}, format="json").status_code == code
    answer = program.put(f"{place}columns/", {"columns": {"0": "name", "1": "email"}}, format="json")
    assert answer.status_code == 200
    assert program.get(place).json()["counts"] == {"create": 1, "change": 0, "unchanged": 0, "refused": 1}
    fetched = program.get(f"{place}refused/")
    rows = list(csv.reader(io.StringIO(fetched.content.decode("utf-8-sig"))))
    assert (rows[0], rows[1][:2], rows[1][3:]) == (
        ["Row", "Field", "Reason", "who", "where"],
        ["3", "email"],
        ["'=x", "nowhere"],
    )
    assert "attachment" in fetched["Content-Disposition"]
    noted = EventLog.objects.get(name="accounts.RefusedRowsDownloaded")
    assert (noted.actor_id, noted.body["rows"]) == (people.admin.pk, 1)
    program.force_authenticate(people.teacher)
    assert program.get(f"{place}refused/").status_code == 404
