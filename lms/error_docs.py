"""What each stable error code means and what to do about it: the table behind /docs/errors/."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ErrorDoc:
    """``status`` is the HTTP status that the code usually comes with."""

    status: int
    meaning: Promise
    remedy: Promise


ERROR_DOCS: dict[str, ErrorDoc] = {
    # Requests as such
    "bad_request": ErrorDoc(
        400,
        _("The request could not be read: its address, its headers or its body are not well formed."),
        _("Compare the request with the schema. In a browser, go back and send the form once more."),
    ),
    "not_json": ErrorDoc(
        400, _("The body is not well-formed JSON."), _("Send JSON in UTF-8 with Content-Type: application/json.")
    ),
    "not_an_object": ErrorDoc(
        400,
        _("The body is JSON, but not an object: a list, a text or a number."),
        _("Send one object with the fields that the schema names."),
    ),
    "invalid": ErrorDoc(
        400,
        _("Some values cannot be used. Nothing was stored. The list “errors” has sentences for each field."),
        _("Change the named fields and send everything again."),
    ),
    "unknown_field": ErrorDoc(
        400,
        _("The request has fields that this kind of thing does not have."),
        _("Leave them out; mostly a name is misspelt."),
    ),
    # Personal data
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
    "audit_broken": ErrorDoc(
        409,
        _("The chain of the event log does not hold, so old entries are not put away."),
        _("Run “manage.py audit verify” and find out what was changed."),
    ),
    "origin_refused": ErrorDoc(
        403,
        _("A page of another origin called the API, and the site does not know that origin."),
        _("Whoever runs the site adds the origin to CORS_ALLOWED_ORIGINS, with scheme and port as the message has it."),
    ),
    "header_refused": ErrorDoc(
        403,
        _("A page of another origin asked to send a header that such pages may not send."),
        _("Leave the header out, or add it to CORS_ALLOW_HEADERS in the site's settings."),
    ),
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
    "csrf_failed": ErrorDoc(
        403,
        _("The form was opened too long ago or in another session, so its safety token does not fit."),
        _("Go back, reload the page and send the form again. A program uses an access token and needs no form token."),
    ),
    "not_found": ErrorDoc(
        404,
        _("There is nothing at this address, or it is not yours to see; the answer is the same for both."),
        _("Check the address. If you expect to have access, ask the people of that course."),
    ),
    "method_not_allowed": ErrorDoc(
        405,
        _("This address does not know the method that was used."),
        _("The header Allow lists the methods that it knows."),
    ),
    "not_acceptable": ErrorDoc(
        406, _("The address cannot answer in the format that was asked for."), _("Accept application/json.")
    ),
    "unsupported_media_type": ErrorDoc(
        415, _("The body has a format that the address does not read."), _("Send application/json.")
    ),
    "throttled": ErrorDoc(
        429,
        _("Too many requests came in a short time. None of the refused ones was carried out."),
        _("Wait for the seconds that the header Retry-After names, then go on more slowly."),
    ),
    "server_error": ErrorDoc(
        500,
        _("Something broke on our side. What was saved before is still saved; this request changed nothing."),
        _("Try again. If it keeps happening, tell the people who run the site and quote the request number."),
    ),
    "provider_failed": ErrorDoc(
        502,
        _("A service outside this site did not do its part."),
        _("Try again in a few minutes. If it lasts, the people who run the site can see more in its log."),
    ),
    "database_unavailable": ErrorDoc(
        503,
        _("The database is busy, read-only, full or not answering. Nothing was stored."),
        _(
            "Send the request again after the seconds that Retry-After names; creating requests with their Idempotency-Key."
        ),
    ),
    "disk_full": ErrorDoc(
        507,
        _("There is no room left on the site's disk. Nothing of the file was kept."),
        _("Tell the site's administrator, then try again."),
    ),
    # Two people, two requests
    "stale_version": ErrorDoc(
        409,
        _(
            "Somebody else changed this after you opened it. Nothing was overwritten; “current_version” is what it has now."
        ),
        _("Load it again, put your change into the present text and save with the present version."),
    ),
    "changed_meanwhile": ErrorDoc(
        409,
        _("Somebody else changed the course at the very moment of the import. Nothing was stored."),
        _("Import again; what the other person did stays unless your folder says otherwise."),
    ),
    "idempotency_key_too_long": ErrorDoc(
        400, _("An Idempotency-Key has at most 255 characters."), _("Use a random UUID as the key.")
    ),
    "idempotency_key_reused": ErrorDoc(
        422,
        _("This Idempotency-Key was sent before with another address or another body."),
        _("Use a new key for a new request, and the old key only to repeat the very same one."),
    ),
    "gone": ErrorDoc(
        409,
        _("Somebody removed this while you had it open."),
        _("Go back and reload the page to see what is there now."),
    ),
    "in_bin": ErrorDoc(409, _("This lies in the bin and cannot be changed there."), _("Restore it first.")),
    "already_back": ErrorDoc(409, _("This has left the bin already."), _("Reload the page.")),
    # Experiments and their branches
    "experiment_unknown": ErrorDoc(
        400,
        _("The block names an experiment that is not one of its course."),
        _("Choose one of the course's experiments, or make one first."),
    ),
    "experiment_used": ErrorDoc(
        409, _("A block or a student belongs to the experiment, so it stays."), _("Close its groups instead.")
    ),
    "groups_missing": ErrorDoc(400, _("An experiment needs at least two groups."), _("Name two or more.")),
    "groups_too_many": ErrorDoc(400, _("An experiment has at most 20 groups."), _("Make another experiment.")),
    "branches_chosen": ErrorDoc(
        409, _("The block holds the branches of another experiment already."), _("Add a new block for this one.")
    ),
    "branch_in_branch": ErrorDoc(
        400, _("A branch cannot hold a block with branches."), _("Put the block beside the other one.")
    ),
    "branch_stays": ErrorDoc(
        409,
        _("A branch is there as long as its block is."),
        _("Empty the branch, or move the whole block to the bin."),
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
    # Courses
    "course_full": ErrorDoc(
        409,
        _("All places of the course are taken."),
        _("Ask the course's owner for a place, or come back later: places become free when people leave."),
    ),
    "last_owner": ErrorDoc(
        409, _("A course needs an owner, and this is the only one."), _("Make another person owner first.")
    ),
    "membership_ended": ErrorDoc(409, _("This person has left the course."), _("Enrol them again first.")),
    "item_not_open": ErrorDoc(
        409,
        _("The lesson is not published at the moment, so no progress is recorded for it."),
        _("Publish the lesson, or wait until it is published again."),
    ),
    "not_a_person": ErrorDoc(
        409,
        _("Only a signed-in person can learn; the site itself cannot."),
        _("Sign in as the person whose progress it is."),
    ),
    "other_course": ErrorDoc(
        409, _("The two things belong to different courses."), _("Choose one of the same course, or copy it first.")
    ),
    "other_lesson": ErrorDoc(
        400, _("The section belongs to another lesson."), _("Choose a section of the same lesson.")
    ),
    "unknown_kind": ErrorDoc(
        400, _("There is no such kind of block on this site."), _("Choose one of the kinds that the schema names.")
    ),
    "block_invalid": ErrorDoc(
        400,
        _("The block's text or settings make no sense together. Nothing was stored."),
        _("Follow the sentences of the answer, then save again."),
    ),
    "file_unknown": ErrorDoc(
        400,
        _("The text refers to a file that is not here or that you may not use."),
        _("Upload the file first, then refer to the id that it got."),
    ),
    "course_folder_broken": ErrorDoc(
        400,
        _("The course folder cannot be imported. Nothing was stored. Each problem is listed with file and line."),
        _("Mend the listed places and import again. The format is described in docs/course-format.md."),
    ),
    "course_unknown_format": ErrorDoc(
        400,
        _("There is no course in the archive that this site can read."),
        _("Upload an export of Open edX (.tar.gz), or a course folder as a ZIP."),
    ),
    "export_not_ready": ErrorDoc(
        409,
        _("The archive of the course is still being made, or could not be made."),
        _("Ask the export's own address until its state is “done”; if it is “failed”, start another one."),
    ),
    "report_too_large": ErrorDoc(
        413, _("The report of an error in a browser is too large."), _("Cut its texts: the stack to 4,000 characters.")
    ),
    "client_error_gone": ErrorDoc(
        409, _("The error in browsers is no longer kept."), _("Read the list again; old ones are forgotten.")
    ),
    "import_under_way": ErrorDoc(
        409, _("The import has begun already, or is over."), _("Wait for its end; what it brought in can be binned.")
    ),
    "import_over": ErrorDoc(
        409,
        _("The import was ended elsewhere while it ran. Nothing was stored."),
        _("Look at its report, and start a new one if it is still wanted."),
    ),
    "archive_broken": ErrorDoc(
        400,
        _(
            "The file is no archive that can be unpacked here: it is cut off, too large, or holds links or unsafe names."
        ),
        _("Pack the course again as a ZIP or tar file of plain files, or export it once more where it came from."),
    ),
    "course_archive_broken": ErrorDoc(
        400,
        _("The course in the archive cannot be imported. Nothing was stored. Each problem is listed with its file."),
        _("Mend the listed places where the course came from, export it again, and import that."),
    ),
    "folder_not_empty": ErrorDoc(
        400,
        _("The folder to export to has files that did not come from an export."),
        _("Name an empty or a new folder."),
    ),
    # Questions
    "question_kind": ErrorDoc(
        400, _("There is no such kind of question."), _("Choose single, multiple, numeric or short.")
    ),
    "question_settings": ErrorDoc(
        400,
        _("The question's settings are incomplete or contradict each other."),
        _("Follow the sentences of the answer, then save again."),
    ),
    "question_in_use": ErrorDoc(
        409, _("The question stands in a lesson."), _("Take it out of the lesson first, then remove it.")
    ),
    "not_a_question_block": ErrorDoc(
        409, _("A question can only stand in a question block."), _("Add a question block and put it there.")
    ),
    "no_tries_left": ErrorDoc(
        409,
        _("The question has been tried as often as it may be. The best try counts."),
        _("Read what the lesson says about it, and go on. Only its author can allow more tries."),
    ),
    "parts_not_given": ErrorDoc(
        400,
        _("A question in several parts was answered without naming its parts."),
        _("Send “parts”: an object with an answer for the id of each part."),
    ),
    "no_questions": ErrorDoc(
        409, _("There is nothing to answer here."), _("Reload the lesson to see what it asks now.")
    ),
    "no_poll": ErrorDoc(409, _("There is no poll here any more."), _("Reload the lesson to see what it asks now.")),
    "vote_incomplete": ErrorDoc(
        400,
        _("The vote leaves a question out, or names a question or an option that the poll does not have."),
        _("Send for each question the id of one of the poll's options."),
    ),
    "already_voted": ErrorDoc(
        409,
        _("This poll was answered before, and it does not let answers change."),
        _("Nothing needs doing: the first answer counts."),
    ),
    "question_not_asked": ErrorDoc(
        409, _("This question is not part of the attempt."), _("Answer the questions that the attempt lists.")
    ),
    "attempt_submitted": ErrorDoc(
        409, _("The attempt has been submitted; its answers are fixed."), _("Start a new attempt to answer again.")
    ),
    "answers_not_kept": ErrorDoc(
        409,
        _("Only students' answers are kept. People who teach the course can try each question in the lesson."),
        _("To keep answers, use an account that is a student of the course."),
    ),
    "nothing_to_answer": ErrorDoc(
        400, _("The request names neither a lesson nor a block."), _("Name the lesson or the block to answer.")
    ),
    "no_answer": ErrorDoc(400, _("The form was sent without an answer."), _("Give an answer, then send it.")),
    "unknown_option": ErrorDoc(
        400, _("The chosen option is not one of the question's."), _("Reload the lesson and choose again.")
    ),
    "answer_too_long": ErrorDoc(400, _("The answer is longer than the question allows."), _("Shorten it.")),
    "answer_not_text": ErrorDoc(
        400, _("The answer has control characters."), _("Type it again instead of pasting it.")
    ),
    "not_text": ErrorDoc(400, _("A text was expected, something else was sent."), _("Send a JSON string.")),
    "text_too_long": ErrorDoc(
        400, _("The text is longer than its limit."), _("Shorten it, or spread it over two blocks.")
    ),
    "not_a_number": ErrorDoc(400, _("The question asks for a number."), _("Write a number, such as 12.5 or 3e-4.")),
    "number_too_long": ErrorDoc(400, _("The number has too many digits."), _("Round it to what the question needs.")),
    "number_too_large": ErrorDoc(400, _("The number is too large or too small to be meant."), _("Check its exponent.")),
    "unit_missing": ErrorDoc(
        400, _("The question asks for a number with its unit."), _("Write the unit after the number.")
    ),
    "unit_unexpected": ErrorDoc(400, _("The question asks for a number alone."), _("Leave the unit out.")),
    "unit_other": ErrorDoc(
        400, _("The question asks for another unit."), _("Convert the number to the unit named in the answer.")
    ),
    # Files
    "file_type_unknown": ErrorDoc(
        400,
        _("Files with this ending are not kept here."),
        _("Convert the file to one of the formats that the answer lists."),
    ),
    "file_type_mismatch": ErrorDoc(
        400,
        _("The content of the file is not what its name says."),
        _("Save it again in the right format; renaming alone does not convert it."),
    ),
    "file_empty": ErrorDoc(400, _("The file has no content."), _("Choose the right file and send it again.")),
    "file_not_text": ErrorDoc(
        400, _("The file should be text but is not valid UTF-8."), _("Save it again with the encoding UTF-8.")
    ),
    "not_a_film": ErrorDoc(
        409,
        _("What was watched is told of films; this part of the lesson is none."),
        _("Name a block of kind video. The kinds of a lesson's blocks stand in the lesson."),
    ),
    "captions_broken": ErrorDoc(
        400,
        _("The file of captions has a line that players could not read. The sentence names it."),
        _("Mend that line in a text editor, or save the captions again with the program that made them."),
    ),
    "file_damaged": ErrorDoc(
        400,
        _("The file is damaged or incomplete."),
        _("Open it in its program, save it again, then send it once more."),
    ),
    "file_too_large": ErrorDoc(400, _("The file is larger than the limit for its kind."), _("Compress or split it.")),
    "picture_type": ErrorDoc(
        400,
        _("The file is no picture in PNG, JPEG, WebP or GIF."),
        _("Save the picture as one of these, then send it."),
    ),
    "image_too_large": ErrorDoc(
        400, _("The picture has more than 50 million pixels."), _("Scale it down; a screen shows far fewer.")
    ),
    "file_active": ErrorDoc(
        400,
        _("The file contains something that could act by itself: a script, an outside reference, a macro."),
        _("Remove what the answer names, or export the file again as a plain one."),
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
    # Running the site
    "job_not_failed": ErrorDoc(
        409,
        _("The job is no longer among the failed ones: it was run again or removed."),
        _("Reload the operations page to see what is."),
    ),
}
