"""What stands around signing in: rules by role, tries, addresses being changed, invitations, forms that came too late."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import InvitationState, SiteRole
from accounts.models.user import User
from accounts.querysets import InvitationQuerySet
from core.models import PublicId


class RolePolicy(models.Model):
    """What signing in asks of one role. A role without a row has the site's defaults."""

    role = models.CharField(_("role"), max_length=10, choices=SiteRole, unique=True)
    # People of the role must have a second factor, ``grace_days`` after this or after they got the role.
    second_factor_since = models.DateTimeField(_("second factor required since"), null=True, blank=True)
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=14)
    # A session ends after so many minutes without use, and in any case after so many hours.
    idle_minutes = models.PositiveIntegerField(_("minutes without use"))
    most_hours = models.PositiveIntegerField(_("hours in all"))
    # The same where the person wished to stay signed in; empty: no longer than others.
    kept_idle_minutes = models.PositiveIntegerField(_("minutes without use, if kept"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        verbose_name = _("sign-in rule")
        verbose_name_plural = _("sign-in rules")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.get_role_display()


class SignInTries(models.Model):
    """Wrong tries at one door by one kind of caller; ``key`` is a digest, so no address can be read here."""

    key = models.CharField(_("key"), max_length=64, unique=True, editable=False)
    failures = models.PositiveIntegerField(_("wrong tries"), default=0)
    last_at = models.DateTimeField(_("last"), default=timezone.now)
    open_at = models.DateTimeField(_("next try from"), default=timezone.now)

    class Meta:
        verbose_name = _("wrong tries")
        verbose_name_plural = _("wrong tries")
        ordering = ("-last_at",)
        indexes = (models.Index(fields=("last_at",), name="accounts_tries_last"),)

    def __str__(self) -> str:
        return self.key[:12]


class EmailChange(PublicId):
    """A new address that waits until the mailbox of the old one and of the new one have both said yes."""

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="email_changes")
    before = models.EmailField(_("old email"), max_length=254)
    after = models.EmailField(_("new email"), max_length=254)
    created_at = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    old_said_yes_at = models.DateTimeField(_("old address said yes"), null=True, blank=True)
    new_said_yes_at = models.DateTimeField(_("new address said yes"), null=True, blank=True)
    # Done, called off or overtaken by another one.
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("change of email")
        verbose_name_plural = _("changes of email")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("user",), condition=models.Q(ended_at__isnull=True), name="accounts_one_email_change"
            ),
        )

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class Invitation(PublicId):
    """A link that lets somebody make an account here, with a role; mailed to one address or handed round."""

    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    # Empty: whoever has the link.
    email = models.EmailField(_("email"), max_length=254, blank=True, default="")
    role = models.CharField(_("role"), max_length=10, choices=SiteRole, default=SiteRole.STUDENT)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    made_by = models.ForeignKey(User, verbose_name=_("made by"), on_delete=models.PROTECT, related_name="invitations")
    most_uses = models.PositiveIntegerField(_("places"), default=1)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.email or self.note or gettext("Link for anybody")

    @property
    def places_taken(self) -> int:
        """How many have accepted; counted with the rows where they come from a list."""
        known: int | None = getattr(self, "taken_count", None)
        return self.taken.count() if known is None else known

    @property
    def state(self) -> InvitationState:
        if self.ended_at is not None:
            return InvitationState.ENDED
        if self.places_taken >= self.most_uses:
            return InvitationState.TAKEN
        return InvitationState.EXPIRED if self.expires_at <= timezone.now() else InvitationState.OPEN

    @property
    def is_open(self) -> bool:
        return self.state == InvitationState.OPEN


class InvitationUse(models.Model):
    invitation = models.ForeignKey(
        Invitation, verbose_name=_("invitation"), on_delete=models.PROTECT, related_name="taken"
    )
    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="invitations_taken")
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("use of an invitation")
        verbose_name_plural = _("uses of invitations")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("invitation", "user"), name="accounts_invitation_once"),)

    def __str__(self) -> str:
        return f"{self.invitation_id}: {self.user_id}"


class LateForm(PublicId):
    """A form that came after its session had ended, kept for a day: the person signs in and sends it again."""

    # Digest of a cookie that only this browser has.
    visitor = models.CharField(_("visitor"), max_length=64, editable=False)
    # Who was signed in before, if that is known; nobody else is shown the form.
    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.CASCADE, null=True, editable=False)
    path = models.CharField(_("address"), max_length=2000)
    fields = models.JSONField(_("fields"), default=list)
    created_at = models.DateTimeField(_("came"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), db_index=True)

    class Meta:
        verbose_name = _("late form")
        verbose_name_plural = _("late forms")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.path
