"""Take a course in, from whatever format: a new course, or changes to the one with the same ids.

``course`` does it, in four steps: ``media`` stores the files, ``texts`` gets ready what can be got ready, ``write``
writes everything in one transaction, ``report`` says what became of each part. ``runs`` are the imports that people
upload and a job works off.
"""

from courses.services.importing.course import import_course
from courses.services.importing.report import ImportEntry, ImportReport
from courses.services.importing.runs import cancel_import, give_up_import, run_import, start_import

__all__ = [
    "ImportEntry",
    "ImportReport",
    "cancel_import",
    "give_up_import",
    "import_course",
    "run_import",
    "start_import",
]
