from assessments.enums import QuestionKind
from assessments.question_types.single import Single

MAX_CHOICES = 60


class Dropdown(Single):
    """As one right answer, shown as a list to choose from."""

    key = QuestionKind.DROPDOWN.value
    label = QuestionKind.DROPDOWN.label
    most_options = MAX_CHOICES
