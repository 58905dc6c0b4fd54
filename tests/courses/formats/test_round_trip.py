"""Export → import → export gives the same bytes, and importing again changes nothing."""

from pathlib import Path

import pytest
from django.conf import settings

from core.authz import SYSTEM
from courses.formats.folder_writing import write_course, zip_of
from courses.models import Block, BlockRevision, Course
from courses.services.course import bin_course
from courses.services.importing import import_course

DEMO = sorted(path.parent for path in (settings.BASE_DIR / "demo").glob("*/course.toml"))


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def moved_away(course: Course) -> None:
    """As if another installation: the course and its address are gone."""
    Course.everything.filter(pk=bin_course(actor=SYSTEM, course=course).pk).update(slug=f"old-{course.pk}")


@pytest.mark.django_db
@pytest.mark.parametrize("folder", DEMO, ids=lambda path: path.name)
def test_a_demo_course_comes_out_as_it_went_in(folder, tmp_path):
    first = import_course(actor=SYSTEM, path=folder).course
    write_course(first, tmp_path / "one")
    moved_away(first)
    second = import_course(actor=SYSTEM, path=tmp_path / "one").course
    write_course(second, tmp_path / "two")
    assert second.pk != first.pk
    assert contents(tmp_path / "two") == contents(tmp_path / "one")
    assert len(contents(tmp_path / "one")) == len(contents(folder))


@pytest.mark.django_db
@pytest.mark.parametrize("folder", DEMO, ids=lambda path: path.name)
def test_importing_again_changes_nothing(folder, tmp_path):
    first = import_course(actor=SYSTEM, path=folder)
    rows = BlockRevision.objects.count(), Block.everything.count()
    again = import_course(actor=SYSTEM, path=folder)
    assert (again.created, again.changed, again.unchanged) == (0, 0, first.created)
    assert again.left == []
    assert (BlockRevision.objects.count(), Block.everything.count()) == rows
    write_course(first.course, tmp_path / "export")
    from_export = import_course(actor=SYSTEM, path=tmp_path / "export")
    assert (from_export.created, from_export.changed, from_export.unchanged) == (0, 0, first.created)


@pytest.mark.django_db
def test_a_zip_is_as_good_as_its_folder_and_always_the_same(tmp_path):
    course = import_course(actor=SYSTEM, path=DEMO[0]).course
    for name in ("one.zip", "two.zip"):
        (tmp_path / name).write_bytes(b"".join(zip_of(course)))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    report = import_course(actor=SYSTEM, path=tmp_path / "one.zip")
    assert (report.created, report.changed) == (0, 0)
