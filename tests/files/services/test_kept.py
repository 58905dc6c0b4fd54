"""Kept files: names, places, versions, room; the bin; sharing. Nothing is lost, nothing is seen by others."""

import importlib
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError, UniqueConstraint
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.errors import Conflict, Invalid, NotAllowed
from files.enums import AccessAction, ShareLevel
from files.models import AccessLog, File, FileVersion, Folder, Share, StoredFile, Usage
from files.services import bin as bins
from files.services import sharing
from files.services.kept import add_version, bring_back, keep_file, make_folder, rename
from files.services.moving import move
from files.services.spaces import NoRoom, set_quota, space_of, used_in
from files.services.store import remove_unused_files
from tests.factories import UserFactory
from tests.factories.files import png, stored

pytestmark = pytest.mark.django_db


def keep(person, space, name="a.png", content=None, folder=None):
    return keep_file(actor=person, space=space, folder=folder, stored=stored(content or png(1), name, person)).file


def tree(space) -> set[str]:
    """Paths of all that is kept, as people see them; "#" and the version behind files."""

    def path(folder):
        return f"{path(folder.parent)}{folder.name}/" if folder else "/"

    files = {f"{path(f.folder)}{f.name}#{f.current.number}" for f in space.files.kept()}
    return files | {path(f) for f in space.folders.kept()}


def paths_are_right(space) -> bool:
    """Whether each folder says of itself where it lies, and lies in one space with all that is in it."""
    folders = list(Folder.objects.filter(space=space).select_related("parent"))
    files = File.objects.filter(folder__space=space)
    return all(one.path == f"{one.parent.path if one.parent else '/'}{one.pk}/" for one in folders) and all(
        one.space_id == space.pk for one in [*files, *Folder.objects.filter(parent__space=space)]
    )


def binned(space) -> set[tuple[str, str | None]]:
    """Names of all that is in the bin, with the folder that took it along."""
    rows = [*space.files.binned().select_related("binned_with"), *space.folders.binned().select_related("binned_with")]
    return {(row.name, row.binned_with.name if row.binned_with else None) for row in rows}


def test_the_same_name_is_a_new_version_and_the_same_content_none(person, space):
    first = keep(person, space, "a.png", png(1))
    keep(person, space, "A.png", png(2))
    again = keep(person, space, "a.png", png(2))

    assert first.pk == again.pk
    assert tree(space) == {"/a.png#2"}
    assert [v.number for v in first.versions.all()] == [2, 1]
    # Both contents stay readable.
    assert Usage.objects.filter(owner_kind="file_version").count() == 2
    assert remove_unused_files() == 0


def test_an_earlier_version_comes_back_as_a_new_one(person, space):
    file = keep(person, space, "a.png", png(1))
    add_version(actor=person, file=file, stored=stored(png(2), "b.png", person))
    first = file.versions.get(number=1)

    back = bring_back(actor=person, version=first)

    assert (back.number, back.brought_back, back.stored_id) == (3, 1, first.stored_id)
    assert tree(space) == {"/a.png#3"}
    assert bring_back(actor=person, version=back).number == 3


def test_a_version_of_another_kind_brings_its_ending(person, space):
    file = keep(person, space, "notes.png", png(1))
    add_version(actor=person, file=file, stored=stored(b"# Notes\n", "notes.md", person))
    assert tree(space) == {"/notes.png.md#2"}


def test_names_are_looked_after(person, space):
    file = keep(person, space, "a.png")
    other = keep(person, space, "b.png", png(2))
    folder = make_folder(actor=person, space=space, name="Field\x00 no/tes ‮")
    assert folder.name == "Field no tes"

    rename(actor=person, entry=file, name="Straße")
    assert tree(space) == {"/Straße.png#1", "/b.png#1", "/Field no tes/"}
    with pytest.raises(Conflict) as error:
        rename(actor=person, entry=other, name="STRASSE.PNG")
    assert error.value.code == "name_taken"
    with pytest.raises(Invalid) as empty:
        rename(actor=person, entry=folder, name=" . ")
    assert empty.value.code == "name_empty"
    with pytest.raises(Conflict):
        make_folder(actor=person, space=space, name="FIELD no tes")


def test_moving_takes_all_along_and_numbers_what_is_taken(person, space):
    top, inner = make_folder(actor=person, space=space, name="top"), None
    inner = make_folder(actor=person, space=space, parent=top, name="inner")
    keep(person, space, "deep.png", png(1), inner)
    keep(person, space, "a.png", png(2), inner)
    loose = keep(person, space, "a.png", png(3))
    target = make_folder(actor=person, space=space, name="target")

    move(actor=person, entries=[top, loose], space=space, folder=target)
    inner.refresh_from_db()
    move(actor=person, entries=[loose], space=space, folder=inner)

    assert tree(space) == {
        "/target/",
        "/target/top/",
        "/target/top/inner/",
        "/target/top/inner/deep.png#1",
        "/target/top/inner/a.png#1",
        "/target/top/inner/a (2).png#1",
    }
    assert inner.path == f"/{target.pk}/{top.pk}/{inner.pk}/"
    with pytest.raises(Conflict) as error:
        move(actor=person, entries=[target], space=space, folder=inner)
    assert error.value.code == "into_itself"


def test_what_lies_in_something_else_that_is_moved_lies_beside_it_afterwards(person, space):
    top = make_folder(actor=person, space=space, name="top")
    inner = make_folder(actor=person, space=space, parent=top, name="inner")
    deep = make_folder(actor=person, space=space, parent=inner, name="deep")
    file = keep(person, space, "a.png", png(1), inner)
    keep(person, space, "b.png", png(2), deep)
    target = make_folder(actor=person, space=space, name="target")

    moved = move(actor=person, entries=[top, file, inner, inner], space=space, folder=target)

    assert moved == [top, file, inner]
    assert tree(space) == {
        "/target/",
        "/target/top/",
        "/target/inner/",
        "/target/inner/deep/",
        "/target/inner/deep/b.png#1",
        "/target/a.png#1",
    }
    assert paths_are_right(space)


def test_moving_to_another_space_asks_for_names_there_alone(person, space):
    """The same names lie at the top of both, and in the folder that is moved."""
    there = space_of("person", UserFactory().pk)
    folder = make_folder(actor=person, space=space, name="folder")
    inner = make_folder(actor=person, space=space, parent=folder, name="notes")
    make_folder(actor=person, space=space, name="notes")
    keep(person, space, "a.png", png(1), inner)
    keep(person, space, "a.png", png(2))
    loose = keep(person, space, "a.png", png(3), folder)
    admin = UserFactory(role="admin")

    move(actor=admin, entries=[inner, loose], space=there)

    assert tree(there) == {"/notes/", "/notes/a.png#1", "/a.png#1"}
    assert tree(space) == {"/folder/", "/notes/", "/a.png#1"}
    assert paths_are_right(space)
    assert paths_are_right(there)
    assert {file.space_id for file in File.objects.filter(folder=inner)} == {there.pk}


def queries(act) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)


def many(person, space, n: int, content: int) -> list[File | Folder]:
    """So many files, and folders with a folder and a file in each, in a folder of their own; all files are called alike."""
    place = make_folder(actor=person, space=space, name=f"{n} of each")
    found: list[File | Folder] = []
    for number in range(n):
        folder = make_folder(actor=person, space=space, parent=place, name=f"folder {number}")
        inner = make_folder(actor=person, space=space, parent=folder, name="inner")
        keep(person, space, "a.png", png(content), inner)
        found += [folder, keep(person, space, f"{number}.png", png(content), place)]
    return found


class TestMany:
    """What takes a lock asks as often for thirty as for three."""

    @pytest.fixture
    def few_and_many(self, person, space):
        return {n: many(person, space, n, n) for n in (3, 30)}

    @pytest.mark.parametrize("other", [False, True], ids=["in the space", "to another"])
    def test_moving(self, person, space, few_and_many, other):
        target = space_of("person", UserFactory().pk) if other else space
        actor = UserFactory(role="admin")
        folders = {n: make_folder(actor=actor, space=target, name=f"target {n}") for n in (3, 30)}
        for folder in folders.values():
            keep_file(actor=actor, space=target, folder=folder, stored=stored(png(50), "0.png", actor))

        def moving(n):
            return queries(lambda: move(actor=actor, entries=few_and_many[n], space=target, folder=folders[n]))

        assert moving(3) == moving(30) < 40
        names = set(folders[30].files.kept().values_list("name", flat=True))
        assert names == {"0.png", "0 (2).png", *(f"{number}.png" for number in range(1, 30))}
        assert folders[30].folders.count() == 30
        assert paths_are_right(target)

    def test_the_bin(self, person, space, few_and_many):
        def all_ways(n):
            entries = few_and_many[n]
            yield queries(lambda: bins.put_into_bin(actor=person, entries=entries))
            assert not File.objects.kept().filter(versions__stored=stored(png(n), "a.png", person)).exists()
            files = [entry for entry in entries if isinstance(entry, File)]
            yield queries(lambda: bins.restore(actor=person, entries=files))
            assert File.objects.kept().filter(pk__in=[file.pk for file in files]).count() == n
            bins.put_into_bin(actor=person, entries=files)
            yield queries(lambda: bins.delete_for_good(actor=person, entries=entries))

        few, more = list(all_ways(3)), list(all_ways(30))
        assert few == more
        assert (File.objects.count(), Folder.objects.count()) == (0, 2)
        assert not Usage.objects.filter(owner_kind="file_version").exists()

    def test_emptying_the_bin(self, person, space):
        asked = []
        for n in (3, 30):
            bins.put_into_bin(actor=person, entries=many(person, space, n, n))
            asked.append(queries(lambda: bins.empty_bin(actor=person, space=space)))
        assert asked[0] == asked[1] < 60
        assert (File.objects.count(), Folder.objects.count()) == (0, 2)

    @pytest.mark.parametrize("who", ["keeper", "guest"])
    def test_choosing_on_a_page(self, client, space, person, few_and_many, who):
        """Whoever keeps them, or was let into the folder that they lie in."""
        guest = UserFactory()
        client.force_login(person if who == "keeper" else guest)
        asked = {}
        for n, entries in few_and_many.items():
            around = Folder.objects.get(name=f"{n} of each")
            share = {"audience_kind": "person", "audience_id": guest.pk, "level": ShareLevel.EDIT}
            Share.objects.create(folder=around, made_by=person, **share)
            target = make_folder(actor=person, space=space, parent=around, name="target")
            keys = [f"{type(entry).__name__.lower()}:{entry.public_id}" for entry in entries]
            posted = {"do": "move", "to": f"folder:{target.public_id}", "entry": keys}
            asked[n] = queries(lambda posted=posted: client.post("/files/act/", posted))
            assert (target.files.count(), target.folders.count()) == (n, n)
        assert asked[3] == asked[30]

    def test_one_that_is_not_to_be_seen_is_written_down_and_nothing_is_moved(self, client, space, person, few_and_many):
        guest = UserFactory()
        client.force_login(guest)
        own = keep(guest, space_of("person", guest.pk), "own.png")
        theirs = few_and_many[3][1]
        for _ in range(2):
            keys = [f"file:{own.public_id}", f"file:{theirs.public_id}"]
            assert client.post("/files/act/", {"do": "bin", "entry": keys}).status_code == 404
        own.refresh_from_db()
        assert not own.is_binned
        noted = AccessLog.objects.filter(action=AccessAction.DENIAL).values_list("user", "file")
        assert list(noted) == [(guest.pk, theirs.pk)]
        for unknown in ("file:", "thing:1", "", f"folder:{theirs.public_id}"):
            assert client.post("/files/act/", {"do": "bin", "entry": [unknown]}).status_code == 404


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_somebody_else_took_away_meanwhile_is_not_moved_back(person, space, kind):
    theirs = space_of("person", UserFactory().pk)
    target = make_folder(actor=person, space=space, name="target")
    if kind == "file":
        seen = keep_file(actor=person, space=space, stored=stored(png(1), "a.png", person)).file
    else:
        seen = make_folder(actor=person, space=space, name="top")
    type(seen).objects.filter(pk=seen.pk).update(space=theirs)
    with pytest.raises(Conflict) as error:
        move(actor=person, entries=[seen], space=space, folder=target)
    seen.refresh_from_db()
    assert (error.value.code, seen.space) == ("moved_away", theirs)


def test_folders_go_only_so_deep(person, space):
    folder = None
    for n in range(20):
        folder = make_folder(actor=person, space=space, parent=folder, name=f"{n}")
    with pytest.raises(Conflict) as error:
        make_folder(actor=person, space=space, parent=folder, name="one more")
    assert error.value.code == "too_deep"
    pair = make_folder(actor=person, space=space, name="pair")
    make_folder(actor=person, space=space, parent=pair, name="inner")
    with pytest.raises(Conflict):
        move(actor=person, entries=[pair], space=space, folder=folder.parent)
    move(actor=person, entries=[pair], space=space, folder=folder.parent.parent)


def test_room_is_counted_once_for_the_same_bytes_and_ends_with_a_number(person, space):
    size = len(png(1))
    keep(person, space, "a.png", png(1))
    keep(person, space, "copy.png", png(1))
    assert used_in(space) == size
    set_quota(actor=UserFactory(role="admin"), space=space, quota=size + 5)
    space.refresh_from_db()

    with pytest.raises(NoRoom) as error:
        keep(person, space, "b.png", png(2))

    assert error.value.status == 413
    assert error.value.extra == {"used": size, "quota": size + 5, "size": len(png(2))}
    assert tree(space) == {"/a.png#1", "/copy.png#1"}


def test_nobody_else_sees_or_changes_them(person, space):
    file = keep(person, space)
    folder = make_folder(actor=person, space=space, name="folder")
    other = UserFactory(role="manager")

    assert not File.objects.visible_to(other)
    assert not Folder.objects.visible_to(other)
    assert not StoredFile.objects.visible_to(other).exists()
    for act in (
        lambda: keep_file(actor=other, space=space, stored=stored(png(2), "b.png", other)),
        lambda: keep_file(actor=other, space=space, folder=folder, stored=stored(png(2), "b.png", other)),
        lambda: rename(actor=other, entry=file, name="b.png"),
        lambda: move(actor=other, entries=[file], space=space_of("person", other.pk)),
        lambda: bins.put_into_bin(actor=other, entries=[folder]),
        lambda: sharing.share_by_link(actor=other, entry=file),
        lambda: add_version(actor=other, file=file, stored=stored(png(2), "b.png", other)),
        lambda: set_quota(actor=person, space=space, quota=10**12),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert tree(space) == {"/a.png#1", "/folder/"}


class TestBin:
    def test_a_folder_comes_back_with_what_went_along(self, person, space):
        folder = make_folder(actor=person, space=space, name="folder")
        inner = make_folder(actor=person, space=space, parent=folder, name="inner")
        early, deep = keep(person, space, "early.png", png(1), folder), keep(person, space, "deep.png", png(2), inner)
        bins.put_into_bin(actor=person, entries=[early])

        assert bins.put_into_bin(actor=person, entries=[folder]) == 1
        assert tree(space) == set()
        make_folder(actor=person, space=space, name="folder")

        folder.refresh_from_db()
        bins.restore(actor=person, entries=[folder])
        assert tree(space) == {"/folder/", "/folder (2)/", "/folder (2)/inner/", "/folder (2)/inner/deep.png#1"}
        early.refresh_from_db()
        bins.restore(actor=person, entries=[early])
        assert "/folder (2)/early.png#1" in tree(space)
        assert deep.pk in space.files.kept().values_list("pk", flat=True)

    @pytest.fixture
    def nested(self, person, space):
        """A folder in a folder in a folder, with a file in each; the deepest had a file in the bin already."""
        outer = make_folder(actor=person, space=space, name="outer")
        middle = make_folder(actor=person, space=space, parent=outer, name="middle")
        inner = make_folder(actor=person, space=space, parent=middle, name="inner")
        for number, folder in enumerate((outer, middle, inner), 1):
            keep(person, space, "a.png", png(number), folder)
        early = keep(person, space, "early.png", png(4), inner)
        bins.put_into_bin(actor=person, entries=[early])
        bins.put_into_bin(actor=person, entries=[outer])
        return {"outer": outer, "middle": middle, "inner": inner, "early": early}

    def test_a_folder_that_went_with_another_comes_back_alone_with_all_that_is_in_it(self, person, space, nested):
        assert binned(space) == {
            ("outer", None),
            ("middle", "outer"),
            ("inner", "outer"),
            ("a.png", "outer"),
            ("early.png", None),
        }
        back = bins.restore(actor=person, entries=[nested["middle"]])

        assert back == [nested["middle"]]
        middle = {"/middle/", "/middle/a.png#1", "/middle/inner/", "/middle/inner/a.png#1"}
        assert tree(space) == middle
        assert binned(space) == {("outer", None), ("a.png", "outer"), ("early.png", None)}
        assert paths_are_right(space)

        # Time takes nothing of it, and what remained comes back as ever.
        keep(person, space, "b.png", png(5), Folder.objects.get(name="middle"))
        with time_machine.travel(timezone.now() + timedelta(days=1)):
            bins.restore(actor=person, entries=[nested["outer"]])
        assert tree(space) == middle | {"/middle/b.png#1", "/outer/", "/outer/a.png#1"}
        with time_machine.travel(timezone.now() + timedelta(days=400)):
            assert bins.remove_old_from_bin() == 1
        assert tree(space) == middle | {"/middle/b.png#1", "/outer/", "/outer/a.png#1"}
        assert (binned(space), paths_are_right(space)) == (set(), True)

    def test_the_outer_one_comes_back_where_the_inner_one_was_filled_anew(self, person, space, nested):
        """The same names in both, each in its own."""
        bins.restore(actor=person, entries=[nested["inner"]])
        inner = Folder.objects.get(name="inner")
        keep(person, space, "early.png", png(6), inner)
        outer = make_folder(actor=person, space=space, name="outer")
        keep(person, space, "a.png", png(7), outer)

        bins.restore(actor=person, entries=[nested["outer"], nested["early"]])

        assert tree(space) == {
            "/inner/",
            "/inner/a.png#1",
            "/inner/early.png#1",
            "/inner/early (2).png#1",
            "/outer/",
            "/outer/a.png#1",
            "/outer (2)/",
            "/outer (2)/a.png#1",
            "/outer (2)/middle/",
            "/outer (2)/middle/a.png#1",
        }
        assert (binned(space), paths_are_right(space)) == (set(), True)

    def test_a_file_that_went_with_a_folder_comes_back_alone(self, person, space, nested):
        deep = File.objects.get(folder=nested["inner"], name="a.png")
        keep(person, space, "a.png", png(8))
        bins.restore(actor=person, entries=[deep])
        assert tree(space) == {"/a.png#1", "/a (2).png#1"}
        bins.restore(actor=person, entries=[nested["outer"]])
        assert tree(space) == {
            "/a.png#1",
            "/a (2).png#1",
            "/outer/",
            "/outer/a.png#1",
            "/outer/middle/",
            "/outer/middle/a.png#1",
            "/outer/middle/inner/",
        }
        assert binned(space) == {("early.png", None)}

    def test_what_had_gone_before_keeps_to_itself_and_comes_back_to_its_folder(self, person, space):
        outer = make_folder(actor=person, space=space, name="outer")
        inner = make_folder(actor=person, space=space, parent=outer, name="inner")
        keep(person, space, "a.png", png(1), inner)
        bins.put_into_bin(actor=person, entries=[inner])
        bins.put_into_bin(actor=person, entries=[outer])

        bins.restore(actor=person, entries=[outer])
        assert (tree(space), binned(space)) == ({"/outer/"}, {("inner", None), ("a.png", "inner")})
        bins.put_into_bin(actor=person, entries=[outer])
        # Both at once, whichever is named first.
        bins.restore(actor=person, entries=[inner, outer])
        assert tree(space) == {"/outer/", "/outer/inner/", "/outer/inner/a.png#1"}
        assert (binned(space), paths_are_right(space)) == (set(), True)

    @pytest.mark.parametrize("order", [1, -1])
    def test_who_lies_in_another_that_goes_goes_along(self, person, space, order):
        outer = make_folder(actor=person, space=space, name="outer")
        inner = make_folder(actor=person, space=space, parent=outer, name="inner")
        file = keep(person, space, "a.png", png(1), inner)
        before = tree(space)
        assert bins.put_into_bin(actor=person, entries=[outer, inner, file][::order]) == 3
        assert binned(space) == {("outer", None), ("inner", "outer"), ("a.png", "outer")}
        assert bins.put_into_bin(actor=person, entries=[file, inner, outer]) == 0
        bins.restore(actor=person, entries=[outer])
        assert tree(space) == before

    def test_a_folder_in_which_something_is_kept_is_not_deleted_nor_those_around_it(self, person, space, nested):
        """Somebody's file came there meanwhile, past the lock."""
        File.objects.filter(folder=nested["middle"]).update(deleted_at=None, binned_with=None)
        assert bins.empty_bin(actor=person, space=space) == 3
        assert set(Folder.objects.values_list("name", flat=True)) == {"outer", "middle"}

    def test_what_was_in_a_folder_that_is_gone_comes_to_the_top(self, person, space):
        folder = make_folder(actor=person, space=space, name="folder")
        file = keep(person, space, "a.png", png(1), folder)
        bins.put_into_bin(actor=person, entries=[folder])
        file.refresh_from_db()

        bins.restore(actor=person, entries=[file])
        folder.refresh_from_db()
        assert bins.delete_for_good(actor=person, entries=[folder]) == 0

        assert tree(space) == {"/a.png#1"}
        assert not Folder.objects.exists()

    def test_deleted_for_good_frees_the_room_and_then_the_bytes(self, person, space):
        file = keep(person, space, "a.png", png(1))
        add_version(actor=person, file=file, stored=stored(png(2), "a.png", person))
        with pytest.raises(ProtectedError):
            StoredFile.objects.first().delete()
        assert bins.delete_for_good(actor=person, entries=[file]) == 0  # not in the bin yet

        bins.put_into_bin(actor=person, entries=[file])
        assert used_in(space) > 0
        assert bins.empty_bin(actor=person, space=space) == 1

        assert used_in(space) == 0
        assert not (File.objects.exists())
        assert not (FileVersion.objects.exists())
        assert not (Usage.objects.exists())
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            assert remove_unused_files() == 2

    def test_it_empties_itself_in_time(self, person, space, settings):
        settings.FILES_BIN_DAYS = 30
        folder = make_folder(actor=person, space=space, name="folder")
        keep(person, space, "a.png", png(1), folder)
        kept = keep(person, space, "kept.png", png(2))
        bins.put_into_bin(actor=person, entries=[folder])
        with time_machine.travel(timezone.now() + timedelta(days=29)):
            assert bins.remove_old_from_bin() == 0
        with time_machine.travel(timezone.now() + timedelta(days=31)):
            assert bins.remove_old_from_bin() == 1
        assert list(File.objects.all()) == [kept]
        assert not Folder.objects.exists()

    def test_what_lies_there_is_not_changed(self, person, space):
        file = keep(person, space)
        bins.put_into_bin(actor=person, entries=[file])
        for act in (
            lambda: rename(actor=person, entry=file, name="b.png"),
            lambda: add_version(actor=person, file=file, stored=stored(png(2), "b.png", person)),
            lambda: move(actor=person, entries=[file], space=space),
            lambda: sharing.share_by_link(actor=person, entry=file),
        ):
            with pytest.raises(Conflict) as error:
                act()
            assert error.value.code == "in_bin"


class TestSharing:
    def test_a_person_sees_what_is_shared_and_nothing_beside_it(self, taught, people):
        person, friend = people.teacher, people.assistant
        space = space_of("person", person.pk)
        folder = make_folder(actor=person, space=space, name="shared")
        inner = make_folder(actor=person, space=space, parent=folder, name="inner")
        deep, beside = keep(person, space, "deep.png", png(1), inner), keep(person, space, "beside.png", png(2))
        share = sharing.share_with(actor=person, entry=folder, kind="person", audience_id=friend.pk)

        assert set(File.objects.visible_to(friend)) == {deep}
        assert set(Folder.objects.visible_to(friend)) == {folder, inner}
        assert set(Folder.objects.all().shared_with(friend)) == {folder}
        assert set(StoredFile.objects.visible_to(friend)) == {deep.current.stored}
        assert friend.has_perm("files.view_file", deep)
        assert not friend.has_perm("files.view_file", beside)
        with pytest.raises(NotAllowed):
            rename(actor=friend, entry=deep, name="x.png")

        sharing.change_share(actor=person, share=share, level=ShareLevel.EDIT)
        rename(actor=friend, entry=deep, name="x.png")
        keep(friend, space, "theirs.png", png(3), inner)
        for act in (
            lambda: bins.put_into_bin(actor=friend, entries=[deep]),
            lambda: sharing.share_by_link(actor=friend, entry=deep),
            lambda: keep(friend, space, "top.png", png(4)),
        ):
            with pytest.raises(NotAllowed):
                act()

        sharing.end_share(actor=person, share=share)
        sharing.end_share(actor=person, share=share)
        assert not File.objects.visible_to(friend)
        assert not Folder.objects.visible_to(friend)
        assert list(AccessLog.objects.values_list("action", flat=True)) == [AccessAction.UNSHARE, AccessAction.SHARE]

    def test_a_folder_whose_number_begins_alike_is_not_meant(self, person, space):
        one = make_folder(actor=person, space=space, name="one")
        other = make_folder(actor=person, space=space, name="other")
        Folder.objects.filter(pk=other.pk).update(path=f"/{one.pk}0/")
        file = keep(person, space, "a.png", png(1), other)
        friend = UserFactory(role="manager")
        Share.objects.create(folder=one, audience_kind="person", audience_id=friend.pk, made_by=person)
        assert file not in File.objects.visible_to(friend)

    def test_a_share_ends_by_itself(self, person, space):
        file = keep(person, space)
        friend = UserFactory()
        with pytest.raises(Invalid):
            sharing.share_by_link(actor=person, entry=file, expires_at=timezone.now() - timedelta(seconds=1))
        Share.objects.create(
            file=file,
            audience_kind="person",
            audience_id=friend.pk,
            made_by=person,
            expires_at=timezone.now() + timedelta(hours=1),
        )
        assert list(File.objects.visible_to(friend)) == [file]
        with time_machine.travel(timezone.now() + timedelta(hours=2)):
            assert not File.objects.visible_to(friend)
        with time_machine.travel(timezone.now() + timedelta(days=40)):
            assert sharing.remove_old_shares() == 1

    def test_people_whom_one_does_not_see_cannot_be_shared_with(self, person, space):
        stranger = UserFactory()
        with pytest.raises(Invalid) as error:
            sharing.share_with(actor=person, entry=keep(person, space), kind="person", audience_id=stranger.pk)
        assert error.value.code == "unknown_audience"

    def test_shared_once_more_it_is_changed(self, taught, people):
        person, friend = people.teacher, people.assistant
        file = keep(person, space_of("person", person.pk))
        first = sharing.share_with(actor=person, entry=file, kind="person", audience_id=friend.pk)
        again = sharing.share_with(actor=person, entry=file, kind="person", audience_id=friend.pk, level="edit")
        assert (again, again.level, Share.objects.count()) == (first, "edit", 1)
        with pytest.raises(IntegrityError), transaction.atomic():
            Share.objects.create(file=file, audience_kind="person", audience_id=friend.pk, made_by=person)
        # One that was ended does not stand in the way, nor one that is too old; it stays in the list as that.
        sharing.end_share(actor=person, share=first)
        day = timezone.now() + timedelta(days=1)
        second = sharing.share_with(actor=person, entry=file, kind="person", audience_id=friend.pk, expires_at=day)
        with time_machine.travel(day + timedelta(hours=1)):
            third = sharing.share_with(actor=person, entry=file, kind="person", audience_id=friend.pk)
            second.refresh_from_db()
            assert (len({first, second, third}), second.revoked_at, third.level) == (3, day, "view")
            sharing.end_share(actor=person, share=third)
            assert not File.objects.visible_to(friend)

    def test_links_may_be_several(self, person, space):
        file = keep(person, space)
        links = [sharing.share_by_link(actor=person, entry=file) for _each in range(2)]
        assert set(Share.objects.open()) == set(links)

    def test_of_those_that_were_made_twice_the_last_is_left(self, taught, people):
        """What the migration does to shares of before, which the database would not take any more."""
        person, now = people.teacher, timezone.now()
        space = space_of("person", person.pk)
        file, folder = keep(person, space), make_folder(actor=person, space=space, name="Walks")
        rows = {
            "first": ({"file": file, "audience_id": 1}, None, 2),
            "last": ({"file": file, "audience_id": 1}, None, 1),
            "newest of all, but too old": ({"file": file, "audience_id": 1}, now - timedelta(hours=1), 0),
            "with somebody else": ({"file": file, "audience_id": 2}, None, 3),
            "too old, and alone": ({"file": file, "audience_id": 3}, now - timedelta(hours=1), 3),
            "of a folder": ({"folder": folder, "audience_id": 1}, None, 3),
        }
        migration = importlib.import_module("files.migrations.0009_one_share")
        once = [one for one in Share._meta.constraints if isinstance(one, UniqueConstraint)]
        assert len(once) == 2
        with connection.cursor() as cursor:
            for constraint in once:
                cursor.execute(f"DROP INDEX {constraint.name}")
        made = {}
        for name, (values, until, days) in rows.items():
            made[name] = Share.objects.create(**values, audience_kind="person", made_by=person, expires_at=until)
            Share.objects.filter(pk=made[name].pk).update(updated_at=now - timedelta(days=days))
        for _twice in range(2):
            migration.end_all_but_the_last(apps, None)
        # What the rows wait for to be checked stands in the way of an index.
        connection.check_constraints()
        with connection.cursor() as cursor:
            for constraint in once:
                cursor.execute(str(constraint.create_sql(Share, connection.schema_editor())))
        ended = {name: Share.objects.get(pk=one.pk).revoked_at for name, one in made.items()}
        assert {name for name, at in ended.items() if at is None} == {
            "last",
            "with somebody else",
            "too old, and alone",
            "of a folder",
        }
        assert ended["newest of all, but too old"] == made["newest of all, but too old"].expires_at

    def test_a_link_is_its_own_key(self, person, space):
        file = keep(person, space)
        share = sharing.share_by_link(actor=person, entry=file, password="correct horse", most_downloads=2)
        token = sharing.link_of(share).rstrip("/").rsplit("/", 1)[1]

        assert sharing.share_of_link(token) == share
        assert sharing.share_of_link(f"{token}x") is None
        assert sharing.share_of_link(share.public_id.hex) is None
        assert not sharing.passed(share, "wrong horse")
        proof = sharing.passed(share, "correct horse")
        assert sharing.has_passed(share, proof)
        share = sharing.change_share(actor=person, share=share, password="battery staple")
        assert not sharing.has_passed(share, proof)
        assert "battery" not in str(Share.objects.filter(pk=share.pk).values())

        sharing.count_download(share)
        sharing.count_download(share)
        with pytest.raises(sharing.LinkOver):
            sharing.count_download(share)
        share.refresh_from_db()
        assert (share.downloads, share.is_over) == (2, True)
        with pytest.raises(Invalid) as short:
            sharing.share_by_link(actor=person, entry=file, password="short")
        assert short.value.code == "password_too_short"

    def test_who_can_open_it_is_told(self, taught, people):
        space = space_of("course", taught.course.pk)
        owner = people.owner
        folder = make_folder(actor=owner, space=space, name="handouts")
        file = keep_file(actor=owner, space=space, folder=folder, stored=stored(png(1), "a.png", owner)).file
        sharing.share_with(actor=owner, entry=folder, kind="course_students", audience_id=taught.course.pk)
        sharing.share_by_link(actor=owner, entry=file)

        told = [(a.who, a.level.label, a.how, a.is_own) for a in sharing.who_can_open(File.objects.get(pk=file.pk))]

        title = taught.course.title
        assert told == [
            (title, "Can edit", "Kept here", False),
            (f"Students of {title}", "Can view", "By the folder “handouts”", False),
            ("Anyone with the link", "Can view", "", True),
            ("Administrators", "Can edit", "By their role", False),
        ]
        assert list(File.objects.visible_to(people.student)) == [file]
        assert not File.objects.visible_to(people.outsider)
        assert list(File.objects.changeable_by(people.teacher)) == [file]
