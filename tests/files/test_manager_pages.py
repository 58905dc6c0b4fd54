"""The file manager's pages, as people and visitors use them without a script."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_script_prefix
from django.urls import reverse
from django.utils import timezone

from files.enums import AccessAction
from files.models import AccessLog, File, FileVersion, Folder, Rendition, Share, StoredFile
from files.selectors.places import Wanted, listed_in
from files.services import previews, sharing
from files.services.kept import add_version, bring_back, keep_file, make_folder
from files.services.signed import signed_url
from files.services.spaces import space_of
from files.services.store import remove_unused_files
from files.services.usage import set_usages
from files.views.shown import Rights, bytes_url, rows_of
from tests.factories import UserFactory
from tests.factories.files import png, stored, zipped

pytestmark = pytest.mark.django_db


def keep(person, space, name="a.png", content=None, folder=None):
    return keep_file(actor=person, space=space, folder=folder, stored=stored(content or png(1), name, person)).file


def sent(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def fetch(client, url) -> tuple[int, bytes]:
    """Status and body; what streams is read to its end, as by a browser."""
    answer = client.get(url)
    return answer.status_code, answer.getvalue()


def log(file=None) -> list[tuple[str, str]]:
    rows = AccessLog.objects.order_by("pk").select_related("user")
    return [(row.action, row.user.name if row.user else "") for row in (rows.filter(file=file) if file else rows)]


def test_several_files_are_taken_and_what_is_wrong_with_one_holds_up_no_other(page, space):
    answer = page.post(
        space.get_absolute_url(), {"files": [sent("a.png", png(1)), sent("b.exe", b"MZ"), sent("c.md", b"# C")]}
    )

    assert answer.status_code == 422
    assert "Files like “b.exe” cannot be stored here." in text_of(answer)
    assert [f.name for f in File.objects.all()] == ["a.png", "c.md"]
    good = page.post(space.get_absolute_url(), {"files": [sent("d.md", b"# D")]}, follow=True)
    assert "1 file is here." in text_of(good)
    assert "a.png c.md d.md" in " ".join(re.findall(r"\b[acd]\.(?:png|md)\b", text_of(good))[:3])


def test_the_list_alone_brings_how_full_the_space_is(page, person, space):
    keep(person, space, "a.md", b"# Hedges")
    piece = page.get(space.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in piece
    assert 'id="file-room" hx-swap-oob="true"' in piece
    assert "8 bytes of 1.0 GB used." in text_of(page.get(space.get_absolute_url()))
    assert "hx-swap-oob" not in page.get(space.get_absolute_url()).content.decode()


def test_a_full_space_says_so_and_keeps_nothing(page, space):
    space.quota = 10
    space.save()
    answer = page.post(space.get_absolute_url(), {"files": [sent("a.png", png(1))]})
    assert answer.status_code == 422
    assert "There is no room for" in text_of(answer)
    assert not File.objects.exists()


def test_folders_move_rename_bin_and_back(page, person, space):
    page.post(reverse("files:folder-new", args=[space.public_id]), {"name": "Field work"})
    folder = Folder.objects.get()
    file = keep(person, space)
    page.post(
        reverse("files:act"),
        {"entry": f"file:{file.public_id}", "do": "move", "to": f"folder:{folder.public_id}"},
    )
    answer = page.post(reverse("files:rename-file", args=[file.public_id]), {"name": "sedge"}, follow=True)
    assert "sedge.png" in text_of(answer)
    assert "sedge.png" in text_of(page.get(folder.get_absolute_url()))
    assert "sedge.png" in text_of(page.get(space.get_absolute_url() + "?q=SEDGE"))
    assert "Nothing found" in text_of(page.get(space.get_absolute_url() + "?q=sedge&kind=media"))

    page.post(reverse("files:act"), {"entry": f"folder:{folder.public_id}", "do": "bin"})
    empty = text_of(page.get(space.get_absolute_url()))
    assert "Nothing here yet" in empty
    assert "Until you share it, only you and administrators see what you add." in empty
    bin_url = reverse("files:bin", args=[space.public_id])
    assert "Field work" in text_of(page.get(bin_url))
    page.post(bin_url, {"entry": f"folder:{folder.public_id}", "do": "restore"})
    assert "sedge.png" in text_of(page.get(folder.get_absolute_url()))

    page.post(reverse("files:act"), {"entry": f"folder:{folder.public_id}", "do": "bin"})
    asked = page.post(bin_url, {"entry": f"folder:{folder.public_id}", "do": "delete"})
    assert "They cannot be brought back." in text_of(asked)
    assert File.objects.exists()
    page.post(bin_url, {"entry": f"folder:{folder.public_id}", "do": "delete", "sure": "1"})
    assert not File.objects.exists()
    assert not Folder.objects.exists()


def test_versions_are_shown_fetched_and_brought_back(page, person, space):
    file = keep(person, space, "a.png", png(1))
    answer = page.post(
        reverse("files:version-new", args=[file.public_id]), {"file": sent("other.png", png(2))}, follow=True
    )
    assert "This is version 2." in text_of(answer)
    open_url = reverse("files:open", args=[file.public_id, "a.png"])
    assert fetch(page, open_url) == (200, png(2))
    assert fetch(page, open_url + "?v=1") == (200, png(1))
    assert page.get(open_url + "?v=9").status_code == 404
    back = page.post(reverse("files:version-restore", args=[file.public_id, 1]), follow=True)
    assert "Version 1 counts again, as version 3." in text_of(back)
    assert fetch(page, open_url) == (200, png(1))


def test_bytes_have_the_name_people_gave_them(page, person, space):
    file = keep(person, space, "a.png", png(1))
    page.post(reverse("files:rename-file", args=[file.public_id]), {"name": "Straße Ω.png"})
    file.refresh_from_db()
    answer = page.get(reverse("files:open", args=[file.public_id, file.name]) + "?download=1")
    answer.getvalue()
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Stra%C3%9Fe%20%CE%A9.png"
    assert page.get(reverse("files:open", args=[file.public_id, "x"]))["Location"].endswith("Stra%C3%9Fe%20%CE%A9.png")
    assert log(file) == [("download", "Ines Inside")]


def test_others_get_404_and_it_is_written_down_once(client, person, space):
    file, folder = keep(person, space), make_folder(actor=person, space=space, name="Mine")
    client.force_login(UserFactory(name="Oda Outside"))
    for url in (
        file.get_absolute_url(),
        reverse("files:open", args=[file.public_id, file.name]),
        reverse("files:share-file", args=[file.public_id]),
        reverse("files:log-file", args=[file.public_id]),
        file.current.stored.get_absolute_url(),
    ):
        assert client.get(url).status_code == 404
    assert client.get(folder.get_absolute_url()).status_code == 404
    assert client.get(reverse("files:rename-folder", args=[folder.public_id])).status_code == 404
    assert log() == [("denial", "Oda Outside"), ("denial", "Oda Outside")]
    assert {row.file_id or row.folder_id for row in AccessLog.objects.all()} == {file.pk, folder.pk}


def test_who_opened_it_stands_on_its_page_and_in_a_table(page, taught, people, client):
    space = space_of("course", taught.course.pk)
    file = keep_file(actor=people.owner, space=space, stored=stored(b"# Hello\n", "read.md", people.owner)).file
    sharing.share_with(actor=people.owner, entry=file, kind="course_students", audience_id=taught.course.pk)
    reader = Client()
    reader.force_login(people.student)
    shown = reader.get(file.get_absolute_url())
    assert "Hello" in text_of(shown)
    assert "Who can open it" not in text_of(shown)
    assert "read.md" in text_of(reader.get(reverse("files:shared")))
    fetch(reader, reverse("files:open", args=[file.public_id, "read.md"]) + "?download=1")

    client.force_login(people.owner)
    told = text_of(client.get(file.get_absolute_url()))
    assert "Sam Student viewed version 1" in told
    assert "Sam Student downloaded version 1" in told
    assert f"SHA-256 {file.shown.stored.sha256}" in told
    assert f"Students of {taught.course.title}" in told
    rows = client.get(reverse("files:log-file", args=[file.public_id])).content.decode().splitlines()
    assert [row.split(",")[1:4] for row in rows[1:4]] == [
        ["share", "Olga Owner", ""],
        ["view", "Sam Student", "1"],
        ["download", "Sam Student", "1"],
    ]
    assert reader.get(reverse("files:log-file", args=[file.public_id])).status_code == 403


def test_an_administrator_sees_where_they_are(client, taught, people):
    client.force_login(people.admin)
    answer = client.get(space_of("course", taught.course.pk).get_absolute_url()).content.decode()
    assert re.search(rf'<a href="[^"]+" aria-current="page" dir="auto">{taught.course.title}</a>', answer)


def test_an_empty_space_of_a_course_says_who_sees_what_is_added(client, taught, people):
    client.force_login(people.owner)
    empty = text_of(client.get(space_of("course", taught.course.pk).get_absolute_url()))
    assert "What you add is seen by all who look after these files." in empty


class TestLinks:
    def url(self, share) -> str:
        return sharing.link_of(share)

    def test_it_opens_without_an_account_until_it_is_ended(self, page, person, space, client):
        file = keep(person, space, "a.png", png(1))
        answer = page.post(reverse("files:share-file", args=[file.public_id]), {"by": "link"}, follow=True)
        share = Share.objects.get()
        assert self.url(share) in answer.content.decode()
        visitor = Client()
        assert "shared by Ines Inside" in text_of(visitor.get(self.url(share)))
        bytes_url = reverse(
            "files:link-file", args=[self.url(share).rstrip("/").rsplit("/", 1)[1], file.public_id, "a.png"]
        )
        got = visitor.get(bytes_url + "?download=1")
        assert b"".join(got) == png(1)
        assert got["Cache-Control"] == "private, no-store"
        # The link opens this and nothing else.
        assert visitor.get(file.get_absolute_url()).status_code == 302

        page.post(reverse("files:share-end", args=[share.public_id]))
        assert visitor.get(self.url(share)).status_code == 410
        assert visitor.get(bytes_url).status_code == 410
        assert log(file) == [
            ("share", "Ines Inside"),
            ("view", ""),
            ("download", ""),
            ("unshare", "Ines Inside"),
            ("denial", ""),
        ]

    def test_a_password_is_asked_for_once(self, person, space):
        file = keep(person, space)
        share = sharing.share_by_link(actor=person, entry=file, password="correct horse")
        token = self.url(share).rstrip("/").rsplit("/", 1)[1]
        bytes_url = reverse("files:link-file", args=[token, file.public_id, file.name])
        visitor = Client()
        assert "This link has a password" in text_of(visitor.get(self.url(share)))
        assert visitor.get(bytes_url)["Location"] == self.url(share)
        assert visitor.post(self.url(share), {"password": "wrong"}).status_code == 422
        assert visitor.post(self.url(share), {"password": "correct horse"}).status_code == 302
        assert file.name in text_of(visitor.get(self.url(share)))
        assert fetch(visitor, bytes_url)[0] == 200

    def test_guessing_the_password_is_stopped(self, person, space):
        share = sharing.share_by_link(actor=person, entry=keep(person, space), password="correct horse")
        visitor = Client()
        for _ in range(30):
            assert visitor.post(self.url(share), {"password": "wrong"}).status_code == 422
        assert visitor.post(self.url(share), {"password": "correct horse"}).status_code == 429

    def test_downloads_are_counted_and_end(self, person, space):
        file = keep(person, space, "a.md", b"# A\n")
        share = sharing.share_by_link(actor=person, entry=file, most_downloads=1)
        token = self.url(share).rstrip("/").rsplit("/", 1)[1]
        bytes_url = reverse("files:link-file", args=[token, file.public_id, file.name])
        visitor = Client()
        assert visitor.get(self.url(share)).status_code == 200
        assert visitor.head(bytes_url).status_code == 200
        assert fetch(visitor, bytes_url) == (200, b"# A\n")
        assert visitor.get(bytes_url).status_code == 410

    def test_a_folder_shows_what_is_in_it_and_nothing_beside(self, person, space):
        top = make_folder(actor=person, space=space, name="Top")
        inner = make_folder(actor=person, space=space, parent=top, name="Inner")
        deep, beside = keep(person, space, "deep.md", b"# deep", inner), keep(person, space, "beside.md", b"# beside")
        share = sharing.share_by_link(actor=person, entry=top)
        token = self.url(share).rstrip("/").rsplit("/", 1)[1]
        visitor = Client()
        assert "Inner" in text_of(visitor.get(self.url(share)))
        assert "deep.md" in text_of(visitor.get(f"{self.url(share)}?folder={inner.public_id}"))
        assert fetch(visitor, reverse("files:link-file", args=[token, deep.public_id, "deep.md"])) == (200, b"# deep")
        assert visitor.get(reverse("files:link-file", args=[token, beside.public_id, "beside.md"])).status_code == 404
        other = make_folder(actor=person, space=space, name="Other")
        for wrong in (other.public_id, "x", deep.public_id):
            assert visitor.get(f"{self.url(share)}?folder={wrong}").status_code == 404

    def test_a_file_is_shown_as_its_owner_sees_it(self, person, space):
        top = make_folder(actor=person, space=space, name="Top")
        inner = make_folder(actor=person, space=space, parent=top, name="Inner")
        text = keep(person, space, "deep.md", b"# Deep water", inner)
        picture = keep(person, space, "a.png", png(2000, 1500), inner)
        previews.render(stored_id=picture.shown.stored_id)
        share = sharing.share_by_link(actor=person, entry=top)
        token = self.url(share).rstrip("/").rsplit("/", 1)[1]
        visitor = Client()
        listed = visitor.get(f"{self.url(share)}?folder={inner.public_id}").content.decode()
        assert f'href="{self.url(share)}?file={text.public_id}"' in listed
        shown = visitor.get(f"{self.url(share)}?file={text.public_id}")
        assert shown["Cache-Control"] == "private, no-store"
        html = shown.content.decode()
        assert re.search(r"<h\d[^>]*>Deep water</h\d>", html)
        ways_back = re.findall(r'<li><a href="([^"]*)" dir="auto">([^<]*)</a></li>', html)
        assert ways_back == [(self.url(share), "Top"), (f"{self.url(share)}?folder={inner.public_id}", "Inner")]
        small = reverse("files:link-rendition", args=[token, picture.public_id, "small"])
        assert f'src="{small}"' in visitor.get(f"{self.url(share)}?file={picture.public_id}").content.decode()
        got = visitor.get(small)
        assert got.getvalue()[8:12] == b"WEBP"
        assert (got.status_code, got["Cache-Control"]) == (200, "private, no-store")
        beside = keep(person, space, "beside.md", b"# beside")
        for wrong in (beside.public_id, inner.public_id, "x"):
            assert visitor.get(f"{self.url(share)}?file={wrong}").status_code == 404
        assert log(text) == [("view", "")]
        sharing.end_share(actor=person, share=share)
        assert (
            visitor.get(small).status_code,
            visitor.get(f"{self.url(share)}?file={text.public_id}").status_code,
        ) == (
            410,
            410,
        )

    def test_what_counts_downloads_shows_nothing_before(self, person, space):
        picture = keep(person, space, "a.png", png(2000, 1500))
        previews.render(stored_id=picture.shown.stored_id)
        share = sharing.share_by_link(actor=person, entry=picture, most_downloads=2)
        token = self.url(share).rstrip("/").rsplit("/", 1)[1]
        visitor = Client()
        page = visitor.get(self.url(share))
        assert "2 downloads are left. So that none is taken away by looking" in text_of(page)
        assert "<img class" not in page.content.decode()
        assert visitor.get(reverse("files:link-rendition", args=[token, picture.public_id, "small"])).status_code == 404

    def test_the_password_holds_for_what_is_shown(self, person, space):
        picture = keep(person, space, "a.png", png(2000, 1500))
        previews.render(stored_id=picture.shown.stored_id)
        share = sharing.share_by_link(actor=person, entry=picture, password="correct horse")
        token = self.url(share).rstrip("/").rsplit("/", 1)[1]
        small = reverse("files:link-rendition", args=[token, picture.public_id, "small"])
        visitor = Client()
        assert visitor.get(small)["Location"] == self.url(share)
        visitor.post(self.url(share), {"password": "correct horse"})
        assert fetch(visitor, small)[0] == 200

    def test_what_is_no_link_is_404(self):
        assert Client().get(reverse("files:link", args=["x:y"])).status_code == 404


class TestSignedAddresses:
    def test_they_hold_for_minutes_and_as_long_as_the_person_may(self, person, space, settings):
        file = keep(person, space)
        url = signed_url(person, file, file.current)
        visitor = Client()
        assert fetch(visitor, url) == (200, png(1))
        assert log(file) == [("view", "Ines Inside")]
        with time_machine.travel(timezone.now() + timedelta(seconds=settings.FILES_SIGNED_SECONDS + 2)):
            assert visitor.get(url).status_code == 404
        assert visitor.get(url.replace("signed/", "signed/x")).status_code == 404
        person.sign_in_epoch += 1
        person.save()
        assert visitor.get(url).status_code == 404

    def test_a_share_that_ended_ends_them(self, taught, people):
        space = space_of("person", people.teacher.pk)
        file = keep_file(actor=people.teacher, space=space, stored=stored(png(1), "a.png", people.teacher)).file
        share = sharing.share_with(actor=people.teacher, entry=file, kind="person", audience_id=people.assistant.pk)
        url = signed_url(people.assistant, file, file.current)
        assert fetch(Client(), url)[0] == 200
        sharing.end_share(actor=people.teacher, share=share)
        assert Client().get(url).status_code == 404

    def test_a_refusal_is_written_down_to_whom_it_was_made_for(self, person, space, settings):
        file = keep(person, space)
        url = signed_url(person, file, file.current)
        assert Client().get(url.replace("signed/", "signed/x")).status_code == 404
        assert log() == []
        with time_machine.travel(timezone.now() + timedelta(seconds=settings.FILES_SIGNED_SECONDS + 2)):
            for _twice in range(2):
                assert Client().get(url).status_code == 404
        assert log(file) == [("denial", "Ines Inside")]
        other = UserFactory(name="Oda Outside")
        assert Client().get(signed_url(other, file, file.current)).status_code == 404
        assert log(file)[1:] == [("denial", "Oda Outside")]


class TestVersions:
    """Of a file that is shared: to view, what counts now; to edit, what was before as well."""

    @pytest.fixture
    def shared(self, taught, people):
        teacher = people.teacher
        file = keep(teacher, space_of("person", teacher.pk), "a.md", b"# Names and marks\n")
        add_version(actor=teacher, file=file, stored=stored(b"# Marks\n", "a.md", teacher))
        share = sharing.share_with(actor=teacher, entry=file, kind="person", audience_id=people.assistant.pk)
        return File.objects.select_related("current__stored", "space").get(pk=file.pk), share

    def seen(self, user, file):
        client, api = Client(), f"/api/v1/files/{file.public_id}/versions/"
        client.force_login(user)
        url = reverse("files:open", args=[file.public_id, "a.md"])
        page = client.get(file.get_absolute_url()).content.decode()
        versions = {one.number: one for one in file.versions.all()}
        return {
            "on the page": re.findall(r"\?v=(\d+)", page),
            "in the API": [one["number"] for one in client.get(api).json()["results"]],
            "open": [fetch(client, f"{url}?v={n}")[0] for n in (1, 2)],
            "signed": [fetch(Client(), signed_url(user, file, versions[n]))[0] for n in (1, 2)],
            "stored": [fetch(client, versions[n].stored.get_absolute_url())[0] for n in (1, 2)],
            "rule": [user.has_perm("files.view_fileversion", versions[n]) for n in (1, 2)],
        }

    ALL = {
        "on the page": ["2", "1"],
        "in the API": [2, 1],
        "open": [200, 200],
        "signed": [200, 200],
        "stored": [200, 200],
        "rule": [True, True],
    }
    CURRENT = {
        "on the page": ["2"],
        "in the API": [2],
        "open": [404, 200],
        "signed": [404, 200],
        "stored": [404, 200],
        "rule": [False, True],
    }

    def test_who_may_only_view_has_the_current_one(self, shared, people):
        file, share = shared
        assert self.seen(people.assistant, file) == self.CURRENT
        assert ("denial", people.assistant.name) in log(file)
        sharing.change_share(actor=people.teacher, share=share, level="edit")
        assert self.seen(people.assistant, file) == self.ALL

    def test_who_keeps_it_and_administrators_have_all(self, shared, people):
        for user in (people.teacher, people.admin):
            assert self.seen(user, shared[0]) == self.ALL

    def test_what_is_brought_back_is_the_current_one(self, shared, people):
        file, _share = shared
        guest = Client()
        guest.force_login(people.assistant)
        back = reverse("files:version-restore", args=[file.public_id, 1])
        assert guest.post(back).status_code == 404
        assert guest.post(f"/api/v1/files/{file.public_id}/versions/1/restore/").status_code == 404
        bring_back(actor=people.teacher, version=file.versions.get(number=1))
        assert fetch(guest, reverse("files:open", args=[file.public_id, "a.md"])) == (200, b"# Names and marks\n")
        # By the number that it had it stays closed.
        assert fetch(guest, reverse("files:open", args=[file.public_id, "a.md"]) + "?v=1")[0] == 404

    @pytest.mark.parametrize("kind", ["file", "folder"])
    def test_who_shares_is_told(self, page, person, space, kind):
        entry = keep(person, space) if kind == "file" else make_folder(actor=person, space=space, name="Walks")
        assert "Earlier versions are for those who may edit" in text_of(
            page.get(reverse(f"files:share-{kind}", args=[entry.public_id]))
        )


class TestPreviews:
    def test_what_was_made_of_a_file_is_a_look_at_it_and_a_thumbnail_is_none(self, page, person, space):
        file = keep(person, space, "big.png", png(900, 700))
        previews.render(stored_id=file.current.stored_id)
        thumb, small = (reverse("files:rendition", args=[file.public_id, kind]) for kind in ("thumb", "small"))
        fetch(page, thumb)
        page.head(small)
        assert log() == []
        for _twice in range(2):
            fetch(page, small)
        assert log(file) == [("view", "Ines Inside")]
        assert AccessLog.objects.get().number == 1

    @pytest.mark.parametrize(
        ("name", "content", "seen"),
        [
            ("a.csv", b"name,grade\nSedge,5\n", "Sedge"),
            ("a.py", b"def leaf(): pass\n", "leaf"),
            ("a.md", b"# Heading\n\n*soft*", "Heading"),
            ("a.txt", b"plain <b>text</b>", "plain &lt;b&gt;text&lt;/b&gt;"),
            ("a.zip", zipped(**{"inside.txt": "x"}), "inside.txt"),
        ],
    )
    def test_what_is_quickly_made_is_in_the_page(self, page, person, space, name, content, seen):
        file = keep(person, space, name, content)
        assert seen in page.get(file.get_absolute_url()).content.decode()

    def test_a_picture_is_made_small_by_a_job_and_goes_with_it(
        self, page, person, space, django_capture_on_commit_callbacks
    ):
        file = keep(person, space, "big.png", png(900, 700))
        assert (
            reverse("files:open", args=[file.public_id, "big.png"])
            in page.get(file.get_absolute_url()).content.decode()
        )

        previews.render(stored_id=file.current.stored_id)
        previews.render(stored_id=file.current.stored_id)

        assert {row.kind for row in Rendition.objects.all()} == {"thumb", "small"}
        small = reverse("files:rendition", args=[file.public_id, "small"])
        assert small in page.get(file.get_absolute_url()).content.decode()
        made = page.get(small)
        assert (made["Content-Type"], made.getvalue()[8:12]) == ("image/webp", b"WEBP")
        thumb = reverse("files:rendition", args=[file.public_id, "thumb"])
        assert thumb in page.get(space.get_absolute_url() + "?view=grid").content.decode()
        assert remove_unused_files() == 0
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            assert remove_unused_files() == 0
        other = Client()
        other.force_login(UserFactory())
        assert other.get(small).status_code == 404

        page.post(reverse("files:act"), {"entry": f"file:{file.public_id}", "do": "bin"})
        page.post(reverse("files:bin", args=[space.public_id]), {"do": "empty", "sure": "1"})
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            remove_unused_files()
            remove_unused_files()
        assert not StoredFile.objects.exists()

    def test_what_cannot_be_shown_says_why(self, page, person, space, settings):
        settings.SOFFICE = ""
        office = zipped(**{"[Content_Types].xml": "<Types/>", "word/document.xml": "<document/>"})
        file = keep(person, space, "a.docx", office)
        assert "Office documents have no preview on this site." in text_of(page.get(file.get_absolute_url()))


def test_a_page_of_ten_thousand_asks_as_much_as_one_of_three(page, person, space, django_assert_max_num_queries):
    counts = []
    for n in (3, 30):
        for i in range(n):
            keep(person, space, f"{n}-{i}.md", f"# {n} {i}".encode())
            make_folder(actor=person, space=space, name=f"{n}-{i}")
        with django_assert_max_num_queries(40) as queries:
            page.get(space.get_absolute_url())
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_folder_of_hundreds_asks_as_much_as_one_of_three(page, person, space, django_assert_max_num_queries):
    content = stored(b"# Notes", "notes.md", person)
    counts = []
    for n in (3, 300):
        folder = make_folder(actor=person, space=space, name=str(n))
        names = [f"{i:03}.md" for i in range(n)]
        files = File.objects.bulk_create(File(space=space, folder=folder, name=name, name_key=name) for name in names)
        for file in files:
            file.current = FileVersion(file=file, number=1, stored=content, made_by=person)
        FileVersion.objects.bulk_create(file.current for file in files)
        File.objects.bulk_update(files, ["current"])
        with django_assert_max_num_queries(14) as queries:
            assert page.get(folder.get_absolute_url()).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


class TestASmallFileIsFetchedInFewQueries:
    """Session, person, the file, whether it may be had, the entry in its log: five at most."""

    def test_one_that_is_kept(self, page, person, space, django_assert_num_queries):
        url = bytes_url(keep(person, space, "a.md", b"# A"), download=True)
        with django_assert_num_queries(4):
            assert page.get(url).getvalue() == b"# A"
        assert AccessLog.objects.count() == 1

    def test_one_that_something_uses(self, page, person, django_assert_num_queries):
        file = stored(b"# A", "a.md", person)
        set_usages(owner_kind="avatar", owner_id=person.pk, file_ids={file.public_id}, actor=person)
        with django_assert_num_queries(4):
            assert page.get(file.get_absolute_url()).getvalue() == b"# A"

    def test_one_that_is_kept_and_used(self, page, person, space, django_assert_num_queries):
        file = keep(person, space, "a.md", b"# A").shown.stored
        set_usages(owner_kind="avatar", owner_id=person.pk, file_ids={file.public_id}, actor=person)
        for n in (5, 4):
            with django_assert_num_queries(n):
                assert page.get(file.get_absolute_url()).getvalue() == b"# A"
        assert AccessLog.objects.count() == 1

    def test_one_that_is_shared(self, taught, people, django_assert_num_queries):
        """However much else is shared with the reader, and with others."""
        space = space_of("person", people.teacher.pk)
        file = keep(people.teacher, space, "a.md", b"# A")
        sharing.share_with(
            actor=people.teacher, entry=file, kind="course_students", audience_id=taught.course.pk, level="view"
        )
        guest = Client()
        guest.force_login(people.student)
        guest.get("/")
        counts = []
        for n in (1, 8):
            for i in range(n):
                other = keep(people.teacher, space, f"{n}-{i}.md", f"# {n} {i}".encode())
                sharing.share_with(actor=people.teacher, entry=other, kind="person", audience_id=people.student.pk)
            AccessLog.objects.all().delete()
            with CaptureQueriesContext(connection) as bytes_asked:
                assert guest.get(bytes_url(file, download=True)).getvalue() == b"# A"
            with CaptureQueriesContext(connection) as page_asked:
                assert guest.get(file.get_absolute_url()).status_code == 200
            counts.append((len(bytes_asked), len(page_asked)))
        assert counts[0] == counts[1]
        assert counts[0][0] <= 5


def test_the_course_has_a_space_that_its_authors_keep(page, people, taught, client):
    space = space_of("course", taught.course.pk)
    for name, status in (("owner", 200), ("teacher", 200), ("assistant", 404), ("student", 404), ("admin", 200)):
        client.force_login(getattr(people, name))
        assert client.get(space.get_absolute_url()).status_code == status


def test_a_version_more_by_who_may_edit(taught, people):
    space = space_of("person", people.teacher.pk)
    file = keep_file(actor=people.teacher, space=space, stored=stored(png(1), "a.png", people.teacher)).file
    sharing.share_with(actor=people.teacher, entry=file, kind="person", audience_id=people.assistant.pk, level="edit")
    add_version(actor=people.assistant, file=file, stored=stored(png(2), "b.png", people.assistant))
    guest = Client()
    guest.force_login(people.assistant)
    told = text_of(guest.get(file.get_absolute_url()))
    assert "version 2" in told
    assert str(AccessAction.SHARE.label) not in told


class TestTheMenuOfARow:
    def menus(self, client, url) -> dict[str, list[str]]:
        """What each row offers, by its name."""
        rows = re.findall(r"<details class=\"menu\".*?</details>", client.get(url).content.decode(), re.DOTALL)
        found = {}
        for row in rows:
            if name := re.search(r"More actions for ([^\"]+)\"", row):
                found[name[1]] = [text.strip() for text in re.findall(r"</svg>([^<]+)<", row)][1:]
        return found

    def test_who_keeps_it_may_all(self, page, person, space):
        keep(person, space, "a.md", b"# A")
        make_folder(actor=person, space=space, name="Walks")
        everything = ["Download", "Share", "Rename", "Move", "Put into the bin"]
        for view in ("", "?view=grid"):
            assert self.menus(page, space.get_absolute_url() + view) == {"Walks": everything, "a.md": everything}

    @pytest.mark.parametrize(("level", "offered"), [("view", ["Download"]), ("edit", ["Download", "Rename"])])
    def test_others_only_what_they_may(self, taught, people, level, offered):
        space = space_of("person", people.teacher.pk)
        folder = make_folder(actor=people.teacher, space=space, name="Walks")
        keep(people.teacher, space, "a.md", b"# A", folder)
        sharing.share_with(
            actor=people.teacher, entry=folder, kind="person", audience_id=people.assistant.pk, level=level
        )
        guest = Client()
        guest.force_login(people.assistant)
        assert self.menus(guest, reverse("files:shared")) == {"Walks": offered}
        assert self.menus(guest, folder.get_absolute_url()) == {"a.md": offered}

    def test_the_bin_takes_that_row_alone(self, page, person, space):
        a, b = keep(person, space, "a.md", b"# A"), keep(person, space, "b.md", b"# B")
        chosen = {"entry": f"file:{a.public_id}", "bin": f"file:{b.public_id}"}
        assert "1 is in the bin." in text_of(page.post(reverse("files:act"), chosen, follow=True))
        assert [file.name for file in File.objects.kept()] == ["a.md"]

    def test_moving_has_a_page(self, page, person, space, client, people):
        walks = make_folder(actor=person, space=space, name="Walks")
        make_folder(actor=person, space=space, parent=walks, name="River")
        file = keep(person, space, "a.md", b"# A")
        url = reverse("files:move-file", args=[file.public_id])
        assert "Walks / River" in text_of(page.get(url))
        # A folder is not offered itself, nor what is in it.
        own = text_of(page.get(reverse("files:move-folder", args=[walks.public_id])))
        assert "Walks / River" not in own
        told = page.post(url, {"to": f"folder:{walks.public_id}"}, follow=True)
        assert "It is in “Walks” now." in text_of(told)
        file.refresh_from_db()
        assert file.folder == walks
        into_itself = reverse("files:move-folder", args=[walks.public_id])
        refused = page.post(into_itself, {"to": f"folder:{walks.public_id}"}, follow=True)
        assert "A folder cannot be put into itself." in text_of(refused)
        client.force_login(people.student)
        assert client.post(url, {"to": f"space:{space.public_id}"}).status_code == 404


class TestWhatALessonShows:
    """Files that are kept and used: fetched by the address of what is stored."""

    def used(self, person, space, name, content):
        file = keep(person, space, name, content)
        set_usages(owner_kind="avatar", owner_id=person.pk, file_ids={file.shown.stored.public_id}, actor=person)
        return file

    def test_a_download_is_written_down_once_an_hour(self, page, person, space):
        file = self.used(person, space, "a.pdf", b"%PDF-1.7\n")
        url = file.shown.stored.get_absolute_url()
        with time_machine.travel(timezone.now(), tick=False) as clock:
            page.head(url)
            assert log() == []
            for _ in range(3):
                fetch(page, url)
            assert log(file) == [("download", "Ines Inside")]
            assert AccessLog.objects.get().number == 1
            clock.shift(timedelta(minutes=61))
            fetch(page, url)
            assert len(log(file)) == 2

    def test_each_person_for_themselves_and_pictures_not_at_all(self, page, person, space, client, people, settings):
        sound = self.used(person, space, "a.wav", b"RIFF\x24\0\0\0WAVEfmt " + bytes(30))
        picture = self.used(person, space, "b.png", png(5))
        for file in (sound, picture):
            fetch(page, file.shown.stored.get_absolute_url())
            page.get(file.shown.stored.get_absolute_url(), headers={"Range": "bytes=3-"}).getvalue()
        assert log() == [("view", "Ines Inside")]
        client.force_login(people.admin)
        fetch(client, sound.shown.stored.get_absolute_url())
        assert log(sound) == [("view", "Ines Inside"), ("view", people.admin.name)]

    def test_a_refusal_is_written_down_by_whatever_address(self, person, space, people, client):
        file = keep(person, space, "a.md", b"# A")
        client.force_login(people.student)
        asked = (
            file.shown.stored.get_absolute_url(),
            file.get_absolute_url(),
            f"/api/v1/files/{file.public_id}/",
            f"/api/v1/files/{file.public_id}/accesses/",
        )
        for url in asked:
            AccessLog.objects.all().delete()
            assert client.get(url).status_code == 404
            assert log(file) == [("denial", people.student.name)]
        folder = make_folder(actor=person, space=space, name="Walks")
        for url in (folder.get_absolute_url(), f"/api/v1/folders/{folder.public_id}/"):
            AccessLog.objects.all().delete()
            assert client.get(url).status_code == 404
            assert AccessLog.objects.get().folder == folder


@pytest.mark.parametrize("name", ["-", "a-b.png", "Straße Ω 50%.png", "a;b,c'(d)#e?f&g+h=i.png", "thumb"])
def test_addresses_of_lists_are_those_of_the_site(person, space, name):
    file = keep(person, space, "a.png")
    file.name = name
    place = [file.public_id, name]
    assert bytes_url(file, download=True) == f"{reverse('files:open', args=place)}?download=1"
    with override_script_prefix("/lms/"):
        assert bytes_url(file) == reverse("files:open", args=place)
    listing = listed_in(space, None, Wanted())
    [row] = rows_of(listing, person, set(), rights=Rights(keeps=True, changes=None))
    found = (row.url, row.share_url, row.rename_url, row.move_url)
    names = ("file", "share-file", "rename-file", "move-file")
    assert found == tuple(reverse(f"files:{one}", args=[file.public_id]) for one in names)
