from django.db import models
from django.utils.translation import gettext_lazy as _


class UploadState(models.TextChoices):
    RECEIVING = "receiving", _("Receiving")
    CHECKING = "checking", _("Being checked")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")


class ScanState(models.TextChoices):
    """What is infected is not kept, so there is no state for it."""

    NOT_SCANNED = "not_scanned", _("Not scanned")
    CLEAN = "clean", _("Scanned, nothing found")
