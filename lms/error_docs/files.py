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
        400, _("The picture has more than 50 million pixels."), _("Scale it down; a screen shows far fewer.")
    ),
    "file_active": ErrorDoc(
        400,
        _("The file contains something that could act by itself: a script, an outside reference, a macro."),
        _("Remove what the answer names, or export the file again as a plain one."),
    ),
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
    "no_such_upload": ErrorDoc(
        400, _("The form names an upload that is not yours, or not here any more."), _("Choose the file again.")
    ),
    "tus_version": ErrorDoc(
        412, _("The program speaks another version of tus."), _("Speak the version that Tus-Version names.")
    ),
    "upload_not_checked": ErrorDoc(
        400, _("The file could not be checked, as something on the site does not work."), _("Upload it again later.")
    ),
    "file_infected": ErrorDoc(
        400,
        _("The virus scanner found something in the file. Nothing of it was kept."),
        _("Do not send it again. Have the device that it comes from looked at."),
    ),
}
