"""Points by person, lesson and course; what can be had; the score by the policy."""

from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.authz import SYSTEM
from core.models import EventLog
from courses.models import ExperimentPlace, Result
from courses.selectors.results import Points, course_results, grade_shown, lesson_points, totals
from courses.services import content, outline
from courses.services.results import record
from tests.factories import ItemFactory, MembershipFactory, ModuleFactory, SectionFactory, UserFactory, put_branches
from tests.factories.assessments import SINGLE, put_poll, put_question

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def put(section, points="2"):
    return put_question(section, **(SINGLE | {"points": points}))[0]


def give(user, block, points, tries=1):
    record(actor=SYSTEM, user=user, block=block, points=D(points), max_points=D(2), tries=tries, now=NOW)


def total(user, course):
    return totals([(user.pk, course.pk)])[user.pk, course.pk]


def test_points_of_published_texts_can_be_had(people, taught):
    put(taught.section)
    put(taught.section, "0.5")
    put_poll(taught.section)
    put_question(taught.section, publish=False)
    put(SectionFactory(item=taught.draft_lesson))
    assert total(people.student, taught.course) == Points(possible=D("2.5"))


def test_what_is_in_the_bin_does_not_count_and_comes_back(people, taught):
    block, lesson = put(taught.section), ItemFactory(module=taught.module)
    other = put(SectionFactory(item=lesson))
    for one in (block, other):
        give(people.student, one, "1")
    assert total(people.student, taught.course) == Points(D(2), D(4))
    content.bin_block(actor=SYSTEM, block=block)
    outline.bin_item(actor=SYSTEM, item=lesson)
    assert total(people.student, taught.course) == Points()
    content.restore_block(actor=SYSTEM, block=block)
    assert total(people.student, taught.course) == Points(D(1), D(2))


def test_each_lesson_with_its_tries(people, taught):
    first, second = put(taught.section), put(taught.section)
    give(people.student, first, "2", tries=3)
    give(people.student, second, "0.5")
    give(people.other_student, first, "1")
    found = lesson_points(taught.course, [people.student.pk])
    assert found == {people.student.pk: {taught.lesson.pk: Points(D("2.5"), D(4), 4, NOW)}}


def test_a_branch_counts_for_those_who_are_in_its_group(people, taught):
    put(taught.section)
    _outer, texts = put_branches(SectionFactory(item=taught.lesson))
    first, second = (put(text.section, points) for text, points in zip(texts, ("3", "5"), strict=True))
    group = first.section.group
    ExperimentPlace.objects.create(user=people.student, experiment=group.experiment, group=group)
    other = second.section.group
    ExperimentPlace.objects.create(user=people.other_student, experiment=other.experiment, group=other)
    newcomer = MembershipFactory(course=taught.course).user
    users = [people.student, people.other_student, newcomer]
    assert [total(user, taught.course).possible for user in users] == [5, 7, 2]
    assert [course_results(user, taught.course).points.possible for user in users] == [5, 7, 2]


def test_the_course_by_modules_and_lessons(people, taught):
    block = put(taught.section)
    second = ItemFactory(module=ModuleFactory(course=taught.course), title="Later")
    put(SectionFactory(item=second), "6")
    give(people.student, block, "1")
    found = course_results(people.student, taught.course)
    assert [(m.number, str(m.points), [str(row.points) for row in m.lessons]) for m in found.modules] == [
        (1, "1 of 2", ["1 of 2"]),
        (2, "0 of 6", ["0 of 6"]),
    ]
    assert (str(found.points), found.points.percent, found.grade) == ("1 of 8", 12, None)


def test_a_course_s_policy_makes_the_score(people, taught):
    taught.course.grading = {
        "categories": [{"name": "Work", "weight": "0.5", "drop": 1, "count": 2}, {"name": "Exam", "weight": "0.5"}],
        "pass": "0.5",
    }
    taught.course.save()
    lessons = [taught.lesson, *ItemFactory.create_batch(2, module=taught.module)]
    for lesson, category, points in zip(lessons, ("Work", "Work", "Exam"), ("0.5", "2", None), strict=True):
        lesson.grade_category = category
        lesson.save()
        block = put(SectionFactory(item=lesson))
        if points:
            give(people.student, block, points)
    shown = grade_shown(course_results(people.student, taught.course))
    assert [(one.name, one.so_far, one.tried, one.dropped) for one in shown.categories] == [
        ("Work", "100%", "1 of 1", ["Who was asked"]),
        ("Exam", "", "0 of 1", []),
    ]
    assert (shown.so_far, shown.sure, shown.pass_mark, shown.is_passed, shown.left_out) == (
        "100%",
        "50%",
        "50%",
        True,
        ["Exam"],
    )


def test_totals_take_as_many_queries_for_two_hundred_people_as_for_one(people, taught):
    _outer, texts = put_branches(SectionFactory(item=taught.lesson))
    block = put(texts[0].section)

    def queries(users):
        with CaptureQueriesContext(connection) as seen:
            totals((user.pk, taught.course.pk) for user in users)
        return len(seen)

    few = queries([people.student])
    users = UserFactory.create_batch(200)
    for user in users[:50]:
        give(user, block, "1")
    put(taught.section)
    assert queries(users) == few <= 7


def test_recording_again_keeps_one_row(people, taught):
    block = put(taught.section)
    for points in ("1", "2"):
        give(people.student, block, points)
    assert list(Result.objects.values_list("points", "tries")) == [(2, 1)]


def test_the_log_has_what_counted_before_and_now_and_nothing_where_nothing_changed(people, taught):
    block = put(taught.section)
    for points in ("0.5", "0.5", "2"):
        give(people.student, block, points)
    logged = EventLog.objects.filter(name="courses.ResultChanged").order_by("pk")
    assert [(e.person_id, e.body["block_id"], e.body["before"], e.body["after"]) for e in logged] == [
        (people.student.pk, block.pk, None, "0.5/2"),
        (people.student.pk, block.pk, "0.5/2", "2/2"),
    ]
