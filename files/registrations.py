"""What this app puts into the kernel's slots."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.slots import (
    FILE_ACCESS,
    HEALTH_CHECKS,
    PERSONAL_FILES,
    PERSONAL_STEPS,
    PROFILE_PARTS,
    Erase,
    HealthCheck,
    PersonalStep,
    PersonalTable,
    ProfilePart,
    columns,
    register_personal_tables,
)
from files.health import keys_of_files, virus_scanner
from files.models import Upload
from files.personal import erase_picture, files_of
from files.services.portraits import ENDINGS, MOST_BYTES
from files.services.uploads import OWNER


def register() -> None:
    """Called once, when all apps are loaded."""
    HEALTH_CHECKS.register("file_keys", HealthCheck(gettext_lazy("Encryption of files"), keys_of_files), order=45)
    FILE_ACCESS.register("avatar", people_seen_by)
    FILE_ACCESS.register(OWNER, lambda user: Upload.objects.visible_to(user).order_by().values("pk"))
    if settings.CLAMD:
        HEALTH_CHECKS.register("scanner", HealthCheck(gettext_lazy("Virus scanner"), virus_scanner), order=46)
    PROFILE_PARTS.register("picture", ProfilePart("files/profile_picture.html", picture_part))
    PERSONAL_FILES.register("files", files_of)
    PERSONAL_STEPS.register("picture", PersonalStep(erase_picture))
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
    )


def people_seen_by(user: Any) -> "QuerySet[Any, Any]":
    """Ids of the people whom ``user`` may see, and with them their pictures."""
    rows: QuerySet[Any, Any] = User.objects.visible_to(user).order_by().values("pk")
    return rows


def picture_part(user: Any) -> dict[str, Any]:
    """For the page about oneself: what there is, and what may be sent."""
    return {"accept": ",".join(f".{ending}" for ending in ENDINGS), "most": MOST_BYTES, "picture": user.picture}
