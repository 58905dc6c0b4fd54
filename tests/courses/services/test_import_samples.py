"""Real courses, imported whole: what the database holds is what the reader found, and an export survives the way back."""

from collections import Counter

import pytest

from core.authz import SYSTEM
from courses.formats.folder import read_course
from courses.formats.folder_writing import write_course
from courses.formats.reading import opened_course
from courses.models import Block, BlockRevision, Course, Experiment, ExperimentGroup, Item, Module, Page, Section
from courses.services.course import bin_course
from courses.services.importing import import_course
from courses.services.importing.report import counts_of
from files.models import StoredFile, Usage
from files.services.store import remove_unused_files
from tests.courses.formats.test_round_trip import contents, moved_away
from tests.samples import sample_folder

pytestmark = [pytest.mark.samples, pytest.mark.django_db]

ARCHIVES = ("harvardx-studio-advanced.tar.gz", "edx-supported-components.tar.gz")


@pytest.fixture(params=ARCHIVES)
def archive(request):
    return sample_folder("courses") / "olx" / request.param


def stored(course: Course) -> dict[str, int]:
    blocks = Block.objects.filter(section__item__course=course)
    counts = {
        "module": Module.objects.filter(course=course).count(),
        "lesson": Item.objects.filter(course=course).count(),
        "section": Section.objects.filter(item__course=course).count(),
        **Counter(blocks.values_list("kind", flat=True)),
        "experiment": Experiment.objects.filter(course=course).count(),
        "page": Page.objects.filter(course=course).count(),
        "file": StoredFile.objects.count(),
    }
    return {name: count for name, count in counts.items() if count}


def test_the_database_holds_what_the_reader_found(archive):
    with opened_course(archive) as data:
        report = import_course(actor=SYSTEM, data=data)
        course = report.course
        media = {(path.read_bytes(), path.name.replace(".srt", ".vtt")) for path in data.media.values()}
        found = {**counts_of(data), "file": len(media)}
        assert stored(course) == {name: count for name, count in found.items() if count}
        order = [(m.source_id, [lesson.source_id for lesson in m.lessons]) for m in data.modules]
        assert order == [
            (m.source_id, list(Item.objects.filter(module=m).order_by("rank").values_list("source_id", flat=True)))
            for m in Module.objects.filter(course=course).order_by("rank")
        ]
        drafts = [b for lesson in data.lessons for b in lesson.blocks if b.is_draft or not lesson.published]
        assert Block.objects.filter(section__item__course=course, live=None).count() == len(drafts)
        branches = [b for lesson in data.lessons for block in lesson.blocks for b in block.branches]
        assert Section.objects.filter(item__course=course, inside__isnull=False).count() == len(branches)
        assert ExperimentGroup.objects.count() == sum(len(e.groups) for e in data.experiments)
        assert (course.licence, course.grading) == (data.settings.get("licence", ""), data.settings.get("grading", {}))
        skipped = [note for note in data.notes if note.verdict == "skipped"]
        assert len(report.skipped) == len(skipped)
    rows = BlockRevision.objects.count(), Usage.objects.count()
    again = import_course(actor=SYSTEM, path=archive)
    assert (again.created, again.changed, again.unchanged) == (0, 0, report.created)
    assert again.left == []
    assert (BlockRevision.objects.count(), Usage.objects.count()) == rows
    remove_unused_files()
    assert StoredFile.objects.filter(usages=None).count() == 0


def test_an_export_comes_back_as_it_went_out(archive, tmp_path):
    first = import_course(actor=SYSTEM, path=archive).course
    write_course(first, tmp_path / "one")
    assert len(read_course(tmp_path / "one").media) == len(list((tmp_path / "one" / "media").iterdir()))
    moved_away(first)
    second = import_course(actor=SYSTEM, path=tmp_path / "one").course
    assert second.pk != first.pk
    write_course(second, tmp_path / "two")
    assert contents(tmp_path / "two") == contents(tmp_path / "one")
    bin_course(actor=SYSTEM, course=second)


def test_nothing_is_left_on_disk_after_a_failure(archive, tmp_path, monkeypatch, settings):
    settings.MEDIA_ROOT = tmp_path / "stored"
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("courses.services.importing.write.publish_course", lambda **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        import_course(actor=SYSTEM, path=archive)
    assert (Course.everything.count(), StoredFile.objects.count()) == (0, 0)
    assert [path for path in (tmp_path / "stored").rglob("*") if path.is_file()] == []
    assert list(scratch.iterdir()) == []
