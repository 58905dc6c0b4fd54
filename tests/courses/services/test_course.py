import pytest

from core.authz import SYSTEM
from core.errors import Conflict, Invalid, NotAllowed, Stale
from core.models import EventLog
from courses.enums import CourseState, Role
from courses.models import Course, Membership
from courses.services.course import (
    archive_course,
    bin_course,
    change_course,
    create_course,
    publish_course,
    restore_course,
    unpublish_course,
)
from tests.factories import CourseFactory


def events():
    return [name.removeprefix("courses.") for name in EventLog.objects.order_by("pk").values_list("name", flat=True)]


def test_a_manager_makes_a_course_and_owns_it(people):
    course = create_course(actor=people.owner, title="  Field ecology ", code="ECO 1", capacity=20)
    assert (course.title, course.slug, course.state, course.capacity) == (
        "Field ecology",
        "field-ecology",
        CourseState.DRAFT,
        20,
    )
    assert list(Membership.objects.values_list("course_id", "user_id", "role")) == [
        (course.pk, people.owner.pk, Role.OWNER)
    ]
    assert people.owner.has_perm("courses.change_course", course)
    assert events() == ["CourseCreated"]


def test_a_student_makes_no_course(people):
    with pytest.raises(NotAllowed):
        create_course(actor=people.student, title="Mine", code="M 1")
    assert not Course.objects.exists()


def test_a_taken_address_gets_a_number_also_when_the_other_is_in_the_bin(people):
    first = create_course(actor=SYSTEM, title="Cells", code="C 1")
    bin_course(actor=SYSTEM, course=first)
    slugs = [create_course(actor=SYSTEM, title="Cells", code="C 1").slug for _ in range(2)]
    assert (first.slug, slugs) == ("cells", ["cells-2", "cells-3"])
    assert not Membership.objects.exists()


@pytest.mark.parametrize(("title", "slug"), [("細胞", "c-1"), ("x" * 200, "x" * 58), ("--", "c-1")])
def test_every_title_gives_an_address(db, title, slug):
    assert create_course(actor=SYSTEM, title=title, code="C 1").slug == slug


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": "x" * 201}, ["title"]),
        ({"title": "x" * 10_000}, ["title"]),
        ({"title": "a\x00b"}, ["title"]),
        ({"title": " "}, ["title"]),
        ({"title": None}, ["title"]),
        ({"code": ""}, ["code"]),
        ({"capacity": 0}, ["capacity"]),
        ({"capacity": -3}, ["capacity"]),
        ({"capacity": "many"}, ["capacity"]),
        ({"plate": "horse", "ground": "z"}, ["plate", "ground"]),
        ({"time_zone": "Mars/Base"}, ["time_zone"]),
        ({"description": "[x](javascript:alert(1))"}, ["description"]),
        ({"description": "x" * 20_001}, ["description"]),
    ],
)
def test_values_that_make_no_course(db, fields, wrong):
    with pytest.raises(Invalid) as refused:
        create_course(actor=SYSTEM, **{"title": "Cells", "code": "C 1", **fields})
    assert list(refused.value.fields) == wrong
    assert not Course.objects.exists()


def test_a_change_counts_the_version_up_and_the_same_again_does_not(people, taught):
    changed = change_course(actor=people.teacher, course=taught.course, version=1, title="Statistics 2", capacity=None)
    same = change_course(actor=people.teacher, course=taught.course, version=2, title="Statistics 2")
    assert (changed.title, changed.version, same.version) == ("Statistics 2", 2, 2)
    assert list(EventLog.objects.values_list("name", "body__fields")) == [("courses.CourseChanged", ["title"])]


def test_an_old_version_overwrites_nothing(people, taught):
    change_course(actor=people.owner, course=taught.course, version=1, title="First")
    with pytest.raises(Stale) as refused:
        change_course(actor=people.teacher, course=taught.course, version=1, title="Second")
    assert refused.value.current_version == 2
    assert Course.objects.get(pk=taught.course.pk).title == "First"


def test_another_courses_address_is_refused(people, taught):
    with pytest.raises(Invalid) as refused:
        change_course(actor=people.owner, course=taught.course, slug="ecology")
    assert list(refused.value.fields) == ["slug"]


@pytest.mark.parametrize("name", ["student", "assistant", "observer", "outsider", "other_owner"])
def test_others_do_not_change_a_course(people, taught, name):
    with pytest.raises(NotAllowed):
        change_course(actor=getattr(people, name), course=taught.course, title="Mine")


def test_publishing_twice_is_publishing_once(people):
    course = create_course(actor=people.owner, title="Cells", code="C 1")
    first = publish_course(actor=people.owner, course=course)
    again = publish_course(actor=people.owner, course=course)
    assert first.published_at == again.published_at is not None
    assert events() == ["CourseCreated", "CoursePublished"]


def test_back_to_draft_and_into_the_archive(people, taught):
    unpublish_course(actor=people.owner, course=taught.course)
    archived = archive_course(actor=people.owner, course=taught.course)
    assert archived.state == CourseState.ARCHIVED
    assert list(EventLog.objects.order_by("pk").values_list("body__state", flat=True)) == ["draft", "archived"]


@pytest.mark.parametrize("act", [publish_course, unpublish_course, archive_course, bin_course, restore_course])
def test_only_owners_decide_about_the_whole_course(people, taught, act):
    for name in ("teacher", "student", "outsider", "other_owner"):
        with pytest.raises(NotAllowed):
            act(actor=getattr(people, name), course=taught.course)


def test_the_bin_hides_a_course_and_gives_it_back(people, taught):
    bin_course(actor=people.owner, course=taught.course)
    binned = bin_course(actor=people.owner, course=taught.course)
    assert not Course.objects.filter(pk=taught.course.pk).exists()
    assert binned.deleted_by_id == people.owner.pk
    with pytest.raises(Conflict) as refused:
        change_course(actor=people.owner, course=taught.course, title="No")
    assert refused.value.code == "in_bin"
    restore_course(actor=people.owner, course=taught.course)
    assert Course.objects.get(pk=taught.course.pk).deleted_by_id is None
    assert events() == ["CourseBinned", "CourseChanged"]


def test_a_course_that_was_imported_again_meanwhile_does_not_come_back_twice(db):
    old = CourseFactory(source_id="cells", origin="folder")
    bin_course(actor=SYSTEM, course=old)
    CourseFactory(source_id="cells", origin="folder")
    with pytest.raises(Conflict) as refused:
        restore_course(actor=SYSTEM, course=old)
    assert refused.value.code == "already_back"


def test_a_grading_policy_that_cannot_be_counted_with_is_refused(people, taught):
    policy = {"categories": [{"name": "Homework", "weight": "1"}], "pass": "0.5"}
    changed = change_course(actor=people.teacher, course=taught.course, grading=policy)
    with pytest.raises(Invalid) as error:
        change_course(actor=people.teacher, course=taught.course, grading={"categories": []})
    assert error.value.fields == {"grading": ["“categories” is a list of 1 to 50 categories."]}
    changed.refresh_from_db()
    assert changed.grading == policy
