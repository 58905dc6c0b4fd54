"""Looking after people: accounts, several at once, looking as somebody, invitations."""

from django.utils.translation import gettext_lazy as _

from lms.error_docs.base import ErrorDoc

DOCS = {
    "nothing_given": ErrorDoc(
        400,
        _("The accommodation changes nothing: no more time, tries, days or breaks."),
        _("Give at least one of them, or end the accommodation."),
    ),
    "accommodation_ended": ErrorDoc(
        409,
        _("The accommodation has ended, so it cannot be changed."),
        _("Give a new one."),
    ),
    "action_under_way": ErrorDoc(
        409,
        _("The change to several people is being looked at or applied."),
        _("Ask its address until its state is ready or done."),
    ),
    "action_done": ErrorDoc(
        409,
        _("The change to several people was applied already."),
        _("Choose the people again to do more."),
    ),
    "view_only": ErrorDoc(
        403,
        _("Somebody looks at the site as another person in this session, and then nothing can be changed."),
        _("Stop at the top of the page, or with impersonations_stop, then do it in your own name."),
    ),
    "out_of_reach": ErrorDoc(
        403,
        _("Password, factors, keys, devices, email and personal data stay closed to who looks as somebody else."),
        _("Stop looking as somebody else. Ask the person to do it, or do it as an administrator on their page."),
    ),
    "view_over": ErrorDoc(
        403,
        _("Looking at the site as somebody else has ended: its time was over, or somebody ended it. Nothing was done."),
        _("The session is your own again. Send the request once more if you want it done in your own name."),
    ),
    "view_only_site": ErrorDoc(
        409,
        _("The site lets administrators look as somebody else, but not act as them."),
        _("Leave out may_change, or have IMPERSONATION_MAY_CHANGE set."),
    ),
    "account_ended": ErrorDoc(409, _("The account is closed."), _("An administrator can restore it.")),
    "person_ended": ErrorDoc(
        409, _("This person's account is closed."), _("Restore the account first, then repeat the step.")
    ),
    "not_yourself": ErrorDoc(
        409,
        _("This cannot be done to one’s own account."),
        _("Ask another admin."),
    ),
    "table_unreadable": ErrorDoc(
        400,
        _("The file is no table of people that can be read: too large, broken, of another kind, or without headings."),
        _("Save it as CSV in UTF-8 or as XLSX, with a first row that names the columns, among them email and name."),
    ),
    "column_twice": ErrorDoc(
        409,
        _("Two columns of the table were said to be the same field."),
        _("Leave one of them out."),
    ),
    "last_admin": ErrorDoc(
        409,
        _("This is the only administrator, and somebody must run the site."),
        _("Make another person an administrator first."),
    ),
    # Invitations
    "invitation_unknown": ErrorDoc(
        404,
        _("There is no invitation with this token."),
        _("Send the last part of the link, whole; or ask for a new invitation."),
    ),
    "invitation_over": ErrorDoc(
        410,
        _("The invitation was taken, was ended or has run out."),
        _("Ask who sent it for a new one."),
    ),
    "invitation_blocked": ErrorDoc(
        409,
        _("The course that comes with the invitation has no place, or who invited may no longer do so."),
        _("Ask the teachers of the course for a place or for a new invitation."),
    ),
    "invitation_for_another": ErrorDoc(
        409,
        _("The invitation was mailed to another address than the confirmed one of this account."),
        _("Sign in with the account of that address, or make one from the link."),
    ),
    "invitation_not_mailed": ErrorDoc(
        409, _("A link was mailed to nobody, so it cannot be sent again."), _("Make a new link.")
    ),
    "invitation_just_sent": ErrorDoc(
        409, _("The mail went out less than three minutes ago."), _("Wait three minutes, then send it again.")
    ),
    "invitation_not_needed": ErrorDoc(
        409,
        _("The person is in the course already or has an open invitation to it."),
        _("Look at the course's people and its open invitations."),
    ),
    "too_many_invitations": ErrorDoc(
        409,
        _("You have made 500 invitations within a day."),
        _("Go on tomorrow, or make one link for all."),
    ),
}
