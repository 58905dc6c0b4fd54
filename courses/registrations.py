"""What this app puts into the kernel's slots."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.prepared import preparable
from core.slots import (
    ACCOMMODATION_COURSES,
    COURSE_TABS,
    FETCHES_NOTED,
    FILE_ACCESS,
    FILE_OWNERS,
    FILE_SPACES,
    INVITATION_TARGETS,
    ITEM_KINDS,
    PEOPLE_COLUMNS,
    PEOPLE_FILTERS,
    PERSON_ACCESS,
    PERSON_PARTS,
    SENT_THINGS,
    SHARE_AUDIENCES,
    UPLOAD_PURPOSES,
    CourseTab,
    PeopleFilter,
    PersonPart,
    SentThing,
    UploadPurpose,
    register_block_kind,
)
from courses import personal
from courses.accommodations import StudentsLookedAfter
from courses.block_kinds.branches import Branches
from courses.block_kinds.callout import Callout
from courses.block_kinds.file import File
from courses.block_kinds.html import Html
from courses.block_kinds.image import Image
from courses.block_kinds.notice import Notice
from courses.block_kinds.text import Text
from courses.block_kinds.video import Video
from courses.enums import ItemKindName
from courses.item_kinds import Lesson
from courses.kept_files import AUDIENCES, CourseFiles, descriptions_using, lessons_using, pages_using
from courses.models import Course, ExportRun, ImportRun, Item, Membership, Page
from courses.people_columns import CourseColumns
from courses.purposes import ARCHIVE, MEDIA
from courses.querysets import memberships_with
from courses.roles import Capability
from courses.selectors.description import OWNER as DESCRIPTION_OWNER
from courses.services.exporting import note_fetch_of_export
from courses.services.invitations import CoursePlace
from courses.validators import ARCHIVE_ENDINGS


def register() -> None:
    """Called once, when all apps are loaded."""
    personal.register()
    register_block_kind("text", Text(), order=10)
    register_block_kind("image", Image(), order=20)
    register_block_kind("video", Video(), order=30)
    register_block_kind("file", File(), order=40)
    register_block_kind("callout", Callout(), order=50)
    register_block_kind("branches", Branches(), order=90)
    register_block_kind("html", Html(), order=80)
    register_block_kind("notice", Notice(), order=90)
    ITEM_KINDS.register(ItemKindName.LESSON, Lesson())
    SENT_THINGS.register("lesson", sent_lesson)
    UPLOAD_PURPOSES.register(ARCHIVE, UploadPurpose(ARCHIVE_ENDINGS, "courses.add_course", most_waiting=10))
    UPLOAD_PURPOSES.register(MEDIA, UploadPurpose(permission="courses.add_media", most_waiting=100))
    FILE_ACCESS.register("lesson", lessons_readable_by)
    FILE_ACCESS.register("lesson_draft", lessons_written_by)
    FILE_ACCESS.register("import_run", imports_of)
    FILE_ACCESS.register("export_run", exports_for)
    FILE_ACCESS.register("course_page", pages_readable_by)
    FILE_ACCESS.register(DESCRIPTION_OWNER, courses_described_to)
    FILE_SPACES.register("course", CourseFiles())
    for kind, audience in AUDIENCES.items():
        SHARE_AUDIENCES.register(kind, audience)
    FILE_OWNERS.register("lesson", lessons_using)
    FILE_OWNERS.register("lesson_draft", lessons_using)
    FILE_OWNERS.register("course_page", pages_using)
    FILE_OWNERS.register(DESCRIPTION_OWNER, descriptions_using)
    FETCHES_NOTED.register("export_run", note_fetch_of_export)
    PERSON_ACCESS.register("courses", people_met_by)
    PERSON_PARTS.register("courses", PersonPart("courses/_person_courses.html", person_part))
    PEOPLE_COLUMNS.register("course", CourseColumns())
    PEOPLE_FILTERS.register("course", PeopleFilter(_("Course"), _("Code or address"), people_of_course))
    INVITATION_TARGETS.register("course", CoursePlace())
    ACCOMMODATION_COURSES.register("courses", StudentsLookedAfter())
    COURSE_TABS.register(
        "outline", CourseTab(_("Outline"), "courses:detail", "courses.view_course", "outline"), order=10
    )
    COURSE_TABS.register("pages", CourseTab(_("Pages"), "courses:pages", "courses.change_course", "pages"), order=70)
    COURSE_TABS.register(
        "health", CourseTab(_("Health"), "courses:health", "courses.change_course", "health"), order=80
    )
    COURSE_TABS.register(
        "results", CourseTab(_("Results"), "courses:results", "courses.view_results", "results"), order=50
    )
    COURSE_TABS.register("people", CourseTab(_("People"), "courses:people", "courses.view_people", "people"), order=90)


@preparable
def lessons_readable_by(user: Any) -> "QuerySet[Any, Any]":
    """Ids of the items whose published text ``user`` may read, and with it the files in it."""
    rows: QuerySet[Any, Any] = Item.objects.visible_to(user).order_by().values("pk")
    return rows


@preparable
def lessons_written_by(user: Any) -> "QuerySet[Any, Any]":
    """Ids of the items whose text being written ``user`` may read, and with it the files in it."""
    items = Item.objects.order_by()
    if user.is_authenticated and user.is_active:
        items = items.filter(memberships_with(user, Capability.AUTHOR, outer="course_id"))
    else:
        items = items.none()
    rows: QuerySet[Any, Any] = items.values("pk")
    return rows


@preparable
def pages_readable_by(user: Any) -> "QuerySet[Any, Any]":
    """Ids of the pages of courses that ``user`` may read, and with them the files in them."""
    rows: QuerySet[Any, Any] = Page.objects.visible_to(user).order_by().values("pk")
    return rows


@preparable
def courses_described_to(user: Any) -> "QuerySet[Any, Any]":
    """Ids of the courses whose page ``user`` may open, visitors that of a published one, and with it the files in the
    description."""
    rows: QuerySet[Any, Any] = Course.objects.visible_to(user).order_by().values("pk")
    return rows


@preparable
def imports_of(user: Any) -> "QuerySet[Any, Any]":
    """Ids of the imports that ``user`` started, and with them the uploaded folders."""
    rows: QuerySet[Any, Any] = ImportRun.objects.visible_to(user).order_by().values("pk")
    return rows


@preparable
def exports_for(user: Any) -> "QuerySet[Any, Any]":
    """Ids of the archives of the courses that ``user`` may export."""
    rows: QuerySet[Any, Any] = ExportRun.objects.visible_to(user).order_by().values("pk")
    return rows


@preparable
def people_met_by(user: Any) -> "QuerySet[Any, Any]":
    """Ids of the people in the courses whose people ``user`` may see."""
    active = Membership.objects.active().order_by()
    if user.is_authenticated and user.is_active:
        active = active.filter(memberships_with(user, Capability.VIEW_PEOPLE, outer="course_id"))
    else:
        active = active.none()
    ids: QuerySet[Any, Any] = active.values_list("user_id", flat=True)
    return ids


def people_of_course(viewer: Any, text: str) -> "QuerySet[Any, Any]":
    """Ids of the people in the course whose slug or code is ``text``, if ``viewer`` may see its people."""
    memberships = Membership.objects.visible_to(viewer).active().order_by()
    named = Q(course__slug=text.lower()) | Q(course__code__iexact=text)
    ids: QuerySet[Any, Any] = memberships.filter(named).values_list("user_id", flat=True)
    return ids


def person_part(viewer: Any, person: Any) -> dict[str, Any] | None:
    """The courses of ``person`` whose people ``viewer`` may see, with what they are there."""
    if viewer.pk == person.pk:
        return None
    rows = Membership.objects.visible_to(viewer).active().filter(user_id=person.pk)
    return {"memberships": rows.select_related("course").order_by("course__title", "pk")[:100]}


def sent_lesson(user: Any, public_id: str) -> SentThing | None:
    """A lesson whose students were told that it is there, for those who may change it."""
    try:
        wanted = UUID(public_id)
    except ValueError:
        return None
    item = Item.objects.visible_to(user).select_related("course").filter(public_id=wanted).first()
    if item is None or not user.has_perm("courses.change_item", item):
        return None
    return SentThing(item.title, reverse("courses:item-edit", args=[item.course.slug, item.public_id]))
