from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Category(TextChoices):
    """What a notification is about; people choose by it."""

    COURSES = "courses", _("New in your courses")
    PLACES = "places", _("Your places in courses")
    GRADES = "grades", _("Grades and feedback")
    ACCOUNT = "account", _("Your account")
    SHARED = "shared", _("Shared with you")
    WORK = "work", _("What you asked for")
    SITE = "site", _("Running the site")


class Channel(TextChoices):
    """How somebody is told."""

    BELL = "bell", _("In app")
    EMAIL = "email", _("Email")
    PUSH = "push", _("Push")


class Frequency(TextChoices):
    """When somebody is told."""

    NOW = "now", _("As it happens")
    DAILY = "daily", _("Once a day")
    WEEKLY = "weekly", _("Once a week")
    OFF = "off", _("Never")


class DeliveryState(TextChoices):
    """How far one notification has come on one channel. ``HANDED``: the mail or the push says the rest."""

    WAITING = "waiting", _("Waiting for its time")
    HANDED = "handed", _("On its way")
    SKIPPED = "skipped", _("Not sent")


class SkipReason(TextChoices):
    """Why somebody was not told on a channel."""

    OFF = "off", _("They have turned this off")
    MUTED = "muted", _("They have muted it")
    READ = "read", _("They had read it by then")
    GONE = "gone", _("They had left by then")
    WITHDRAWN = "withdrawn", _("It was taken back by then")
    CLOSED = "closed", _("Their account was closed")
    BOUNCES = "bounces", _("Their address takes no mail")
    NO_DEVICE = "no_device", _("No browser of theirs has asked for it")


class PushState(TextChoices):
    """How sending to one browser goes."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")
    GONE = "gone", _("No longer wanted by the browser")


class Weekday(TextChoices):
    """Days as ``datetime.weekday`` counts them."""

    MONDAY = "0", _("Monday")
    TUESDAY = "1", _("Tuesday")
    WEDNESDAY = "2", _("Wednesday")
    THURSDAY = "3", _("Thursday")
    FRIDAY = "4", _("Friday")
    SATURDAY = "5", _("Saturday")
    SUNDAY = "6", _("Sunday")
