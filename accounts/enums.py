from django.db import models
from django.utils.translation import gettext_lazy as _


class SiteRole(models.TextChoices):
    """What a person is on the whole site; what they are in a course is a course role."""

    STUDENT = "student", _("Student")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")


class Theme(models.TextChoices):
    SYSTEM = "", _("As on this device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class ReadingFace(models.TextChoices):
    SERIF = "", _("Literata (with serifs)")
    SANS = "sans", _("Atkinson Hyperlegible (without)")


class DeviceKind(models.TextChoices):
    BROWSER = "browser", _("Browser")
    PROGRAM = "program", _("Program")


class ConnectionKind(models.TextChoices):
    """How a service elsewhere tells us who somebody is; the values are allauth's names."""

    OIDC = "openid_connect", _("OpenID Connect")
    SAML = "saml", _("SAML")


class InvitationState(models.TextChoices):
    OPEN = "open", _("Open")
    TAKEN = "taken", _("All places taken")
    EXPIRED = "expired", _("Run out")
    ENDED = "ended", _("Ended")


class PeopleImportState(models.TextChoices):
    READING = "reading", _("Being read")
    READY = "ready", _("Ready to apply")
    APPLYING = "applying", _("Being applied")
    DONE = "done", _("Applied")
    FAILED = "failed", _("Could not be read")


class RowVerdict(models.TextChoices):
    CREATE = "create", _("New")
    CHANGE = "change", _("Changed")
    UNCHANGED = "unchanged", _("As before")
    REFUSED = "refused", _("Refused")


class ImpersonationEnd(models.TextChoices):
    """Why somebody stopped looking at the site as another person."""

    STOPPED = "stopped", _("Stopped")
    TIME = "time", _("The time was over")
    SIGNED_OUT = "signed_out", _("Signed out")
    REFUSED = "refused", _("No longer allowed")


class PeopleActionKind(models.TextChoices):
    """What is done to several people at once."""

    SUSPEND = "suspend", _("Suspend")
    REINSTATE = "reinstate", _("Open again")
    ROLE = "role", _("Set the role")
    COURSE = "course", _("Add to a course")


class PeopleActionState(models.TextChoices):
    JUDGING = "judging", _("Being looked at")
    READY = "ready", _("Ready to apply")
    APPLYING = "applying", _("Being applied")
    DONE = "done", _("Applied")


class KeyStage(models.TextChoices):
    """How far this site's key for a connection is renewed: one key, a second one made, or the second one in use."""

    SETTLED = "settled", _("One key")
    PREPARED = "prepared", _("A new key is prepared")
    SWITCHED = "switched", _("The new key is in use")


class PolicyKind(models.TextChoices):
    """What a site may have people read and agree to."""

    TERMS = "terms", _("Terms of use")
    PRIVACY = "privacy", _("Privacy notice")
    CONDUCT = "conduct", _("Rules of conduct")
    RESEARCH = "research", _("Use for research")


class PolicyAsks(models.TextChoices):
    """``OPTIONAL``: people may say no, or take their yes back, and use the site all the same."""

    NOTHING = "nothing", _("Nothing; it can be read")
    REQUIRED = "required", _("Consent, to go on")
    OPTIONAL = "optional", _("Consent, which may be refused")


class ConsentWay(models.TextChoices):
    REGISTRATION = "registration", _("When signing up")
    PAGE = "page", _("On a page")
    API = "api", _("By a program")
