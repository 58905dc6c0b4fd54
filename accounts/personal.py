"""What accounts and the kernel keep of people: what an export tells of it, and what erasing somebody does to it."""

from core.slots import Erase, PersonalTable, columns, register_personal_tables

_BY = "Says who did it: the number leads to the account, which names nobody any more."
_PROOF = "Proves who the person is and is no use to them elsewhere."
_TRAIL = "Never changed, since it is the audit trail. It has numbers instead of names, and goes by its retention."


def register_tables() -> None:
    """Called once, when all apps are loaded."""
    _person()
    _signing_in()
    _looked_after()
    _done_for_others()
    _kernel()


def _person() -> None:
    register_personal_tables(
        PersonalTable(
            "accounts.User",
            "id",
            area="account",
            fields=columns(id="public_id")
            | columns(
                "name email phone pronouns bio role time_zone language theme reading_face date_joined last_seen_at "
                "has_second_factor suspended_at suspension_reason ended_at consents"
            ),
            kept="The account stays without anything personal, so that what hangs on it has an owner.",
        ),
        PersonalTable(
            "account.EmailAddress",
            "user",
            area="addresses",
            fields=columns("email verified primary"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "account.EmailConfirmation", "email_address__user", not_exported=_PROOF, kept="Goes with the address."
        ),
        PersonalTable(
            "accounts.EmailChange",
            "user",
            area="email_changes",
            fields=columns("before after created_at ended_at"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "accounts.Consent",
            "user",
            area="consents",
            fields=columns(policy="version__kind", version="version__number", title="version__title")
            | columns("given way at"),
            kept="Shows that consent was given. It has no more than the policy, the answer and the time.",
        ),
        PersonalTable(
            "accounts.LateForm",
            "user",
            area="late_forms",
            fields=columns("path fields created_at"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "accounts.InvitationUse",
            "user",
            area="invitations_taken",
            fields=columns(invitation="invitation__public_id", at="at"),
            kept="Counts the places of the invitation.",
        ),
    )


def _signing_in() -> None:
    register_personal_tables(
        PersonalTable(
            "accounts.TokenFamily",
            "user",
            area="programs_signed_in",
            fields=columns("created_at expires_at ended_at"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "accounts.Device",
            "user",
            area="devices",
            fields=columns("kind name address zone remembered created_at last_seen_at ended_at"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "accounts.ApiKey",
            "user",
            area="keys",
            fields=columns("name prefix scopes created_at expires_at last_used_at ended_at"),
            erase=Erase.DELETE,
        ),
        PersonalTable("mfa.Authenticator", "user", not_exported=_PROOF, erase=Erase.DELETE),
        PersonalTable(
            "socialaccount.SocialAccount",
            "user",
            area="sign_in_services",
            fields=columns(service="provider", uid="uid", details="extra_data", linked_at="date_joined"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "socialaccount.SocialToken",
            "account__user",
            not_exported=_PROOF,
            kept="Goes with the link to the service.",
        ),
        PersonalTable("token_blacklist.OutstandingToken", "user", not_exported=_PROOF, erase=Erase.DELETE),
    )


def _looked_after() -> None:
    register_personal_tables(
        PersonalTable(
            "accounts.Impersonation",
            "user",
            area="looks_as_you",
            fields=columns("reason may_change started_at ended_at"),
            erase=Erase.CLEAR,
            cleared={"reason": ""},
        ),
        PersonalTable(
            "accounts.GivenReason",
            "user",
            area="reasons_given",
            fields=columns("text at"),
            erase=Erase.CLEAR,
            cleared={"text": ""},
        ),
        PersonalTable(
            "accounts.Accommodation",
            "user",
            area="accommodations",
            fields=columns(id="public_id")
            | columns("time_factor extra_attempts extra_days break_minutes note starts_on ends_on ended_at"),
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "accounts.PeopleActionRow",
            "user",
            not_exported="A line of a list that an administrator works on; what came of it is among the events.",
            erase=Erase.CLEAR,
            cleared={"reason": ""},
        ),
    )


def _done_for_others() -> None:
    register_personal_tables(
        PersonalTable(
            "accounts.Invitation",
            "made_by",
            area="invitations_made",
            fields=columns(id="public_id") | columns("role most_uses created_at expires_at"),
            kept=_BY,
        ),
        PersonalTable(
            "accounts.PeopleImport",
            "user",
            area="people_imports",
            fields=columns(id="public_id") | columns("name created_at"),
            kept=_BY,
        ),
        PersonalTable(
            "accounts.PolicyVersion",
            "made_by",
            area="policies_written",
            fields=columns(policy="kind", version="number") | columns("title created_at"),
            kept=_BY,
        ),
        PersonalTable(
            "accounts.Impersonation",
            "actor",
            area="looks_as_others",
            fields=columns("reason may_change started_at ended_at"),
            kept=_BY,
        ),
        PersonalTable(
            "accounts.Accommodation",
            "given_by",
            area="accommodations_given",
            fields=columns(id="public_id") | columns("starts_on created_at"),
            kept=_BY,
        ),
        PersonalTable(
            "accounts.PeopleAction",
            "user",
            area="changes_of_several_people",
            fields=columns("kind created_at finished_at"),
            kept=_BY,
        ),
        PersonalTable(
            "accounts.PeopleActionRow",
            "action__user",
            not_exported="Lines of a list that the person worked on; they are about others.",
            kept="Goes with the list.",
        ),
    )


def _kernel() -> None:
    register_personal_tables(
        PersonalTable(
            "core.EventLog",
            "person_id",
            area="events_about_you",
            fields=columns(id="public_id", at="at", event="name", facts="body"),
            kept=_TRAIL,
        ),
        PersonalTable(
            "core.EventLog",
            "actor_id",
            area="events_by_you",
            fields=columns(id="public_id", at="at", event="name", address="address"),
            kept=_TRAIL,
        ),
        PersonalTable(
            "core.Presence",
            "user_id",
            not_exported="Says which pages are open at this moment; it is gone seconds after they are closed.",
            erase=Erase.DELETE,
        ),
        PersonalTable(
            "admin.LogEntry",
            "user",
            area="data_admin",
            fields=columns(at="action_time", object="object_repr", message="change_message"),
            kept=_BY,
        ),
    )
