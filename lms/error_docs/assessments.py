"""Questions, attempts, answers and polls."""

from django.utils.translation import gettext_lazy as _

from lms.error_docs.base import ErrorDoc

DOCS = {
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
}
