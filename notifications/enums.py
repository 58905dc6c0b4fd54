from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PushState(TextChoices):
    """How sending to one browser goes."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")
    GONE = "gone", _("No longer wanted by the browser")
