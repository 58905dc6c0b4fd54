"""What this app puts into the kernel's slots: what it keeps of people, and for how long."""

from django.utils.translation import gettext_lazy as _

from accounts.models import Device, EmailChange, PeopleAction, PeopleImport
from accounts.personal import register_tables
from accounts.services import erasing
from accounts.services.sockets import use_socket_ticket
from core.retention import deleted_rows, register_retention
from core.slots import PERSONAL_STEPS, SOCKET_TICKETS, PersonalStep


def register() -> None:
    """Called once, when all apps are loaded."""
    register_tables()
    SOCKET_TICKETS.register("accounts", use_socket_ticket)
    for key, step in {
        "mails": PersonalStep(
            erasing.erase_mails, covers=("core.OutgoingMail.recipients", "core.BouncedAddress.email")
        ),
        "kept_answers": PersonalStep(erasing.erase_kept_answers, covers=("core.IdempotentRequest.caller",)),
        "invitations": PersonalStep(erasing.erase_invitations, covers=("accounts.Invitation.email",)),
        "people_tables": PersonalStep(
            erasing.erase_from_tables,
            covers=("accounts.PeopleImportRow.run", "accounts.PeopleImportRow.email", "accounts.PeopleImport.content"),
        ),
        "admin_log": PersonalStep(erasing.erase_admin_log),
    }.items():
        PERSONAL_STEPS.register(key, step)
    _retention()


def _retention() -> None:
    register_retention(
        {
            "device_addresses": deleted_rows(
                _("Addresses of ended devices"),
                _("forgotten; the devices stay listed"),
                days=90,
                rows=lambda before: Device.objects.filter(ended_at__lt=before, address__isnull=False),
                let_go=lambda rows: rows.update(address=None),
            ),
            "devices": deleted_rows(
                _("Ended devices"),
                _("deleted"),
                days=365,
                rows=lambda before: Device.objects.filter(ended_at__lt=before, token_families=None),
            ),
            "email_changes": deleted_rows(
                _("Changes of email"),
                _("deleted, with the addresses in them"),
                days=30,
                rows=lambda before: EmailChange.objects.filter(expires_at__lt=before),
            ),
            "people_imports": deleted_rows(
                _("Tables of people"),
                _("deleted, with their rows; the people stay"),
                days=30,
                rows=lambda before: PeopleImport.objects.filter(created_at__lt=before),
            ),
            "people_actions": deleted_rows(
                _("Changes of several people"),
                _("deleted; what was done stays in the event log"),
                days=30,
                rows=lambda before: PeopleAction.objects.filter(created_at__lt=before),
            ),
        },
        first=50,
    )
