from assessments.models.attempt import Answer, Attempt
from assessments.models.poll import PollVote
from assessments.models.question import BlockQuestion, Question, QuestionRevision

__all__ = ["Answer", "Attempt", "BlockQuestion", "PollVote", "Question", "QuestionRevision"]
