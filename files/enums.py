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


class ShareLevel(models.TextChoices):
    VIEW = "view", _("Can view")
    EDIT = "edit", _("Can edit")


class OpenerKind(models.TextChoices):
    """How somebody comes to open a file or folder."""

    KEEPER = "keeper", _("Who keeps the space")
    PEOPLE = "people", _("Who it is shared with")
    LINK = "link", _("Who has a link")
    ADMINISTRATORS = "administrators", _("Administrators")


class AccessAction(models.TextChoices):
    VIEW = "view", _("viewed")
    DOWNLOAD = "download", _("downloaded")
    SHARE = "share", _("shared")
    UNSHARE = "unshare", _("ended sharing")
    DENIAL = "denial", _("was refused")


class RenditionKind(models.TextChoices):
    """Small pictures are 320 and 1600 pixels at the longest side."""

    THUMB = "thumb", _("Thumbnail")
    SMALL = "small", _("Small picture")
    PDF = "pdf", _("PDF")
    TABLE = "table", _("Table")
