"""Courses: who is in them, what stands in them, bringing them in and out."""

from django.utils.translation import gettext_lazy as _

from lms.error_docs.base import ErrorDoc

DOCS = {
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
}
