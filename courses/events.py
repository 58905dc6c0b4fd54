from dataclasses import dataclass

from core.events import Event, event


@event
@dataclass(frozen=True, kw_only=True)
class CourseCreated(Event):
    """A course was made or first imported. Audience: its staff."""

    audience = "course staff"
    course_id: int


@event
@dataclass(frozen=True, kw_only=True)
class CourseChanged(Event):
    """Settings of a course changed; names of fields only. Audience: its staff."""

    audience = "course staff"
    course_id: int
    fields: list[str]


@event
@dataclass(frozen=True, kw_only=True)
class CoursePublished(Event):
    """A course appeared in the catalogue. Audience: its people."""

    audience = "course people"
    course_id: int


@event
@dataclass(frozen=True, kw_only=True)
class CourseUnpublished(Event):
    """A course went back to draft or to the archive. Audience: its staff."""

    audience = "course staff"
    course_id: int
    state: str


@event
@dataclass(frozen=True, kw_only=True)
class CourseBinned(Event):
    """A course went to the bin. Audience: its staff."""

    audience = "course staff"
    course_id: int


@event
@dataclass(frozen=True, kw_only=True)
class CourseImported(Event):
    """A course folder was read in; counts of what it made and changed. Audience: its staff."""

    audience = "course staff"
    course_id: int
    created: int
    changed: int
    unchanged: int


@event
@dataclass(frozen=True, kw_only=True)
class CourseImportFailed(Event):
    """An import was refused or broke off, and nothing of it was stored. Audience: who asked for it."""

    audience = "person"
    import_id: int


@event
@dataclass(frozen=True, kw_only=True)
class OutlineChanged(Event):
    """A module, item, section, block, page or experiment was added, changed, moved, binned, restored or deleted.

    Audience: course staff.
    """

    audience = "course staff"
    course_id: int
    kind: str
    object_id: int
    change: str


@event
@dataclass(frozen=True, kw_only=True)
class ItemPublished(Event):
    """Students see an item, or its newest text, from now on; ``first``: never before. Audience: the course's people."""

    schema_version = 2
    audience = "course people"
    course_id: int
    item_id: int
    # Entries of before do not say it, and are no news any more.
    first: bool = False


@event
@dataclass(frozen=True, kw_only=True)
class ItemUnpublished(Event):
    """Students no longer see an item. Audience: course staff."""

    audience = "course staff"
    course_id: int
    item_id: int


@event
@dataclass(frozen=True, kw_only=True)
class StudentEnrolled(Event):
    """Somebody became a student of a course, or came back to it. Audience: the person, course staff."""

    audience = "person, course staff"
    course_id: int
    user_id: int


@event
@dataclass(frozen=True, kw_only=True)
class MembershipChanged(Event):
    """Somebody's role in a course changed or a staff role began. Audience: the person, course staff."""

    audience = "person, course staff"
    course_id: int
    user_id: int
    before: str
    after: str


@event
@dataclass(frozen=True, kw_only=True)
class MembershipEnded(Event):
    """Somebody left a course or was taken out; what they did stays. Audience: the person, course staff."""

    audience = "person, course staff"
    course_id: int
    user_id: int
    role: str


@event
@dataclass(frozen=True, kw_only=True)
class ItemCompleted(Event):
    """A student finished an item. Audience: the student, course staff."""

    audience = "student, course staff"
    course_id: int
    item_id: int
    user_id: int


@event
@dataclass(frozen=True, kw_only=True)
class CourseExportAsked(Event):
    """Somebody asked for a course as an archive. Audience: course staff."""

    audience = "course staff"
    course_id: int
    export_id: int


@event
@dataclass(frozen=True, kw_only=True)
class CourseExportFinished(Event):
    """The archive of a course is ready, or could not be made. Audience: course staff."""

    audience = "course staff"
    course_id: int
    export_id: int
    state: str


@event
@dataclass(frozen=True, kw_only=True)
class ResultChanged(Event):
    """What counts for a student at one place of a course changed; ``points/most``, ``before`` is None for the first time.

    Audience: the student, course staff.
    """

    audience = "student, course staff"
    course_id: int
    item_id: int
    block_id: int
    user_id: int
    before: str | None
    after: str


@event
@dataclass(frozen=True, kw_only=True)
class CourseExportDownloaded(Event):
    """Somebody fetched the archive of a course. Audience: course staff."""

    audience = "course staff"
    of_reading = True
    course_id: int
    export_id: int
