"""Courses of Open edX (OLX), as Studio exports them and as people write them by hand. See docs/importing.md."""

from pathlib import Path

from courses.formats.data import CourseData
from courses.formats.olx.course import CourseReader


def is_olx(folder: Path) -> bool:
    """Whether the folder looks like a course of Open edX."""
    return (folder / "course.xml").is_file()


def read_course(folder: Path) -> CourseData:
    """The course in the folder, which may get files of its own beside the course's (captions, for example).

    Raises ``Invalid`` ``course_archive_broken`` whose ``fields`` hold every problem by "file:line".
    """
    return CourseReader(Path(folder)).read()
