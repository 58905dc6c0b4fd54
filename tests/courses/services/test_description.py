"""The description of a course and the files in it: checked, noted, opened to whoever may open the course, and let go."""

import pytest
from django.contrib.auth.models import AnonymousUser

from core.authz import SYSTEM
from core.errors import Invalid
from core.models import EventLog
from courses.enums import CourseState
from courses.formats.folder_writing import write_course
from courses.kept_files import descriptions_using
from courses.models import Course
from courses.selectors.description import description_html
from courses.services.course import bin_course, change_course, create_course, unpublish_course
from courses.services.importing import import_course
from files.models import StoredFile, Usage
from files.services.kept import keep_file
from files.services.spaces import space_of
from tests.courses.formats.test_broken_folders import COURSE, SVG, lay, problems
from tests.courses.formats.test_round_trip import contents, moved_away
from tests.factories import CourseFactory, UserFactory
from tests.factories.files import bytes_of, png, stored

pytestmark = pytest.mark.django_db

PICTURE = "description = '![A dot](media/dot.svg)'\n"


def used():
    found = Usage.objects.filter(owner_kind="course_description").order_by("owner_id", "file__name")
    return list(found.values_list("owner_id", "file__name"))


def with_picture(people, taught, text="![A hedge](file:{id})"):
    """The taught course with a picture in its description, and the picture."""
    file = stored(png(9), "hedge.png", people.teacher)
    text = text.format(id=file.public_id)
    return change_course(actor=people.teacher, course=taught.course, description=text), file


class TestWriting:
    def test_a_new_course_has_the_files_of_its_description(self, people):
        file = stored(png(9), "hedge.png", people.owner)
        course = create_course(actor=people.owner, title="A", code="A", description=f"![x](file:{file.public_id})")
        assert used() == [(course.pk, "hedge.png")]
        assert f'<img src="{file.get_absolute_url()}" alt="x">' in description_html(course)

    def test_a_change_notes_what_is_named_now(self, people, taught):
        course, _file = with_picture(people, taught)
        other = stored(b"# Notes\n", "notes.md", people.teacher)
        change_course(actor=people.teacher, course=course, title="Anew")
        assert used() == [(course.pk, "hedge.png")]
        change_course(actor=people.teacher, course=course, description=f"[Notes](file:{other.public_id})")
        assert used() == [(course.pk, "notes.md")]
        change_course(actor=people.teacher, course=course, description="")
        assert used() == []

    def test_who_may_not_read_a_file_does_not_name_it(self, people, taught):
        secret = stored(png(8), "secret.png", UserFactory())
        text = f"![x](file:{secret.public_id})"
        for write in (
            lambda: change_course(actor=people.teacher, course=taught.course, description=text),
            lambda: create_course(actor=people.owner, title="A", code="A", description=text),
        ):
            with pytest.raises(Invalid) as refused:
                write()
            assert (refused.value.code, list(refused.value.fields)) == ("file_unknown", ["description"])
        taught.course.refresh_from_db()
        assert (taught.course.description, used(), Course.objects.filter(code="A").exists()) == ("", [], False)

    def test_a_colleague_goes_on_with_a_text_that_names_a_file(self, people, taught):
        course, file = with_picture(people, taught)
        changed = change_course(actor=people.owner, course=course, description=f"More. ![x](file:{file.public_id})")
        assert used() == [(changed.pk, "hedge.png")]

    def test_a_description_of_before_opens_nothing_and_stays(self, people, taught):
        secret = stored(png(8), "secret.png", UserFactory())
        Course.objects.filter(pk=taught.course.pk).update(description=f"[x](file:{secret.public_id})")
        course = change_course(actor=people.teacher, course=Course.objects.get(pk=taught.course.pk), title="Anew")
        changed = change_course(actor=people.teacher, course=course, description=f"{course.description} More.")
        assert used() == []
        assert str(secret.public_id) not in description_html(changed)


class TestReading:
    def test_visitors_see_that_of_a_published_course_alone(self, people, taught):
        course, file = with_picture(people, taught)
        readers = {name: getattr(people, name) for name in ("student", "outsider", "other_owner", "teacher")}
        readers["visitor"] = AnonymousUser()

        def seen_by() -> set[str]:
            return {name for name, who in readers.items() if StoredFile.objects.visible_to(who).contains(file)}

        assert seen_by() == set(readers)
        unpublish_course(actor=people.owner, course=course)
        assert seen_by() == {"teacher"}
        Course.objects.filter(pk=course.pk).update(state=CourseState.ARCHIVED)
        assert seen_by() == {"teacher", "student"}
        bin_course(actor=people.owner, course=Course.objects.get(pk=course.pk))
        assert seen_by() == set()

    def test_what_it_does_not_use_has_no_address(self, taught):
        file = stored(png(9), "hedge.png")
        taught.course.description = f"![A hedge](file:{file.public_id})"
        assert description_html(taught.course) == '<p><img src="" alt="A hedge"></p>\n'

    def test_without_files_it_asks_for_none(self, taught, django_assert_num_queries):
        taught.course.description = "Plain **words**."
        with django_assert_num_queries(0):
            assert description_html(taught.course) == "<p>Plain <strong>words</strong>.</p>\n"

    def test_a_kept_file_says_where_it_stands_to_whom_may_know(self, client, people, taught):
        kept = keep_file(
            actor=people.teacher,
            space=space_of("person", people.teacher.pk),
            stored=stored(png(9), "hedge.png", people.teacher),
        ).file
        change_course(
            actor=people.teacher, course=taught.course, description=f"![x](file:{kept.current.stored.public_id})"
        )
        client.force_login(people.teacher)
        page = client.get(kept.get_absolute_url()).content.decode()
        assert (f'href="{taught.course.get_absolute_url()}"' in page, "The description of Statistics" in page) == (
            True,
            True,
        )
        unpublish_course(actor=people.owner, course=taught.course)
        assert descriptions_using(people.outsider, {taught.course.pk}) == []


class TestTravelling:
    def test_it_comes_out_as_it_went_in_with_its_files(self, people, taught, tmp_path):
        course, file = with_picture(people, taught, "Look: ![A hedge](file:{id})\n\n`file:x`")
        write_course(course, tmp_path / "one")
        assert contents(tmp_path / "one")["media/hedge.png"] == png(9)
        assert "![A hedge](media/hedge.png)" in (tmp_path / "one" / "course.toml").read_text()
        moved_away(course)
        copy = import_course(actor=people.other_owner, path=tmp_path / "one").course
        # The person who takes it in owns a copy; it does not hang on the first one's files.
        mine = StoredFile.objects.get(usages__owner_kind="course_description", usages__owner_id=copy.pk)
        assert (mine.pk != file.pk, mine.uploaded_by_id, bytes_of(mine)) == (True, people.other_owner.pk, png(9))
        assert copy.description == f"Look: ![A hedge](file:{mine.public_id})\n\n`file:x`"
        write_course(copy, tmp_path / "two")
        assert contents(tmp_path / "two") == contents(tmp_path / "one") | {
            "course.toml": contents(tmp_path / "two")["course.toml"]
        }

    def test_again_and_by_somebody_else_changes_nothing(self, people, tmp_path):
        root = lay(tmp_path, **{"media/dot.svg": SVG, "course.toml": COURSE + PICTURE})
        first = import_course(actor=people.owner, path=root)
        for actor in (people.owner, people.admin, SYSTEM):
            again = import_course(actor=actor, path=root)
            assert (again.created, again.changed, StoredFile.objects.count()) == (0, 0, 1)
        assert used() == [(first.course.pk, "dot.svg")]

    def test_a_trial_run_leaves_nothing(self, people, tmp_path):
        root = lay(tmp_path, **{"media/dot.svg": SVG, "course.toml": COURSE + PICTURE})
        assert import_course(actor=people.owner, path=root, trial=True).created
        assert (used(), StoredFile.objects.count(), Course.objects.count()) == ([], 0, 0)

    def test_a_file_in_the_bin_alone_is_stored_anew(self, people, taught, tmp_path):
        course, _file = with_picture(people, taught)
        write_course(course, tmp_path / "one")
        # Of somebody who has left: nobody may name it any more, but its row is still there.
        change_course(actor=SYSTEM, course=course, description="")
        stranger = stored(png(9), "hedge.png", UserFactory())
        Usage.objects.create(file=stranger, owner_kind="lesson", owner_id=taught.draft_lesson.pk)
        type(taught.draft_lesson).everything.filter(pk=taught.draft_lesson.pk).update(deleted_at="2026-01-01T00:00Z")
        text = import_course(actor=people.teacher, path=tmp_path / "one").course.description
        assert str(stranger.public_id) not in text
        assert len(used()) == 1

    def test_only_its_own_files_go_out(self, people, taught, tmp_path):
        secret = stored(png(8), "secret.png", UserFactory())
        Course.objects.filter(pk=taught.course.pk).update(description=f"![x](file:{secret.public_id})")
        write_course(Course.objects.get(pk=taught.course.pk), tmp_path / "one")
        assert not (tmp_path / "one" / "media").exists()

    @pytest.mark.parametrize(
        ("text", "files", "sentences"),
        [
            ("![x](media/gone.png)", {}, {"course.toml:5": ["There is no file “media/gone.png”."]}),
            ("[x](media/../../etc.md)", {}, {"course.toml:5": ["“media/../../etc.md” is not under media/. Put the file there."]}),
            (
                "![x](file:01890a5d-ac96-774b-bcce-b302099a8057)",
                {},
                {"course.toml:5": ["Name files by their place in the folder, such as media/a.svg."]},
            ),
            (
                "x" * 19_970 + " ![x](media/dot.svg)",
                {"media/dot.svg": SVG},
                {"course.toml:5": ["“description” has 20018 characters; at most 20000 fit."]},
            ),
        ],
        ids=["gone", "outside", "id", "long"],
    )  # fmt: skip
    def test_what_cannot_be_read_is_said_with_its_line(self, tmp_path, text, files, sentences):
        assert problems(lay(tmp_path, **{"course.toml": f"{COURSE}description = '{text}'\n", **files})) == sentences

    def test_long_names_in_the_folder_do_not_make_it_too_long(self, people, tmp_path):
        name = f"media/{'n' * 150}.svg"
        text = "x" * 19_900 + f" ![x]({name})"
        assert len(text) > 20_000
        course = import_course(
            actor=people.owner,
            path=lay(tmp_path, **{"course.toml": f"{COURSE}description = '{text}'\n", name: SVG}),
        ).course
        assert len(course.description) < 20_000
        assert len(used()) == 1


def test_the_event_says_that_it_changed(people, taught):
    with_picture(people, taught)
    assert EventLog.objects.get(name="courses.CourseChanged").body["fields"] == ["description"]


def test_courses_share_a_file(people, taught):
    course, file = with_picture(people, taught)
    other = CourseFactory()
    change_course(actor=SYSTEM, course=other, description=f"![x](file:{file.public_id})")
    change_course(actor=people.teacher, course=course, description="")
    assert used() == [(other.pk, "hedge.png")]
