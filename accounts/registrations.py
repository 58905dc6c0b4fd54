"""What this app puts into the kernel's slots: what it keeps of people, and for how long."""

from django.utils.translation import gettext_lazy as _

from accounts.models import Device, EmailChange, PeopleAction, PeopleImport
from accounts.services import erasing
from core.retention import deleted_rows
from core.slots import PERSONAL_STEPS, RETENTION, Erase, PersonalStep, PersonalTable, register_personal_table

_BY = "Says who did it: the number leads to the account, which names nobody any more."
_PROOF = "Proves who the person is and is no use to them elsewhere."


def register() -> None:
    """Called once, when all apps are loaded."""
    _account_tables()
    _kernel_tables()
    for key, step in {
        "mails": PersonalStep(erasing.erase_mails, covers=("core.OutgoingMail.recipients",)),
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


def _account_tables() -> None:
    names = (
        "name email phone pronouns bio role time_zone language theme reading_face date_joined last_seen_at "
        "has_second_factor suspended_at suspension_reason ended_at consents"
    )
    register_personal_table(
        PersonalTable(
            "accounts.User",
            "id",
            area="account",
            fields={"id": "public_id", **{name: name for name in names.split()}},
            kept="The account stays without anything personal, so that what hangs on it has an owner.",
        )
    )
    register_personal_table(
        PersonalTable(
            "account.EmailAddress",
            "user",
            area="addresses",
            fields={name: name for name in ("email", "verified", "primary")},
            erase=Erase.DELETE,
        )
    )
    register_personal_table(
        PersonalTable(
            "account.EmailConfirmation",
            "email_address__user",
            not_exported=_PROOF,
            kept="Goes with the address.",
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.Consent",
            "user",
            area="consents",
            fields={
                "policy": "version__kind",
                "version": "version__number",
                "title": "version__title",
                "given": "given",
                "way": "way",
                "at": "at",
            },
            kept="Shows that consent was given. It has no more than the policy, the answer and the time.",
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.TokenFamily",
            "user",
            area="programs_signed_in",
            fields={name: name for name in ("created_at", "expires_at", "ended_at")},
            erase=Erase.DELETE,
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.Device",
            "user",
            area="devices",
            fields={
                name: name
                for name in ["kind", "name", "address", "zone", "remembered", "created_at", "last_seen_at", "ended_at"]
            },
            erase=Erase.DELETE,
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.ApiKey",
            "user",
            area="keys",
            fields={
                name: name
                for name in ["name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "ended_at"]
            },
            erase=Erase.DELETE,
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.EmailChange",
            "user",
            area="email_changes",
            fields={name: name for name in ["before", "after", "created_at", "ended_at"]},
            erase=Erase.DELETE,
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.LateForm",
            "user",
            area="late_forms",
            fields={name: name for name in ["path", "fields", "created_at"]},
            erase=Erase.DELETE,
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.InvitationUse",
            "user",
            area="invitations_taken",
            fields={"invitation": "invitation__public_id", "at": "at"},
            kept="Counts the places of the invitation.",
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.Invitation",
            "made_by",
            area="invitations_made",
            fields={"id": "public_id", **{name: name for name in ["role", "most_uses", "created_at", "expires_at"]}},
            kept=_BY,
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.PeopleImport",
            "user",
            area="people_imports",
            fields={"id": "public_id", "name": "name", "created_at": "created_at"},
            kept=_BY,
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.PolicyVersion",
            "made_by",
            area="policies_written",
            fields={"policy": "kind", "version": "number", "title": "title", "created_at": "created_at"},
            kept=_BY,
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.Impersonation",
            "user",
            area="looks_as_you",
            fields={name: name for name in ["reason", "may_change", "started_at", "ended_at"]},
            erase=Erase.CLEAR,
            cleared={"reason": ""},
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.Impersonation",
            "actor",
            area="looks_as_others",
            fields={name: name for name in ["reason", "may_change", "started_at", "ended_at"]},
            kept=_BY,
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.Accommodation",
            "user",
            area="accommodations",
            fields={
                "id": "public_id",
                **{
                    name: name
                    for name in [
                        "time_factor",
                        "extra_attempts",
                        "extra_days",
                        "break_minutes",
                        "note",
                        "starts_on",
                        "ends_on",
                        "ended_at",
                    ]
                },
            },
            erase=Erase.DELETE,
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.Accommodation",
            "given_by",
            area="accommodations_given",
            fields={"id": "public_id", "starts_on": "starts_on", "created_at": "created_at"},
            kept=_BY,
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.PeopleAction",
            "user",
            area="changes_of_several_people",
            fields={name: name for name in ["kind", "created_at", "finished_at"]},
            kept=_BY,
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.PeopleActionRow",
            "user",
            not_exported="A line of a list that an administrator works on; what came of it is among the events.",
            erase=Erase.CLEAR,
            cleared={"reason": ""},
        )
    )
    register_personal_table(
        PersonalTable(
            "accounts.PeopleActionRow",
            "action__user",
            not_exported="Lines of a list that the person worked on; they are about others.",
            kept="Goes with the list.",
        )
    )
    register_personal_table(
        PersonalTable("mfa.Authenticator", "user", not_exported=_PROOF, erase=Erase.DELETE),
    )
    register_personal_table(
        PersonalTable(
            "socialaccount.SocialToken",
            "account__user",
            not_exported=_PROOF,
            kept="Goes with the link to the service.",
        )
    )
    register_personal_table(
        PersonalTable(
            "socialaccount.SocialAccount",
            "user",
            area="sign_in_services",
            fields={"service": "provider", "uid": "uid", "details": "extra_data", "linked_at": "date_joined"},
            erase=Erase.DELETE,
        )
    )
    register_personal_table(
        PersonalTable("token_blacklist.OutstandingToken", "user", not_exported=_PROOF, erase=Erase.DELETE)
    )


def _kernel_tables() -> None:
    register_personal_table(
        PersonalTable(
            "core.EventLog",
            "person_id",
            area="events_about_you",
            fields={"id": "public_id", "at": "at", "event": "name", "facts": "body"},
            kept="Never changed, since it is the audit trail. It has numbers instead of names, and goes by its retention.",
        )
    )
    register_personal_table(
        PersonalTable(
            "core.EventLog",
            "actor_id",
            area="events_by_you",
            fields={"id": "public_id", "at": "at", "event": "name", "address": "address"},
            kept="Never changed, since it is the audit trail. It has numbers instead of names, and goes by its retention.",
        )
    )
    register_personal_table(
        PersonalTable(
            "admin.LogEntry",
            "user",
            area="data_admin",
            fields={"at": "action_time", "object": "object_repr", "message": "change_message"},
            kept=_BY,
        )
    )


def _retention() -> None:
    RETENTION.register(
        "device_addresses",
        deleted_rows(
            _("Addresses of ended devices"),
            _("forgotten; the devices stay listed"),
            days=90,
            rows=lambda before: Device.objects.filter(ended_at__lt=before, address__isnull=False),
            let_go=lambda rows: rows.update(address=None),
        ),
        order=50,
    )
    RETENTION.register(
        "devices",
        deleted_rows(
            _("Ended devices"),
            _("deleted"),
            days=365,
            rows=lambda before: Device.objects.filter(ended_at__lt=before, token_families=None),
        ),
        order=51,
    )
    RETENTION.register(
        "email_changes",
        deleted_rows(
            _("Changes of email"),
            _("deleted, with the addresses in them"),
            days=30,
            rows=lambda before: EmailChange.objects.filter(expires_at__lt=before),
        ),
        order=52,
    )
    RETENTION.register(
        "people_imports",
        deleted_rows(
            _("Tables of people"),
            _("deleted, with their rows; the people stay"),
            days=30,
            rows=lambda before: PeopleImport.objects.filter(created_at__lt=before),
        ),
        order=53,
    )
    RETENTION.register(
        "people_actions",
        deleted_rows(
            _("Changes of several people"),
            _("deleted; what was done stays in the event log"),
            days=30,
            rows=lambda before: PeopleAction.objects.filter(created_at__lt=before),
        ),
        order=54,
    )
