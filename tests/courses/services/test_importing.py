import io
import zipfile

import pytest

from core.authz import SYSTEM
from core.errors import Conflict, Invalid, NotAllowed
from core.models import EventLog
from courses.enums import CourseState, Role
from courses.formats.folder_writing import write_course
from courses.models import Block, BlockRevision, Course, ImportRun, Item, Membership
from courses.services.content import add_block, change_block
from courses.services.course import bin_course
from courses.services.exporting import export_folder
from courses.services.importing import ImportReport, import_course, run_import, start_import
from courses.services.outline import add_item, add_module
from courses.services.progress import mark_end
from files.models import StoredFile
from files.services import store_file
from tests.courses.formats.test_broken_folders import COURSE, HEAD, LESSON, MODULE, SOUND, SVG, lay
from tests.factories import CourseFactory, MembershipFactory

TWO = '+++\nid = "more"\ntitle = "More"\n+++\n# Part {#part}\n\n:::callout {#hint}\n---\nLook twice.\n:::\n'
WITH_FILE = HEAD + "![A dot](media/dot.svg)\n\n`![kept](media/dot.svg)`\n"


OUTLINE = {"course", "module", "lesson"}


def verdicts(report: ImportReport) -> dict[str, str]:
    return {f"{entry.kind} {entry.source_id}": entry.verdict for entry in report.entries if entry.kind in OUTLINE}


def bring(root, **files):
    return import_course(actor=SYSTEM, path=lay(root, **files))


@pytest.fixture
def graphs(db, tmp_path):
    return bring(tmp_path, **{"01-first/02-more.md": TWO})


def test_a_new_course_is_made_and_published(graphs, tmp_path):
    course = graphs.course
    assert (course.slug, course.state, course.title) == ("graphs", CourseState.PUBLISHED, "Graphs")
    assert verdicts(graphs) == {
        "course graphs": "created",
        "module first": "created",
        "lesson dots": "created",
        "lesson more": "created",
    }
    live = Block.objects.filter(section__item__course=course).values_list("kind", "live__text", "section__title")
    assert list(live) == [("text", "Text.", ""), ("callout", "Look twice.", "Part")]
    assert EventLog.objects.get(name="courses.CourseImported").body == {
        "course_id": course.pk,
        "created": 4,
        "changed": 0,
        "unchanged": 0,
    }


def test_importing_again_changes_what_differs_and_keeps_the_rest(graphs, tmp_path):
    before = {block.source_id: block.draft_id for block in Block.objects.all()}
    again = bring(tmp_path, **{"01-first/02-more.md": TWO.replace("twice", "again"), LESSON: HEAD + "Text.\n"})
    assert verdicts(again) == {
        "course graphs": "unchanged",
        "module first": "unchanged",
        "lesson dots": "unchanged",
        "lesson more": "changed",
    }
    assert (again.created, again.changed, again.unchanged) == (0, 1, 3)
    hint = Block.objects.get(source_id="hint")
    assert (hint.live.text, hint.live.number, hint.draft_id != before["hint"]) == ("Look again.", 2, True)
    assert Block.objects.get(source_id="text-1").draft_id == before["text-1"]


def test_progress_and_rows_survive_an_import(graphs, people, tmp_path):
    item = Item.objects.get(source_id="dots")
    MembershipFactory(course=graphs.course, user=people.student)
    mark_end(actor=people.student, item=item)
    bring(tmp_path, **{LESSON: HEAD.replace("Dots", "Points") + "Other text.\n"})
    same = Item.objects.get(source_id="dots")
    assert (same.pk, same.title, same.version > item.version) == (item.pk, "Points", True)
    assert people.student.progress.get().item_id == item.pk


def test_what_is_no_longer_in_the_folder_is_left_and_reported(graphs, tmp_path):
    (tmp_path / "01-first" / "02-more.md").unlink()
    lay(tmp_path, **{"02-new/module.toml": MODULE.replace("first", "new")})
    report = import_course(actor=SYSTEM, path=tmp_path)
    assert [(e.kind, e.source_id, e.reason) for e in report.left] == [("lesson", "more", "not in the source any more")]
    assert Item.objects.filter(source_id="more").exists()
    assert verdicts(report)["module new"] == "created"


def test_a_lesson_that_moved_is_the_same_lesson(graphs, tmp_path):
    item = Item.objects.get(source_id="more")
    (tmp_path / "01-first" / "02-more.md").unlink()
    report = bring(tmp_path, **{"00-new/module.toml": 'id = "new"\ntitle = "New"\n', "00-new/01-more.md": TWO})
    moved = Item.objects.get(pk=item.pk)
    assert (moved.module.source_id, report.left) == ("new", [])
    modules = list(graphs.course.modules.order_by("rank").values_list("source_id", flat=True))
    assert modules == ["new", "first"]


def test_an_id_that_names_another_kind_now(graphs, tmp_path):
    bring(tmp_path, **{"01-first/02-more.md": TWO.replace(":::callout", ":::text")})
    assert list(Block.objects.filter(source_id="hint").values_list("kind", flat=True)) == ["text"]
    assert Block.everything.filter(source_id="hint").count() == 2


def test_the_head_decides_what_students_see(graphs, tmp_path):
    hidden = HEAD.replace("Dots", 'Dots"\npublished = false\nobjective = "see')
    bring(tmp_path, **{LESSON: hidden + "Changed.\n"})
    item = Item.objects.get(source_id="dots")
    block = Block.objects.get(section__item=item)
    assert (item.state, block.live.text, block.draft.text) == ("draft", "Text.", "Changed.")


@pytest.mark.parametrize(
    ("publish", "new", "after"),
    [(None, "published", "published"), (True, "published", "published"), (False, "draft", "draft")],
)
def test_publishing_the_course_itself(db, tmp_path, publish, new, after):
    root = lay(tmp_path)
    first = import_course(actor=SYSTEM, path=root, publish=publish)
    again = import_course(actor=SYSTEM, path=root)
    assert (first.course.state, again.course.state) == (new, after)


def test_files_are_stored_once_and_their_addresses_rewritten(db, tmp_path):
    for _ in range(2):
        bring(tmp_path, **{"media/dot.svg": SVG, LESSON: WITH_FILE})
    file = StoredFile.objects.get()
    text = Block.objects.get().live.text
    assert text == f"![A dot](file:{file.public_id})\n\n`![kept](media/dot.svg)`"
    assert BlockRevision.objects.count() == 1
    assert list(file.usages.order_by("owner_kind").values_list("owner_kind", flat=True)) == ["lesson", "lesson_draft"]


def test_another_person_importing_the_same_files_changes_nothing(people, tmp_path):
    root = lay(tmp_path, **{"media/dot.svg": SVG, LESSON: WITH_FILE})
    import_course(actor=people.owner, path=root)
    report = import_course(actor=people.admin, path=root)
    assert (report.changed, report.unchanged) == (0, 3)
    assert StoredFile.objects.count() == 1


def test_a_refused_file_leaves_nothing_behind(db, tmp_path, settings):
    settings.FILE_LIMITS = {**settings.FILE_LIMITS, "drawing": 10}
    with pytest.raises(Invalid) as refused:
        bring(tmp_path, **{"media/dot.svg": SVG, LESSON: WITH_FILE})
    assert list(refused.value.fields) == ["media/dot.svg"]
    assert not Course.everything.exists()


def test_trouble_half_way_stores_nothing(db, tmp_path, monkeypatch):
    monkeypatch.setattr("courses.services.importing.write.publish_course", lambda **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bring(tmp_path)
    assert (Course.everything.count(), EventLog.objects.count()) == (0, 0)


def test_a_manager_imports_and_owns_the_course(people, tmp_path):
    report = import_course(actor=people.owner, path=lay(tmp_path))
    assert list(Membership.objects.values_list("user_id", "role")) == [(people.owner.pk, Role.OWNER)]
    assert import_course(actor=people.owner, path=tmp_path).course == report.course


def test_a_student_imports_nothing(people, tmp_path):
    with pytest.raises(NotAllowed):
        import_course(actor=people.student, path=lay(tmp_path))


def test_an_import_does_not_touch_a_course_of_others(people, tmp_path):
    import_course(actor=people.owner, path=lay(tmp_path))
    with pytest.raises(Invalid) as refused:
        import_course(actor=people.other_owner, path=lay(tmp_path, **{"course.toml": COURSE.replace("Gr", "Pr")}))
    assert list(refused.value.fields) == ["course.toml"]
    assert Course.objects.get().title == "Graphs"


def test_a_course_in_the_bin_does_not_stand_in_the_way(graphs, tmp_path):
    bin_course(actor=SYSTEM, course=graphs.course)
    again = import_course(actor=SYSTEM, path=tmp_path)
    assert (again.course.slug, again.created) == ("graphs-2", 4)


def test_two_imports_at_once_store_one_course(db, tmp_path, monkeypatch):
    root = lay(tmp_path)
    import_course(actor=SYSTEM, path=root)
    monkeypatch.setattr("courses.services.importing.course.find_course", lambda actor, data: None)
    with pytest.raises(Conflict) as refused:
        import_course(actor=SYSTEM, path=root)
    assert (refused.value.code, Course.objects.count()) == ("changed_meanwhile", 1)


def test_a_course_made_here_goes_out_and_comes_back_to_the_same_rows(people, tmp_path):
    course = CourseFactory(slug="made-here")
    item = add_item(actor=people.admin, module=add_module(actor=people.admin, course=course, title="M"), title="L")
    section = item.sections.get()
    block = section.blocks.get()
    change_block(actor=people.admin, block=block, text="Plain.\n\n# Not a section")
    add_block(actor=people.admin, section=section, kind="text", text="Next.\n:::\n```\nopen")
    add_block(actor=people.admin, section=section, kind="text", text="Last.")
    for kind in ("text", "image", "video", "file", "callout", "question"):
        add_block(actor=people.admin, section=section, kind=kind)
    write_course(course, tmp_path / "out")
    report = import_course(actor=people.admin, path=tmp_path / "out")
    assert (report.course, report.created, report.left) == (course, 0, [])
    assert Block.everything.filter(section=section).count() == 9
    write_course(course, tmp_path / "again")
    files = [p.relative_to(tmp_path / "out") for p in (tmp_path / "out").rglob("*.*")]
    assert all((tmp_path / "out" / p).read_bytes() == (tmp_path / "again" / p).read_bytes() for p in files)


# Uploaded


def zip_of(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.mark.django_db(transaction=True)
def test_an_uploaded_zip_is_imported_by_a_job(people):
    file = store_file(actor=people.owner, content=zip_of(SOUND), name="graphs.zip")
    run = ImportRun.objects.get(pk=start_import(actor=people.owner, file=file).pk)
    assert (run.state, run.course.title, run.report["created"]) == ("done", "Graphs", 3)
    assert list(StoredFile.objects.visible_to(people.owner)) == [file]
    assert list(StoredFile.objects.visible_to(people.other_owner)) == []
    assert run_import(run=run).finished_at == run.finished_at
    assert list(ImportRun.objects.visible_to(people.other_owner)) == []


@pytest.mark.django_db(transaction=True)
def test_the_report_of_a_refused_zip_names_every_problem(people):
    file = store_file(actor=people.owner, content=zip_of({**SOUND, LESSON: HEAD + ":::\n"}), name="graphs.zip")
    run = ImportRun.objects.get(pk=start_import(actor=people.owner, file=file).pk)
    assert (run.state, run.course) == ("failed", None)
    assert run.report["problems"] == {f"{LESSON}:5": ["This line ends a block, but none is open."]}
    assert not Course.objects.exists()


def test_only_who_may_make_courses_uploads_one_and_only_their_own(people):
    file = store_file(actor=people.owner, content=zip_of(SOUND), name="graphs.zip")
    for actor in (people.student, people.other_owner):
        with pytest.raises(NotAllowed):
            start_import(actor=actor, file=file)
    assert not ImportRun.objects.exists()


def test_only_authors_take_a_course_out(people, taught, tmp_path):
    for name in ("student", "assistant", "observer", "outsider", "other_owner"):
        with pytest.raises(NotAllowed):
            export_folder(actor=getattr(people, name), course=taught.course, path=tmp_path / "c")
    export_folder(actor=people.teacher, course=taught.course, path=tmp_path / "c")
    assert (tmp_path / "c" / "course.toml").is_file()
