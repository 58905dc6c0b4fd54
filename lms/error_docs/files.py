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
}
