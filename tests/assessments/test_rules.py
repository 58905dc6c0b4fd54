"""What may be asked about one row and which rows are shown agree, for every role."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from assessments.models import Attempt, Question
from assessments.services import attempt as attempts
from tests.factories.assessments import put_question

pytestmark = pytest.mark.django_db

ROLES = (
    "owner",
    "teacher",
    "assistant",
    "observer",
    "student",
    "other_student",
    "outsider",
    "other_owner",
    "admin",
)


@pytest.mark.parametrize("who", [*ROLES, "visitor"])
def test_permissions_and_rows_agree(people, taught, single, who):
    put_question(taught.other_course.items.first().sections.first())
    for student in (people.student, people.other_student):
        attempts.start_attempt(actor=student, item=taught.lesson)
    user = AnonymousUser() if who == "visitor" else getattr(people, who)
    for model, permission in ((Question, "assessments.view_question"), (Attempt, "assessments.view_attempt")):
        allowed = {row.pk for row in model.objects.all() if user.has_perm(permission, row)}
        assert set(model.objects.visible_to(user).values_list("pk", flat=True)) == allowed


def test_who_may_do_what(people, taught, single):
    attempt = attempts.start_attempt(actor=people.student, item=taught.lesson)
    subjects = {
        "assessments.change_question": single.question,
        "assessments.start_attempt": taught.lesson,
        "assessments.view_attempt": attempt,
        "assessments.answer_attempt": attempt,
    }
    may = {name: [who for who in ROLES if getattr(people, who).has_perm(name, row)] for name, row in subjects.items()}
    assert may == {
        "assessments.change_question": ["owner", "teacher", "admin"],
        "assessments.start_attempt": ["owner", "teacher", "student", "other_student", "admin"],
        "assessments.view_attempt": ["owner", "teacher", "assistant", "student", "admin"],
        "assessments.answer_attempt": ["student", "admin"],
    }


@pytest.mark.parametrize("model", ["question", "questionrevision", "blockquestion", "attempt", "answer"])
def test_the_data_admin_shows_and_does_not_change(client, people, taught, single, model):
    attempts.answer_check(actor=people.student, block=single.block, given=single.given(people.student, "average"))
    client.force_login(people.admin)
    assert client.get(reverse(f"admin:assessments_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:assessments_{model}_add")).status_code == 403
