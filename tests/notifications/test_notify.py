"""Who is told what, and that it is told once."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.events import UserRoleChanged
from accounts.services.keys import make_key
from accounts.services.people import change_role
from core.events import deliver, publish
from core.jobs import JobGivenUp
from core.models import EventLog
from courses.enums import Role
from courses.events import CourseExportFinished, ItemPublished, ResultChanged
from courses.models import Membership
from courses.services.course import publish_course
from courses.services.enrolment import change_role as change_place
from courses.services.enrolment import end_membership, enrol
from courses.services.exporting import start_export
from courses.services.importing import start_import
from courses.services.publishing import publish_item, unpublish_item
from files.services import store_file
from notifications.models import Delivery, Notification
from notifications.services import notify
from notifications.services.preferences import mute, set_frequencies, unmute
from notifications.services.reading import mark_read
from tests.courses.formats.test_broken_folders import SOUND
from tests.courses.services.test_importing import zip_of
from tests.factories import ItemFactory, MembershipFactory, UserFactory
from tests.notifications.conftest import drain, outcomes, told

pytestmark = pytest.mark.django_db(transaction=True)
DELIVER = "notifications.receivers.tell_people"


def new_lessons(taught, count: int) -> list:
    return [
        ItemFactory(module=taught.module, course=taught.course, title=f"Lesson {n}", state="draft", published_at=None)
        for n in range(count)
    ]


class TestCourses:
    def test_a_new_lesson_is_told_to_students_and_not_to_who_published_it(self, taught, people):
        publish_item(actor=people.owner, item=taught.draft_lesson)
        assert told(people.student) == ["New lesson: Not ready"]
        assert told(people.owner) == told(people.teacher) == told(people.outsider) == []

    def test_more_of_them_become_one_until_it_is_read(self, taught, people):
        for item in new_lessons(taught, 3):
            publish_item(actor=people.owner, item=item)
        assert told(people.student) == ["3 new lessons in STAT 1"]
        mark_read(user=people.student)
        publish_item(actor=people.owner, item=taught.draft_lesson)
        assert told(people.student) == ["New lesson: Not ready", "3 new lessons in STAT 1"]

    def test_a_lesson_that_comes_back_is_no_news(self, taught, people):
        item = publish_item(actor=people.owner, item=taught.draft_lesson)
        mark_read(user=people.student)
        publish_item(actor=people.owner, item=unpublish_item(actor=people.owner, item=item))
        assert told(people.student) == ["New lesson: Not ready"]

    def test_a_lesson_of_a_course_that_students_do_not_see_is_not_told(self, taught, people):
        taught.course.state = "draft"
        taught.course.save(update_fields=["state"])
        publish_item(actor=people.owner, item=taught.draft_lesson)
        assert told(people.student) == []

    def test_entries_of_an_older_release_are_no_news(self, taught, people):
        with transaction.atomic():
            entry = publish(ItemPublished(actor_id=None, course_id=taught.course.pk, item_id=taught.lesson.pk))
        assert (entry.schema_version, told(people.student)) == (2, [])

    def test_places(self, taught, people):
        owner, course = people.owner, taught.course
        membership = enrol(actor=owner, course=course, user=people.outsider)
        membership = change_place(actor=owner, membership=membership, role=Role.ASSISTANT)
        end_membership(actor=owner, membership=membership)
        assert told(people.outsider) == [
            "You are no longer in Statistics",
            "You are now assistant in Statistics",
            "You are now a student of Statistics",
        ]

    def test_what_one_does_oneself_does_not_ring(self, taught, people):
        enrol(actor=people.outsider, course=taught.course, user=people.outsider)
        assert told(people.outsider) == []
        assert outcomes(people.outsider) == [("waiting", "")]

    def test_a_result_that_somebody_else_changed(self, taught, people):
        changed = partial(
            ResultChanged,
            course_id=taught.course.pk,
            item_id=taught.lesson.pk,
            block_id=taught.block.pk,
            user_id=people.student.pk,
        )
        with transaction.atomic():
            publish(changed(actor_id=people.student.pk, before="1/3", after="2/3"))
            publish(changed(actor_id=people.owner.pk, before=None, after="2/3"))
            publish(changed(actor_id=people.owner.pk, before="2/3", after="3/3"))
        assert told(people.student) == ["Your result in Who was asked has changed"]

    def test_who_asked_for_an_archive_hears_that_it_is_there(self, taught, people):
        run = start_export(actor=people.owner, course=taught.course)
        assert EventLog.objects.filter(name="courses.CourseExportFinished").count() == 1
        assert told(people.owner) == ["The archive of Statistics is ready"]
        with transaction.atomic():
            publish(CourseExportFinished(actor_id=None, course_id=taught.course.pk, export_id=run.pk, state="failed"))
        assert told(people.owner)[0] == "The archive of Statistics could not be made"

    def test_who_uploaded_a_course_hears_how_its_import_ended(self, people):
        def upload(name: str, content: bytes, **more) -> None:
            file = store_file(actor=people.owner, content=content, name=name)
            start_import(actor=people.owner, file=file, **more)

        upload("graphs.zip", zip_of(SOUND))
        upload("photos.zip", zip_of({"photo.txt": "no course"}))
        upload("tried.zip", zip_of({"photo.txt": "no course"}), trial=True)
        assert told(people.owner) == ["The import of photos.zip has failed", "The import of Graphs is done"]


class TestAccounts:
    def test_a_new_role(self, people):
        change_role(actor=people.admin, user=people.student, role="manager")
        assert told(people.student) == ["Your role on this site is now manager"]

    def test_a_key_is_told_also_to_who_made_it(self, people):
        make_key(
            actor=people.student,
            name="k",
            scopes=["account:read"],
            expires_at=timezone.now() + timedelta(days=7),
        )
        assert (told(people.student), outcomes(people.student), outcomes(people.student, "push")) == (
            ["A key for a program was made"],
            [("waiting", "")],
            [],
        )

    def test_what_protects_the_account_cannot_be_turned_off_in_the_app_nor_muted(self, people):
        set_frequencies(user=people.student, wanted={("account", "email"): "off"})
        with transaction.atomic():
            publish(UserRoleChanged(actor_id=people.admin.pk, user_id=people.student.pk, before="a", after="manager"))
        assert (told(people.student), outcomes(people.student)) == (
            ["Your role on this site is now manager"],
            [("skipped", "off")],
        )


class TestSite:
    def test_administrators_hear_of_failed_jobs_as_one(self, people):
        with transaction.atomic():
            for number in range(2):
                publish(JobGivenUp(actor_id=None, job_id=str(number), task="core.tasks.send_mail"))
        assert told(people.admin) == ["2 jobs have failed for good"]
        assert told(people.owner) == []


class TestWishes:
    def test_who_wants_nothing_in_the_app_has_nothing_there(self, taught, people):
        set_frequencies(user=people.student, wanted={("courses", "bell"): "off"})
        publish_item(actor=people.owner, item=taught.draft_lesson)
        assert (told(people.student), told(people.other_student)) == ([], ["New lesson: Not ready"])

    @pytest.mark.parametrize("what", ["course", "thread"])
    def test_what_is_muted_is_told_nowhere(self, taught, people, what):
        of = {"course": taught.course} if what == "course" else {"thread": f"lesson.{taught.draft_lesson.public_id}"}
        mute(user=people.student, **of)
        publish_item(actor=people.owner, item=taught.draft_lesson)
        assert (told(people.student), outcomes(people.student)) == ([], [("skipped", "muted")])
        assert told(people.other_student) == ["New lesson: Not ready"]

    def test_what_comes_after_a_mute_ends_stands_in_the_app(self, taught, people):
        first, second, third = new_lessons(taught, 3)
        muted = mute(user=people.student, course=taught.course)
        publish_item(actor=people.owner, item=first)
        unmute(user=people.student, muted=muted)
        publish_item(actor=people.owner, item=second)
        publish_item(actor=people.owner, item=third)
        assert told(people.student) == ["2 new lessons in STAT 1"]

    def test_what_comes_after_a_mute_lets_what_stands_in_the_app_be(self, taught, people):
        first, second = new_lessons(taught, 2)
        publish_item(actor=people.owner, item=first)
        mute(user=people.student, course=taught.course)
        publish_item(actor=people.owner, item=second)
        assert told(people.student) == ["New lesson: Lesson 0"]


class TestOnce:
    def test_an_event_that_is_delivered_again_tells_nothing_again(self, taught, people):
        publish_item(actor=people.owner, item=taught.draft_lesson)
        entry = EventLog.objects.get(name="courses.ItemPublished")
        deliver(entry.pk, DELIVER)
        assert (Notification.objects.filter(user=people.student).count(), told(people.student)) == (
            1,
            ["New lesson: Not ready"],
        )

    def test_a_batch_that_breaks_off_leaves_nothing_and_is_told_whole_the_next_time(
        self, taught, people, settings, monkeypatch
    ):
        settings.JOBS_EAGER = False
        monkeypatch.setattr(notify, "AT_ONCE", 3)
        for user in UserFactory.create_batch(8):
            MembershipFactory(course=taught.course, user=user, role=Role.STUDENT)
        students = Membership.objects.active().filter(course=taught.course, role=Role.STUDENT).count()
        publish_item(actor=people.owner, item=taught.draft_lesson)
        broken = iter([None, RuntimeError("killed")])
        announce = notify.announce_many

        def announce_or_die(*given):
            if (error := next(broken, None)) is not None:
                raise error
            announce(*given)

        monkeypatch.setattr(notify, "announce_many", announce_or_die)
        drain()
        assert Notification.objects.filter(kind="lesson_published").count() == students - 3
        DBTaskResult.objects.filter(status="READY").update(run_after="2020-01-01T00:00:00Z")
        drain()
        told_people = Notification.objects.filter(kind="lesson_published").values_list("user", flat=True)
        assert (len(told_people), len(set(told_people))) == (students, students)
        assert Delivery.objects.filter(kind="lesson_published", channel="email").count() == students

    def test_hundreds_cost_as_many_questions_as_three(self, taught, people, django_assert_max_num_queries):
        for user in UserFactory.create_batch(40):
            MembershipFactory(course=taught.course, user=user, role=Role.STUDENT)
        with transaction.atomic():
            entry = publish(
                ItemPublished(actor_id=None, course_id=taught.course.pk, item_id=taught.lesson.pk, first=True)
            )
            Notification.objects.all().delete()
            with django_assert_max_num_queries(22):
                notify.tell(event_id=entry.pk)
        assert Notification.objects.filter(kind="lesson_published").count() >= 40


def test_a_course_that_opens(taught, people):
    taught.course.state = "draft"
    taught.course.save(update_fields=["state"])
    publish_course(actor=people.owner, course=taught.course)
    assert told(people.student) == ["Statistics is open"]
