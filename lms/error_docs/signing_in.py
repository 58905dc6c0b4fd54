"""Signing in, tokens, keys and second factors."""

from django.utils.translation import gettext_lazy as _

from lms.error_docs.base import ErrorDoc

DOCS = {
    "not_signed_in": ErrorDoc(
        401,
        _("The request carries neither a session nor an access token that is valid now."),
        _("Sign in. A program gets a fresh access token with its refresh token."),
    ),
    "token_refused": ErrorDoc(
        401,
        _("The token has expired, was replaced, or its person has signed out everywhere or was closed."),
        _("Refresh the access token. If the refresh token itself is refused, sign in again."),
    ),
    "sign_in_refused": ErrorDoc(
        401,
        _("This email and password do not open an account. For safety the answer does not say which of them is wrong."),
        _("Check both, and that the address was confirmed. You can choose a new password on the sign-in page."),
    ),
    "account_suspended": ErrorDoc(
        403,
        _(
            "The password is right, but an administrator has suspended the account; the sentence tells since when and why."
        ),
        _("Nothing is lost. Ask whoever looks after the site; they can open the account again."),
    ),
    "not_an_admin": ErrorDoc(
        409,
        _("Nobody looks at the site as an administrator: that would give away their rights."),
        _("Take somebody with another role."),
    ),
    "second_factor_needed": ErrorDoc(
        401,
        _(
            "The password was right, and this account asks for a second factor. The answer holds a ticket for five minutes."
        ),
        _("Send the ticket and a code from the app, or a recovery code, to /api/v1/auth/token/second-factor/."),
    ),
    "ticket_refused": ErrorDoc(
        401,
        _("The ticket of the first step is older than five minutes, was used, or the password changed meanwhile."),
        _("Start again with email and password."),
    ),
    "second_factor_required": ErrorDoc(
        403,
        _("This role must have a second factor, and its days of grace are over."),
        _("Set up an app or a passkey in your account, under “Signing in”. The rest opens again at once."),
    ),
    "password_change_required": ErrorDoc(
        403,
        _(
            "The second factor beside this account's short password was taken away, and alone the password is too short."
        ),
        _("Change it with POST /api/v1/me/password/ or on the page; or set up another second factor."),
    ),
    "code_wrong": ErrorDoc(
        400,
        _("The code is not one of this account, or was used before. Each works once."),
        _("Wait for the app's next code, or use a recovery code."),
    ),
    "proof_needed": ErrorDoc(
        403,
        _(
            "This takes a sign-in, or another proof of who you are, that is not older than five minutes. Nothing was done."
        ),
        _(
            "Send your password, and a code where you have a second factor, to /api/v1/me/proof/, then this again. "
            "A key cannot: sign in with email and password, or use the pages."
        ),
    ),
    "proof_wrong": ErrorDoc(
        400,
        _("Changing how you sign in needs the password you have now, and this is not it."),
        _("Send the current password in the field “password”."),
    ),
    "totp_exists": ErrorDoc(
        409, _("An app makes codes for this account already."), _("Switch that off first, then set up the new one.")
    ),
    "no_second_factor": ErrorDoc(409, _("The account has no second factor."), _("Set up an app or a passkey first.")),
    "password_too_short_alone": ErrorDoc(
        409,
        _("With a second factor a short password is enough; without one it is not."),
        _("Change the password to a longer one, then take the factor away."),
    ),
    "not_allowed": ErrorDoc(
        403,
        _("You may see this thing but not do this with it."),
        _("Ask somebody whose role allows it, or ask to be given that role."),
    ),
    # People and accounts
    "link_refused": ErrorDoc(
        409,
        _("The link from a mail was used already, is too old, was cut off, or a newer mail took its place."),
        _("Ask for a new mail. Links work once and for three days."),
    ),
    "email_taken": ErrorDoc(
        409,
        _("There is already an account with this email."),
        _("Sign in with it, choose a new password if it is forgotten, or use another address."),
    ),
    "registration_closed": ErrorDoc(
        409, _("This site adds people itself."), _("Ask its administrator for an account.")
    ),
    "too_many_keys": ErrorDoc(
        409,
        _("You have as many keys as one person may have."),
        _("End one that you no longer need, then make the new one."),
    ),
    "key_refused": ErrorDoc(
        401,
        _("The key was ended, has expired or was never one; or the account it belongs to is closed."),
        _("Make a new key in your profile, under Keys for programs."),
    ),
    "scope_missing": ErrorDoc(
        403,
        _("The key is not for this part of the API, or only for reading it."),
        _("Make a key with the scope that the message names."),
    ),
    "keys_not_allowed": ErrorDoc(
        403,
        _("This address takes no keys: it is about the account itself."),
        _("Sign in with email and password and use the access token."),
    ),
    "key_not_prepared": ErrorDoc(
        409,
        _("The connection has no other key that this site could sign with."),
        _("Bring its key to `prepared` first, and give the provider the metadata."),
    ),
    "last_way_in": ErrorDoc(
        409,
        _("The person could not sign in any more without this link."),
        _("Choose a password first, then end the link."),
    ),
    "linked_to_another": ErrorDoc(
        409,
        _("Somebody else's account here is linked to this sign-in at the other service already."),
        _("Sign in by it to see which, and end the link there first."),
    ),
    "sign_on_failed": ErrorDoc(
        400,
        _("What the other service sent cannot be used: it does not fit this site's request, or it is not answering."),
        _("Start signing in once more. An administrator sees the cause by trying the connection."),
    ),
    "password_hash_unknown": ErrorDoc(
        400,
        _("The hash is of a kind that cannot be checked here, or that is too weak to keep."),
        _("Send one of Werkzeug (scrypt, pbkdf2) or bcrypt, or leave it out: the person then chooses a password."),
    ),
}
