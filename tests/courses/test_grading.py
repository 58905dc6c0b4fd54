"""The weighted score: what counts, what is dropped, what is still to come."""

from decimal import Decimal as D

import pytest

from courses.grading import Category, LessonScore, Policy, grade, policy_problems, read_policy

POLICY = {
    "categories": [
        {"name": "Homework", "short": "HW", "weight": "0.4", "drop": 1, "count": 3},
        {"name": "Project", "weight": "0.6"},
    ],
    "pass": "0.6",
}


def scores(*shares):
    return [LessonScore(number, None if one is None else D(one)) for number, one in enumerate(shares, start=1)]


def counted(policy, **lessons):
    found = grade(policy, lessons)
    return found.share, found.sure, found.is_passed, found.is_complete


def test_a_stored_policy_is_read():
    assert read_policy(POLICY) == Policy(
        (Category("Homework", D("0.4"), "HW", 1, 3), Category("Project", D("0.6"))), D("0.6")
    )
    assert [read_policy(data) for data in ({}, None, [], {"categories": []}, {"categories": [{"name": "A"}]})] == [
        None
    ] * 5


def test_each_category_counts_by_its_weight_and_its_lowest_lesson_is_dropped():
    found = grade(read_policy(POLICY), {"Homework": scores("0.5", "1", "0.9"), "Project": scores("0.5", "0.9")})
    homework, project = found.categories
    assert (homework.share, homework.counted, homework.dropped, homework.missing) == (D("0.95"), (2, 3), (1,), 0)
    assert (project.share, project.dropped) == (D("0.7"), ())
    assert (found.share, found.sure, found.is_passed, found.is_complete) == (D("0.8"), D("0.8"), True, True)


def test_what_was_not_tried_is_left_out_so_far_and_counts_nothing_in_what_is_sure():
    policy = read_policy(POLICY)
    assert counted(policy) == (None, 0, False, False)
    assert counted(policy, Homework=scores("1", None, None)) == (1, D("0.2"), False, False)
    assert counted(policy, Homework=scores("1", "1", None)) == (1, D("0.4"), False, False)
    assert counted(policy, Homework=scores("1", "1", None), Project=scores("0.5")) == (D("0.7"), D("0.7"), True, True)


def test_lessons_that_are_still_to_come_are_dropped_before_those_that_were_tried():
    policy = read_policy(POLICY)
    assert grade(policy, {"Homework": scores("0.2", "1", None)}).categories[0].dropped == ()
    assert grade(policy, {"Homework": scores("0.2", "1")}).categories[0].dropped == ()
    assert grade(policy, {"Homework": scores("0.2", "1", "1")}).categories[0].dropped == (1,)


def test_one_lesson_counts_however_many_are_dropped():
    policy = Policy((Category("A", D(1), drop=5, count=2),))
    found = grade(policy, {"A": scores("0.2", "0.8")})
    assert (found.share, found.sure, found.categories[0].dropped, found.is_passed) == (D("0.8"), D("0.8"), (1,), False)


def test_weights_that_do_not_make_a_whole_stand_in_proportion():
    policy = Policy((Category("A", D("0.2")), Category("B", D("0.2")), Category("C", D(0))))
    lessons = {"A": scores("1"), "B": scores("0.5"), "C": scores("0")}
    assert (grade(policy, lessons).share, grade(policy, lessons).sure) == (D("0.75"), D("0.75"))
    assert grade(policy, {"C": scores("1")}).share is None


def test_of_equal_lessons_the_earlier_one_is_dropped_every_time():
    policy = Policy((Category("A", D(1), drop=1),))
    assert grade(policy, {"A": scores("0.5", "0.5", "1")}).categories[0].dropped == (1,)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([], "Write the grading policy as a table."),
        ({"pass": "0.5"}, "“categories” is a list of 1 to 50 categories."),
        ({"categories": [{"name": "A", "weight": "1"}], "cutoff": 1}, "“cutoff” is not a part of a grading policy."),
        ({"categories": [{"name": "A", "weight": "1"}], "pass": "60"}, "“pass” is a share from 0 to 1, such as 0.6."),
        ({"categories": [{"name": "A", "weight": 0}]}, "Give at least one category a “weight” above 0."),
        ({"categories": ["A"]}, "Category 1: write it as a table."),
        ({"categories": [{"name": " ", "weight": "1"}]}, "Category 1: “name” has 1 to 100 characters."),
        ({"categories": [{"name": "A", "weight": True}]}, "Category 1: “weight” is a share from 0 to 1, such as 0.25."),
        (
            {"categories": [{"name": "A", "weight": "NaN"}]},
            "Category 1: “weight” is a share from 0 to 1, such as 0.25.",
        ),
        (
            {"categories": [{"name": "A", "weight": "1", "drop": -1}]},
            "Category 1: “drop” is a whole number from 0 to 1000.",
        ),
        (
            {"categories": [{"name": "A", "weight": "1", "colour": "red"}]},
            "Category 1: “colour” is not a setting here.",
        ),
        (
            {"categories": [{"name": "A", "weight": "0.5"}, {"name": "A ", "weight": "0.5"}]},
            "Category 2: another category is called “A” already.",
        ),
    ],
)
def test_what_is_wrong_with_a_policy_is_said(data, sentence):
    assert policy_problems(data) == [sentence]
    assert read_policy(data) is None


def test_a_whole_policy_and_none_are_fine():
    assert [policy_problems(data) for data in (POLICY, {})] == [[], []]
