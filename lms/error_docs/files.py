"""Files and pictures."""

from django.utils.translation import gettext_lazy as _

from lms.error_docs.base import ErrorDoc

DOCS = {
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
        400,
        _(
            "The picture has more than 50 million pixels, or an animation more than a thousand million or 10,000 pictures."
        ),
        _("Scale it down; a screen shows far fewer. Make an animation shorter, or a film of it."),
    ),
    "archive_bomb": ErrorDoc(
        400,
        _("The archive says that it would fill a disk if it was unpacked, or has tens of thousands of entries."),
        _("Pack what is needed of it into several archives. Large empty files inside are better left out."),
    ),
    "file_active": ErrorDoc(
        400,
        _("The file contains something that could act by itself: a script, an outside reference, a macro."),
        _("Remove what the answer names, or export the file again as a plain one."),
    ),
    # Kept files
    "quota_exceeded": ErrorDoc(
        413,
        _("The space has no room for it. Nothing of the file was kept."),
        _("Delete something for good, or ask an administrator for more room. The answer says how much is used."),
    ),
    "name_empty": ErrorDoc(
        400, _("Nothing is left of the name without signs that cannot be seen."), _("Give it one of letters or digits.")
    ),
    "place_missing": ErrorDoc(
        400, _("Nothing says in which space or folder the file is to be kept."), _("Name one of them.")
    ),
    "places_differ": ErrorDoc(
        400, _("The folder lies in another space than the one named."), _("Name its own space, or the folder alone.")
    ),
    "unknown_place": ErrorDoc(
        400,
        _("There is no such space, folder or file, or you may not put anything there."),
        _("Read the list of your spaces and folders again."),
    ),
    "moved_away": ErrorDoc(
        409,
        _("The folder or file was moved to another space meanwhile."),
        _("Read it again, then send the file there."),
    ),
    "place_gone": ErrorDoc(409, _("The space that the file was uploaded for is gone."), _("Upload it somewhere else.")),
    # Uploads
    "unknown_purpose": ErrorDoc(
        400, _("Nothing of that name takes uploads."), _("Use one of the purposes that the answer lists.")
    ),
    "too_many_uploads": ErrorDoc(
        409,
        _("You have as many uploads under way as one person may have."),
        _("Finish some, or cancel what you do not need any more."),
    ),
    "uploads_full": ErrorDoc(
        413,
        _("Your uploads under way would be larger together than one person's may be."),
        _("Finish some, or cancel what you do not need any more."),
    ),
    "upload_offset_missing": ErrorDoc(
        400,
        _("The header Upload-Offset is missing or no number."),
        _("Ask with HEAD where the next part begins, and say so."),
    ),
    "upload_offset": ErrorDoc(
        409,
        _("The part does not begin where the one before it ended. Nothing of it was kept."),
        _("Ask with HEAD where the next part begins, and send what follows that byte."),
    ),
    "upload_busy": ErrorDoc(
        423,
        _("Another request is sending a part of the same upload."),
        _("Wait until it has ended. After a break of the line that takes a moment."),
    ),
    "upload_too_long": ErrorDoc(
        413,
        _("More bytes came than were announced. Nothing of the part was kept."),
        _("The file has changed since the upload began: begin a new one."),
    ),
    "upload_checksum": ErrorDoc(
        460, _("The part has another checksum than you said. Nothing of it was kept."), _("Send the part again.")
    ),
    "checksum_unreadable": ErrorDoc(
        400,
        _("The header Upload-Checksum cannot be read."),
        _("Write an algorithm of those that OPTIONS names, a space, and the digest in Base64."),
    ),
    "upload_over": ErrorDoc(
        409, _("The upload is complete: nothing can be added."), _("Read it to learn what became of the file.")
    ),
    "upload_gone": ErrorDoc(
        410,
        _("The upload was not finished in its time and is forgotten."),
        _("Begin it again."),
    ),
    "upload_not_ready": ErrorDoc(
        409, _("The upload is not complete, or is being checked."), _("Wait until its state is done.")
    ),
    "upload_changed": ErrorDoc(
        400,
        _("The file arrived with another SHA-256 than was announced, and was not kept."),
        _("Upload it again; if that happens twice, look whether the file changes meanwhile."),
    ),
    "upload_wrong_size": ErrorDoc(
        400,
        _("The file arrived larger or smaller than was announced, and was not kept."),
        _("The file has changed since the upload began: begin a new one."),
    ),
    "upload_not_direct": ErrorDoc(
        409,
        _("This upload has no parts that go straight to a bucket: its `direct` is null."),
        _("Send its bytes with PATCH to its own address."),
    ),
    "no_such_part": ErrorDoc(
        400,
        _("The upload has no part of that number."),
        _("Count from 1 to the number in `direct`, with parts of the size that it says."),
    ),
    "parts_missing": ErrorDoc(
        400,
        _("Parts are missing, or are called otherwise than the bucket called them. Nothing was lost."),
        _("Ask parts/ which of them have arrived, send the others, and name all as it does."),
    ),
    "no_such_upload": ErrorDoc(
        400, _("The form names an upload that is not yours, or not here any more."), _("Choose the file again.")
    ),
    "tus_version": ErrorDoc(
        412, _("The program speaks another version of tus."), _("Speak the version that Tus-Version names.")
    ),
    "upload_not_checked": ErrorDoc(
        400, _("The file could not be checked, as something on the site does not work."), _("Upload it again later.")
    ),
    "storage_down": ErrorDoc(
        503,
        _("The storage for files does not answer. Nothing was stored or changed."),
        _("Wait as long as Retry-After says, then try again."),
    ),
    "seal_broken": ErrorDoc(
        500,
        _("The file was changed or damaged in storage after it was stored. Nothing of it is given out."),
        _("Tell the site's administrators: they can take it from a backup. Trying again does not help."),
    ),
    "file_infected": ErrorDoc(
        400,
        _("The virus scanner found something in the file. Nothing of it was kept."),
        _("Do not send it again. Have the device that it comes from looked at."),
    ),
    # Kept files
    "name_taken": ErrorDoc(
        409, _("Something of that name lies in that place already."), _("Choose another name, or another place.")
    ),
    "too_deep": ErrorDoc(409, _("Folders lie in folders only so deep."), _("Make or move it further up.")),
    "into_itself": ErrorDoc(409, _("A folder cannot lie in itself."), _("Choose a folder that is not inside it.")),
    "in_bin": ErrorDoc(
        409, _("The file or folder lies in the bin."), _("Restore it first; its place may have been deleted with it.")
    ),
    "not_in_bin": ErrorDoc(
        409, _("Only what lies in the bin is deleted for good."), _("Delete it first, then delete it for good.")
    ),
    "zip_too_large": ErrorDoc(
        413,
        _("More files, or larger ones, are chosen than are sent as one archive. The answer says how many may be."),
        _("Fetch a folder in it, or the files one by one."),
    ),
    "nothing_to_pack": ErrorDoc(
        400, _("No file lies in what was chosen, so there is nothing to download."), _("Choose something else.")
    ),
    "file_lost": ErrorDoc(
        409,
        _(
            "A file that belongs into the archive, or is to be shown, is lost or damaged in storage. Nothing was made of it."
        ),
        _("Do without it, and tell the site's administrators: they may have a copy."),
    ),
    "no_such_file": ErrorDoc(
        400, _("The address names no file that you may see."), _("Copy the address of the file's page in Files.")
    ),
    "file_missing": ErrorDoc(400, _("No file came with the form."), _("Choose a file, then send the form again.")),
    # Sharing
    "nothing_to_share": ErrorDoc(
        400, _("Neither a file nor a folder of yours is named, or both."), _("Name exactly one of them by its id.")
    ),
    "unknown_audience": ErrorDoc(
        400,
        _("Nobody is known by that name with whom you could share."),
        _("Name a person whom you can see, or a course of which you are one of the teachers."),
    ),
    "expiry_over": ErrorDoc(400, _("The moment at which the share ends is over."), _("Name a later one, or none.")),
    "password_too_short": ErrorDoc(
        400, _("A password of a link has at least 8 characters."), _("Choose a longer one; a few words are good.")
    ),
    "share_over": ErrorDoc(409, _("The share was ended."), _("Make a new one.")),
    "too_few_downloads": ErrorDoc(
        409,
        _("The link has fewer downloads left than there are files in the archive; each counts."),
        _("Fetch those that you need one by one, or ask for another link."),
    ),
    "link_over": ErrorDoc(
        410,
        _("The link was ended, is too old, or was used as often as it may be."),
        _("Ask whoever gave it to you for a new one."),
    ),
}
