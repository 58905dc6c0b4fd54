from assessments.models.attempt import Answer, Attempt
from assessments.models.question import BlockQuestion, Question, QuestionRevision

__all__ = ["Answer", "Attempt", "BlockQuestion", "Question", "QuestionRevision"]
