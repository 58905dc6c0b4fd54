"""What is taken out of attempts when a person is erased."""

from typing import Any

from django.db.models import QuerySet

from assessments.enums import QuestionKind
from assessments.models import Answer

_BATCH = 500


def erase_written_answers(person: Any) -> None:
    """Take out what the person wrote in words; verdict and points stay."""
    kinds = (QuestionKind.SHORT, QuestionKind.PARTS)
    rows: QuerySet[Answer] = Answer.objects.filter(attempt__user_id=person.pk, revision__kind__in=kinds)
    after = 0
    while batch := list(rows.filter(pk__gt=after, response__isnull=False).order_by("pk")[:_BATCH]):
        after = batch[-1].pk
        changed = []
        for answer in batch:
            silent = _without_words(answer.response)
            if silent != answer.response:
                answer.response = silent
                changed.append(answer)
        Answer.objects.bulk_update(changed, ["response"])


def _without_words(response: Any) -> Any:
    """A response with every written answer empty; choices stay."""
    if not isinstance(response, dict):
        return response
    silent = {**response, "answer": ""} if "answer" in response else dict(response)
    if isinstance(parts := silent.get("parts"), dict):
        silent["parts"] = {name: _without_words(part) for name, part in parts.items()}
    return silent
