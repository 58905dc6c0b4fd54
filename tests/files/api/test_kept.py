"""Spaces, folders and kept files over the API: made, read, changed, deleted, and what became of them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from files.models import AccessLog, File, Folder
from files.services.kept import keep_file, make_folder
from files.services.sharing import share_by_link, share_with
from files.services.spaces import space_of
from tests.factories.files import png, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(person):
    client = APIClient()
    client.force_authenticate(person)
    return client


def sent(name="hedge.png", content=None):
    return SimpleUploadedFile(name, content or png(1))


def test_a_folder_and_a_file_from_their_making_to_their_end(api, space):
    answer = api.post("/api/v1/folders/", {"space": space.public_id, "name": "Walks"}, format="json")
    assert answer.status_code == 201
    folder = answer["Location"]
    folder_id = answer.data["id"]
    answer = api.post("/api/v1/files/", {"folder": folder_id, "file": sent()}, format="multipart")
    assert (answer.status_code, answer.data["name"], answer.data["version"]) == (201, "hedge.png", 1)
    file = answer["Location"]
    assert api.post(f"{file}versions/", {"file": sent(content=png(2))}, format="multipart").data["version"] == 2
    assert api.post(f"{file}versions/1/restore/").data["version"] == 3
    assert [row["number"] for row in api.get(f"{file}versions/").data["results"]] == [3, 2, 1]
    answer = api.patch(file, {"name": "oak", "space": str(space.public_id)}, format="json")
    assert (answer.data["name"], answer.data["folder"]) == ("oak.png", None)
    assert [row["name"] for row in api.get("/api/v1/files/", {"q": "OAK"}).data["results"]] == ["oak.png"]
    for address in (file, folder):
        early = api.delete(f"{address}?for_good=true")
        assert (early.status_code, early.json()["code"]) == (409, "not_in_bin")
        assert api.delete(address).status_code == 204
        assert api.post(f"{address}restore/").status_code == 200
        assert api.delete(address).status_code == 204
        assert api.delete(f"{address}?for_good=true").status_code == 204
        assert api.get(address).status_code == 404
    assert not File.objects.exists()
    assert not Folder.objects.exists()


def test_a_folder_is_made_in_a_space_or_in_a_folder_of_it(api, person, space):
    walks = make_folder(actor=person, space=space, name="Walks")
    there = space_of("course", 1)
    ids = {"space": str(space.public_id), "folder": str(walks.public_id), "other": str(there.public_id)}

    def made(name, **place):
        answer = api.post("/api/v1/folders/", {"name": name, **place}, format="json")
        return answer.status_code, answer.json()

    for name, place in (("a", {"folder": ids["folder"]}), ("b", {"folder": ids["folder"], "space": ids["space"]})):
        status, told = made(name, **place)
        assert (status, told["space"], told["folder"]) == (201, ids["space"], ids["folder"])
    status, told = made("c", space=ids["space"], folder=None)
    assert (status, told["space"], told["folder"]) == (201, ids["space"], None)

    status, told = made("d", folder=ids["folder"], space=ids["other"])
    sentence = "This folder lies in another space. Name its own space, or the folder alone."
    assert (status, told["code"], told["errors"]) == (400, "places_differ", {"space": [sentence]})
    status, told = made("d")
    assert (status, told["code"], list(told["errors"])) == (400, "place_missing", ["space"])
    status, told = made("d", folder=None)
    assert (status, told["code"]) == (400, "place_missing")
    # Files are kept and moved by the same rule.
    place = {"folder": ids["folder"], "space": ids["other"]}
    answer = api.post("/api/v1/files/", {**place, "file": sent()}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (400, "places_differ")
    answer = api.patch(f"/api/v1/folders/{told_of('c')}/", place, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "places_differ")
    assert set(Folder.objects.values_list("name", "parent")) == {
        ("Walks", None),
        ("a", walks.pk),
        ("b", walks.pk),
        ("c", None),
    }


def told_of(name):
    return Folder.objects.get(name=name).public_id


def test_a_folder_that_went_into_the_bin_with_another_comes_back_with_its_files(api, person, space):
    outer = make_folder(actor=person, space=space, name="outer")
    inner = make_folder(actor=person, space=space, parent=outer, name="inner")
    for folder, name in ((outer, "a.png"), (inner, "b.png")):
        keep_file(actor=person, space=space, folder=folder, stored=stored(png(1), name, person))
    assert api.delete(f"/api/v1/folders/{outer.public_id}/").status_code == 204

    answer = api.post(f"/api/v1/folders/{inner.public_id}/restore/")
    assert (answer.status_code, answer.data["folder"]) == (200, None)
    again = {"folder": inner.public_id, "file": sent("a.png")}
    assert api.post("/api/v1/files/", again, format="multipart").status_code == 201
    assert api.post(f"/api/v1/folders/{outer.public_id}/restore/").status_code == 200

    files = {(row["name"], str(row["folder"])) for row in api.get("/api/v1/files/").data["results"]}
    folders = {(row["name"], row["folder"]) for row in api.get("/api/v1/folders/").data["results"]}
    expected = {("a.png", str(outer.public_id)), ("b.png", str(inner.public_id)), ("a.png", str(inner.public_id))}
    assert (files, folders) == (expected, {("outer", None), ("inner", None)})


def test_a_change_that_is_refused_in_part_changes_nothing(api, person, space):
    walks = make_folder(actor=person, space=space, name="Walks")
    keep_file(actor=person, space=space, folder=walks, stored=stored(png(1), "oak.png", person))
    file = keep_file(actor=person, space=space, stored=stored(png(2), "hedge.png", person)).file
    wanted = {"folder": str(walks.public_id), "name": "oak.png"}
    answer = api.patch(f"/api/v1/files/{file.public_id}/", wanted, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    file.refresh_from_db()
    assert (file.folder, file.name) == (None, "hedge.png")


def test_who_can_open_it_is_told_to_who_keeps_it(client, taught, people):
    owner, course = people.owner, taught.course
    space = space_of("course", course.pk)
    folder = make_folder(actor=owner, space=space, name="Walks")
    file = keep_file(actor=owner, space=space, folder=folder, stored=stored(png(1), "a.png", owner)).file
    around = share_with(actor=owner, entry=folder, kind="course_students", audience_id=course.pk)
    link = share_by_link(actor=owner, entry=file, password="correct horse")
    client.force_login(people.student)
    address = f"/api/v1/files/{file.public_id}/openers/"
    assert (client.get(file.get_absolute_url()).status_code, client.get(address).status_code) == (200, 403)

    client.force_login(owner)
    told = client.get(address).json()["results"]
    names = [row.pop("name") for row in told]
    nothing = {"expires_at": None, "share": None, "folder": None}
    shared = {"kind": "people", "level": "view", "share": str(around.public_id)}
    linked = {"kind": "link", "level": "view", "share": str(link.public_id)}
    assert told == [
        {**nothing, "kind": "keeper", "level": "edit"},
        {**nothing, **shared, "folder": str(folder.public_id)},
        {**nothing, **linked},
        {**nothing, "kind": "administrators", "level": "edit"},
    ]
    assert (names[0], names[-1]) == (course.title, "Administrators")
    of_folder = client.get(f"/api/v1/folders/{folder.public_id}/openers/").json()["results"]
    assert [(row["kind"], row["folder"]) for row in of_folder] == [
        ("keeper", None),
        ("people", None),
        ("administrators", None),
    ]


def test_what_became_of_a_folder_is_told_to_who_keeps_it(client, taught, people):
    owner, course = people.owner, taught.course.pk
    folder = make_folder(actor=owner, space=space_of("course", course), name="Walks")
    share_with(actor=owner, entry=folder, kind="course_students", audience_id=course)
    client.force_login(people.student)
    for _reload in range(2):
        assert client.get(folder.get_absolute_url()).status_code == 200
    accesses = f"/api/v1/folders/{folder.public_id}/accesses/"
    assert client.get(accesses).status_code == 403

    client.force_login(owner)
    told = client.get(accesses).json()["results"]
    assert [(row["action"], row["person"]) for row in told] == [("view", "Sam Student"), ("share", "Olga Owner")]
    assert client.get(folder.get_absolute_url()).status_code == 200
    shown = client.get(f"/files/folders/{folder.public_id}/share/").content.decode()
    assert "<bdi>Sam Student</bdi> viewed" in shown
    assert f"/files/folders/{folder.public_id}/accesses.csv" in shown
    # Who keeps it looks at it all day.
    assert AccessLog.objects.count() == 2
