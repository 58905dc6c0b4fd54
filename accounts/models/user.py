import zoneinfo
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar

import rules
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.enums import ReadingFace, SiteRole, Theme
from accounts.querysets import UserManager
from accounts.roles import SITE_CAPABILITIES, SiteCapability
from accounts.validators import normalise_password, validate_name, validate_phone, validate_time_zone
from core.models import PublicId, TimeStamped

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class User(PublicId, TimeStamped, AbstractBaseUser):
    """A person who can sign in. Ended accounts stay, so that what they did keeps an owner."""

    # Longer than Django's own: hashes of other systems have their parameters and 64 bytes in hexadecimal digits.
    password = models.CharField(_("password"), max_length=400)
    email = models.EmailField(
        _("email"),
        max_length=254,
        unique=True,
        error_messages={"unique": _("There is already an account with this email.")},
    )
    name = models.CharField(_("name"), max_length=150, validators=[validate_name])
    role = models.CharField(_("role"), max_length=10, choices=SiteRole, default=SiteRole.STUDENT)
    is_active = models.BooleanField(_("active"), default=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)
    # Kept out for a time: not active, with a reason that the person is told.
    suspended_at = models.DateTimeField(_("suspended"), null=True, blank=True, editable=False)
    suspension_reason = models.CharField(_("reason of the suspension"), max_length=300, blank=True, default="")
    # The latest use of any device, written with it. Lists are ordered by it, so "never" is a moment, too.
    last_seen_at = models.DateTimeField(_("last seen"), default=NEVER, editable=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="", validators=[validate_time_zone])
    language = models.CharField(_("language"), max_length=12, blank=True, default="")
    theme = models.CharField(_("colours"), max_length=5, choices=Theme, blank=True, default=Theme.SYSTEM)
    reading_face = models.CharField(
        _("reading typeface"), max_length=5, choices=ReadingFace, blank=True, default=ReadingFace.SERIF
    )

    # As E.164; seen by the person and by administrators.
    phone = models.CharField(_("phone"), max_length=16, blank=True, default="", validators=[validate_phone])
    pronouns = models.CharField(_("pronouns"), max_length=40, blank=True, default="")
    bio = models.TextField(_("about"), max_length=1000, blank=True, default="")
    # The public id of the stored picture; the files app keeps it and says who may see it.
    avatar = models.CharField(_("picture"), max_length=36, blank=True, default="", editable=False)
    # What a role asks for, such as a second factor, is asked some days after the person got the role.
    role_since = models.DateTimeField(_("has the role since"), default=timezone.now, editable=False)
    # Shorter than a password may be that stands alone; it needs a second factor beside it.
    short_password = models.BooleanField(_("short password"), default=False, editable=False)

    # By policy: the number of the version that the person last answered. The rows are ``Consent``; every page asks this.
    consents = models.JSONField(
        _("answered policies"),
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        editable=False,
    )
    # Name, address and all else that is personal was taken away, for good.
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)

    # Whether signing in asks for more than the password; kept here, since every page asks.
    has_second_factor = models.BooleanField(_("second factor"), default=False, editable=False)

    # Raising it ends every session and token of the person; a password change does so by itself.
    sign_in_epoch = models.PositiveIntegerField(_("sign-in epoch"), default=0, editable=False)

    USERNAME_FIELD = "email"
    # Of a request, not of the account: its session or token comes from a sign-in whose second factor was asked elsewhere.
    is_vouched = False

    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("name", "id")
        # What the list of people is filtered by comes first, then what it is ordered by.
        indexes = (
            # With the email at their end these two answer a search without the rows.
            models.Index(fields=("is_active", "name", "id", "email"), name="accounts_user_by_name"),
            models.Index(fields=("is_active", "date_joined", "id"), name="accounts_user_by_joined"),
            models.Index(fields=("is_active", "last_seen_at", "id"), name="accounts_user_by_seen"),
            models.Index(fields=("is_active", "email"), name="accounts_user_by_email"),
            models.Index(fields=("role", "is_active", "name", "id"), name="accounts_user_by_role"),
            models.Index(fields=("name", "id", "email"), name="accounts_user_all_by_name"),
            models.Index(
                fields=("name", "id"),
                condition=models.Q(suspended_at__isnull=False),
                name="accounts_user_suspended",
            ),
            models.Index(fields=("name", "id"), condition=models.Q(ended_at__isnull=False), name="accounts_user_ended"),
            models.Index(fields=("date_joined", "id"), name="accounts_user_all_by_joined"),
            models.Index(fields=("last_seen_at", "id"), name="accounts_user_all_by_seen"),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="accounts_user_email_lower"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def get_absolute_url(self) -> str:
        return reverse("accounts:person", args=[self.public_id])

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        """The name to greet by: the first word, past a title."""
        words = [w for w in self.name.split() if w.rstrip(".") not in {"Dr", "Prof", "Mr", "Mrs", "Ms", "Mx"}]
        return words[0] if words else self.email.split("@")[0]

    @property
    def initials(self) -> str:
        words = [w for w in self.name.split() if w.rstrip(".") not in {"Dr", "Prof", "Mr", "Mrs", "Ms", "Mx"}]
        if not words:
            return self.email[:1].upper()
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    @property
    def seen_at(self) -> datetime | None:
        """When the person was here last; None for nobody who ever was."""
        return None if self.last_seen_at == NEVER else self.last_seen_at

    @property
    def is_suspended(self) -> bool:
        return self.suspended_at is not None

    @property
    def picture(self) -> str:
        """The address of the person's picture, or an empty string. It is no permission: each request is checked."""
        return reverse("files:serve", args=[self.avatar, "picture.webp"]) if self.avatar else ""

    @property
    def hue(self) -> int:
        """1 to 6: which of the avatar colours this person has, always the same."""
        return sum(map(ord, self.name)) % 6 + 1

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(None if raw_password is None else normalise_password(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        composed = None if raw_password is None else normalise_password(raw_password)
        # A password from before, or from another system, may have been hashed as it was typed.
        return super().check_password(composed) or (composed != raw_password and super().check_password(raw_password))

    @property
    def is_staff(self) -> bool:
        """May open the data admin."""
        return self.is_active and self.role == SiteRole.ADMIN

    @property
    def is_superuser(self) -> bool:
        return self.role == SiteRole.ADMIN

    def can(self, capability: SiteCapability) -> bool:
        return self.is_active and capability in SITE_CAPABILITIES[SiteRole(self.role)]

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        try:
            return zoneinfo.ZoneInfo(self.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return zoneinfo.ZoneInfo(timezone.get_default_timezone_name())

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django's own covers the password alone; a closed account must lose its sessions for good.
        value = f"{self.password}:{self.sign_in_epoch}"
        return salted_hmac("accounts.User.session", value, secret=secret, algorithm="sha256").hexdigest()

    # Django asks these of a user; the rules answer.

    def has_perm(self, perm: str, obj: object = None) -> bool:
        if self.is_active and self.is_superuser:
            return True
        # Not by way of the authentication backends: allauth's looks for Django's permission rows.
        return bool(rules.has_perm(perm, self, obj))

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_superuser

    def get_group_permissions(self, obj: Any = None) -> set[str]:
        return set()
