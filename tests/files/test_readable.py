"""The stored file at an address, asked for by itself."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from core.ids import new_public_id
from files.models import AccessLog, File, StoredFile
from files.selectors.entries import file_at, folder_at, is_noted
from files.selectors.readable import readable_file
from files.services.accesses import note_access
from files.services.kept import keep_file, make_folder
from files.services.spaces import space_of
from tests.factories.files import stored, used_by

pytestmark = pytest.mark.django_db


def test_nothing_is_read_at_an_unknown_address(people):
    for reader in (people.student, people.admin, AnonymousUser()):
        assert readable_file(reader, new_public_id(), {"lesson", "avatar", "file_version"}) is None


def test_kinds_that_nothing_answers_for_open_nothing(people):
    file = used_by(("no-such-kind", 1))
    assert readable_file(people.owner, file.public_id, {"no-such-kind"}) is None
    assert readable_file(people.owner, file.public_id, set()) is None


def test_what_is_read_is_the_whole_file(taught, people):
    file = used_by(("lesson", taught.lesson.pk))
    for reader in (people.student, people.admin):
        found = readable_file(reader, file.public_id, {"lesson"})
        assert found is not None
        assert not found.get_deferred_fields()
        names = [field.attname for field in StoredFile._meta.concrete_fields]
        fresh = StoredFile.objects.get(pk=file.pk)
        assert {n: getattr(found, n) for n in names} == {n: getattr(fresh, n) for n in names}


class TestRightsAreAskedAnew:
    """The words of the question are kept, never an answer."""

    def test_a_student_who_leaves_the_course(self, taught, people):
        file = used_by(("lesson", taught.lesson.pk))
        assert readable_file(people.student, file.public_id, {"lesson"}) == file
        taught.course.memberships.filter(user=people.student).update(ended_at=timezone.now())
        assert readable_file(people.student, file.public_id, {"lesson"}) is None

    def test_a_lesson_that_is_opened_to_all_and_closed(self, taught, people):
        file, lesson = used_by(("lesson", taught.lesson.pk)), taught.lesson
        for is_preview in (False, True, False):
            type(lesson).objects.filter(pk=lesson.pk).update(is_preview=is_preview)
            for reader in (AnonymousUser(), people.outsider):
                assert (readable_file(reader, file.public_id, {"lesson"}) is not None) == is_preview

    def test_one_persons_answer_is_not_anothers(self, taught, people):
        file = used_by(("lesson", taught.lesson.pk))
        for _ in range(2):
            assert readable_file(people.student, file.public_id, {"lesson"}) == file
            assert readable_file(people.outsider, file.public_id, {"lesson"}) is None

    def test_an_account_that_is_closed(self, taught, people):
        file = used_by(("lesson", taught.lesson.pk))
        for reader in (people.student, people.admin):
            assert readable_file(reader, file.public_id, {"lesson"}) == file
            reader.is_active = False
            assert readable_file(reader, file.public_id, {"lesson"}) is None


def test_most_cost_one_query_and_no_kind_more_than_two(taught, people, django_assert_num_queries):
    file = used_by(("lesson", taught.lesson.pk), ("file_version", 10**9))
    kinds = {"lesson", "lesson_draft", "avatar", "file_version"}
    for reader, count in ((people.student, 1), (people.admin, 1), (people.outsider, 2)):
        with django_assert_num_queries(count):
            readable_file(reader, file.public_id, kinds)


class TestKeptFiles:
    @pytest.mark.parametrize("in_folder", [True, False])
    def test_a_file_comes_with_all_around_it(self, people, in_folder, django_assert_num_queries):
        owner = people.teacher
        space = space_of("person", owner.pk)
        folder = make_folder(actor=owner, space=space, name="Notes") if in_folder else None
        kept = keep_file(actor=owner, space=space, folder=folder, stored=stored(b"# A", "a.md", owner)).file
        expected = File.objects.select_related("space", "folder", "current__stored").get(pk=kept.pk)
        with django_assert_num_queries(1):
            found = file_at(kept.public_id)
            parts = [found, found.space, found.folder, found.shown, found.shown.stored]
        expected_parts = [expected, expected.space, expected.folder, expected.shown, expected.shown.stored]
        for part, other in zip(parts, expected_parts, strict=True):
            assert part == other
            if part is not None:
                names = [field.attname for field in part._meta.concrete_fields]
                assert {n: getattr(part, n) for n in names} == {n: getattr(other, n) for n in names}

    def test_one_that_is_being_made_has_no_version(self, people):
        space = space_of("person", people.teacher.pk)
        file = File.objects.create(space=space, name="a.md", name_key="a.md")
        assert file_at(file.public_id).current is None

    def test_none_is_at_an_unknown_address(self):
        assert (file_at(new_public_id()), folder_at(new_public_id())) == (None, None)

    def test_entries_of_the_log_are_told_apart(self, people):
        owner, start = people.teacher, timezone.now()
        space = space_of("person", owner.pk)
        file = keep_file(actor=owner, space=space, stored=stored(b"# A", "a.md", owner)).file
        folder = make_folder(actor=owner, space=space, name="Notes")
        AccessLog.objects.all().delete()
        note_access(action="view", user=owner, entry=file)
        own = {"action": "view", "user_id": owner.pk, "share_id": None, "file_id": file.pk}
        assert is_noted(start, **own)
        assert not is_noted(timezone.now(), **own)
        for other in ({"action": "denial"}, {"user_id": people.student.pk}, {"user_id": None}, {"share_id": 1}):
            assert not is_noted(start, **own | other)
        del own["file_id"]
        assert not is_noted(start, **own, folder_id=folder.pk)
        note_access(action="view", user=None, entry=folder)
        assert is_noted(start, **own | {"user_id": None}, folder_id=folder.pk)
        assert not is_noted(start, **own, folder_id=folder.pk)
