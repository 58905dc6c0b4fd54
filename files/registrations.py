"""What this app puts into the kernel's slots."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.prepared import preparable
from core.slots import (
    FILE_ACCESS,
    FILE_SPACES,
    HEALTH_CHECKS,
    PERSON_PARTS,
    PERSONAL_FILES,
    PERSONAL_STEPS,
    PROFILE_PARTS,
    RETENTION,
    UPLOAD_PURPOSES,
    Erase,
    HealthCheck,
    PersonalStep,
    PersonalTable,
    PersonPart,
    ProfilePart,
    RetentionKind,
    UploadPurpose,
    columns,
    register_personal_tables,
)
from files.health import keys_of_files, place_of_files, seals_of_files, virus_scanner
from files.models import FileVersion, Upload
from files.personal import erase_kept_files, erase_picture, files_of
from files.profile_picture import picture_part
from files.services.accesses import accesses_before, forget_accesses
from files.services.kept import OWNER as VERSION
from files.services.pictures import OWNER as PICTURE
from files.services.portraits import ENDINGS, MOST_BYTES
from files.services.spaces import PERSON, room_of, space_to_look_at
from files.services.upload_limits import OWNER
from files.services.uploads import KEPT


def register() -> None:
    """Called once, when all apps are loaded."""
    HEALTH_CHECKS.register("file_keys", HealthCheck(gettext_lazy("Encryption of files"), keys_of_files), order=45)
    HEALTH_CHECKS.register("file_seals", HealthCheck(gettext_lazy("Seals of files"), seals_of_files), order=46)
    FILE_ACCESS.register(PICTURE, people_seen_by)
    FILE_ACCESS.register(OWNER, uploads_of)
    # Shares end, so this one cannot be prepared.
    FILE_ACCESS.register(VERSION, lambda user: FileVersion.objects.visible_to(user).order_by().values("pk"))
    FILE_SPACES.register(PERSON, OwnFiles(), order=10)
    UPLOAD_PURPOSES.register(KEPT, UploadPurpose())
    UPLOAD_PURPOSES.register(PICTURE, UploadPurpose(ENDINGS, most_bytes=MOST_BYTES, most_waiting=10))
    RETENTION.register(
        "file_accesses",
        RetentionKind(
            gettext_lazy("Who opened files"),
            gettext_lazy("Entries of who opened, downloaded or shared files are deleted."),
            365,
            lambda before: accesses_before(before).count(),
            forget_accesses,
        ),
    )
    if settings.S3_BUCKET:
        HEALTH_CHECKS.register("file_storage", HealthCheck(gettext_lazy("Storage of files"), place_of_files), order=44)
    if settings.CLAMD:
        HEALTH_CHECKS.register("scanner", HealthCheck(gettext_lazy("Virus scanner"), virus_scanner), order=47)
    PROFILE_PARTS.register("picture", ProfilePart("files/profile_picture.html", picture_part))
    PERSON_PARTS.register("files", PersonPart("files/_person_room.html", room_part), order=800)
    PERSONAL_FILES.register("files", files_of)
    PERSONAL_STEPS.register("picture", PersonalStep(erase_picture))
    PERSONAL_STEPS.register("kept_files", PersonalStep(erase_kept_files))
    register_personal_tables(
        PersonalTable(
            "files.StoredFile",
            "uploaded_by",
            area="files",
            fields=columns(id="public_id") | columns("name media_type size created_at"),
            kept="Belongs to the course that uses it. Pictures of people go by a step of their own.",
        ),
        PersonalTable(
            "files.Upload",
            "user",
            area="uploads",
            fields=columns(id="public_id") | columns("name size purpose state created_at"),
            erase=Erase.DELETE,
        ),
        *_kept_tables(),
    )


class OwnFiles:
    """The space of a person's own files."""

    def ids(self, user: Any) -> tuple[int, ...]:
        return (user.pk,)

    def names(self, ids: set[int]) -> dict[int, str]:
        return {user.pk: user.name for user in User.objects.filter(pk__in=ids).only("name")}

    def quota(self) -> int:
        return int(settings.FILES_PERSON_BYTES)


def _kept_tables() -> tuple[PersonalTable, ...]:
    in_course = "Belongs to the space it lies in. A person's own space goes by a step of its own."
    who = "Kept as long as the file, without which it says nothing; it has numbers instead of names."
    return (
        PersonalTable(
            "files.FileVersion",
            "made_by",
            area="kept_files",
            fields=columns(id="file__public_id", name="file__name", version="number") | columns("created_at"),
            kept=in_course,
        ),
        PersonalTable(
            "files.Folder",
            "made_by",
            area="folders",
            fields=columns(id="public_id") | columns("name created_at"),
            kept=in_course,
        ),
        PersonalTable("files.Folder", "deleted_by", not_exported="Says who put it into the bin.", kept=in_course),
        PersonalTable("files.File", "deleted_by", not_exported="Says who put it into the bin.", kept=in_course),
        PersonalTable(
            "files.Share",
            "made_by",
            area="shares",
            fields=columns(id="public_id") | columns("audience_kind level created_at expires_at revoked_at downloads"),
            kept=in_course,
        ),
        PersonalTable(
            "files.AccessLog",
            "user",
            area="file_accesses",
            fields=columns(file="file__public_id") | columns("action at"),
            kept=who,
        ),
    )


@preparable
def uploads_of(user: Any) -> "QuerySet[Any, Any]":
    """Ids of the uploads of ``user``, and with them what was sent."""
    rows: QuerySet[Any, Any] = Upload.objects.visible_to(user).order_by().values("pk")
    return rows


@preparable
def people_seen_by(user: Any) -> "QuerySet[Any, Any]":
    """Ids of the people whom ``user`` may see, and with them their pictures."""
    rows: QuerySet[Any, Any] = User.objects.visible_to(user).order_by().values("pk")
    return rows


def room_part(viewer: Any, person: Any) -> dict[str, Any] | None:
    """For the page of a person: how full their own space is, for those who may give it more room."""
    space = space_to_look_at(PERSON, person.pk)
    if person.erased_at or not viewer.has_perm("files.change_quota", space):
        return None
    return {**room_of(space), "url": reverse("files:person-room", args=[person.public_id])}
