from django.db import models
from django.utils.translation import gettext_lazy as _


class UploadState(models.TextChoices):
    RECEIVING = "receiving", _("Receiving")
    CHECKING = "checking", _("Being checked")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
