from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    TEACHER = "teacher", _("Teacher")
    ASSISTANT = "assistant", _("Assistant")
    OBSERVER = "observer", _("Observer")
    STUDENT = "student", _("Student")


class PublishState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class CourseState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    ARCHIVED = "archived", _("Archived")


class EnrolmentPolicy(models.TextChoices):
    OPEN = "open", _("People enrol themselves")
    CLOSED = "closed", _("Staff add people")


class ItemKindName(models.TextChoices):
    LESSON = "lesson", _("Lesson")


class Plate(models.TextChoices):
    STATISTICS = "statistics", _("Curve and bars")
    ECOLOGY = "ecology", _("Branch")
    BOOK = "book", _("Open book")
    PROGRAMMING = "programming", _("Tree of boxes")
    TALK = "talk", _("Waves")


class Ground(models.TextChoices):
    A = "a", _("Spruce")
    B = "b", _("Madder")
    C = "c", _("Woad")
    D = "d", _("Ochre")


class ProgressState(models.TextChoices):
    STARTED = "started", _("In progress")
    DONE = "done", _("Done")


class ImportState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being read")
    DONE = "done", _("Done")
    FAILED = "failed", _("Refused")


class ExportState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")


class ImportFormat(models.TextChoices):
    FOLDER = "folder", _("Course folder")
    OLX = "olx", _("Open edX (OLX)")


class ImportStage(models.TextChoices):
    """What an import that is under way does now; those with steps are counted."""

    UNPACKING = "unpacking", _("Unpacking")
    READING = "reading", _("Reading the course")
    FILES = "files", _("Taking in the files")
    TEXTS = "texts", _("Preparing the texts")
    WRITING = "writing", _("Writing the course")


class Markup(models.TextChoices):
    MARKDOWN = "markdown", _("Markdown")
    HTML = "html", _("HTML")
