from django.db import models
from django.utils.translation import gettext_lazy as _


class PersonalExportState(models.TextChoices):
    QUEUED = "queued", _("In line")
    RUNNING = "running", _("Being collected")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")


class ErasureState(models.TextChoices):
    """``BLOCKED``: something must be handed over first; it is looked at again each night."""

    WAITING = "waiting", _("Waiting for its day")
    BLOCKED = "blocked", _("Held back")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Erased")
    TAKEN_BACK = "taken_back", _("Taken back")
