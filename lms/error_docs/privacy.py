"""Personal data: consent, export, erasure, retention."""

from django.utils.translation import gettext_lazy as _

from lms.error_docs.base import ErrorDoc

DOCS = {
    "policy_order": ErrorDoc(
        409,
        _("Another version of this policy was written at the same moment."),
        _("Read the versions again, then write yours."),
    ),
    "policy_in_force": ErrorDoc(
        409,
        _("People agreed to the words of a version that is in force, so they stay as they are."),
        _("Write a new version."),
    ),
    "policy_unknown": ErrorDoc(
        409, _("The policy asks for no consent at the moment."), _("Read /api/v1/me/consents/ for what is due.")
    ),
    "consent_required": ErrorDoc(
        409,
        _("Nobody can use the site without agreeing to this policy, so no cannot be said to it."),
        _("Whoever does not agree any more can have their account erased."),
    ),
    "person_erased": ErrorDoc(
        409,
        _("The person was erased. Their account cannot be changed, collected or opened again."),
        _("Nothing; somebody who comes back gets a new account."),
    ),
    "hand_over_first": ErrorDoc(
        409,
        _("Others would be left without somebody: the person alone owns a course. The message names what."),
        _("Make somebody else an owner of each, then ask again."),
    ),
    "erasure_began": ErrorDoc(
        409, _("Erasing has begun, and what is erased cannot come back."), _("Nothing can be done.")
    ),
    "export_gone": ErrorDoc(
        409, _("The archive was kept long enough and its bytes are gone."), _("Ask for a new one.")
    ),
    "retention_off": ErrorDoc(409, _("This kind of data is kept for good."), _("Set a number of days first.")),
    "preview_old": ErrorDoc(
        409,
        _("The rule keeps by now some of what the preview had counted."),
        _("Read the rule again, and run with its new moment."),
    ),
}
