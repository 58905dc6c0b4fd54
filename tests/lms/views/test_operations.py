"""Operations: health, queue, failed jobs, event log."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from core import jobs
from core.errors import Conflict, NotAllowed
from core.models import EventLog
from core.worker import MAX_ATTEMPTS
from tests.factories import CourseFactory


@pytest.fixture
def admin_client(client, people):
    client.force_login(people.admin)
    return client


def failed_job(task: str = "core.tasks.prune") -> DBTaskResult:
    return DBTaskResult.objects.create(
        status=TaskResultStatus.FAILED,
        task_path=task,
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="default",
        run_after=timezone.now(),
        finished_at=timezone.now(),
        worker_ids=["w"] * MAX_ATTEMPTS,
        exception_class_path="builtins.RuntimeError",
        traceback="RuntimeError: <it broke>",
    )


def logged(name: str = "core.Something", **values) -> EventLog:
    return EventLog.objects.create(name=name, body={"n": 1}, **values)


ADDRESSES = ["/operations/", "/operations/events/", "/admin/"]


@pytest.mark.parametrize("role", ["owner", "teacher", "student", "outsider"])
@pytest.mark.parametrize("address", ADDRESSES[:2])
def test_only_admins(client, people, role, address):
    client.force_login(getattr(people, role))
    assert client.get(address).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES[:2])
def test_visitors_sign_in_first(client, address):
    assert client.get(address)["Location"] == f"/accounts/login/?next={address}"


class TestFailedJobs:
    def test_they_are_shown_with_their_reason(self, admin_client):
        failed_job()
        page = admin_client.get("/operations/").content.decode()
        assert "core.tasks.prune" in page
        assert "RuntimeError: &lt;it broke&gt;" in page

    def test_one_is_run_again(self, admin_client, people, django_capture_on_commit_callbacks):
        job, other = failed_job(), failed_job()
        with django_capture_on_commit_callbacks(execute=True):
            response = admin_client.post(f"/operations/jobs/{job.pk}/again/", follow=True)
        job.refresh_from_db()
        other.refresh_from_db()
        assert (job.status, other.status) == (TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED)
        assert len(job.worker_ids) == 1
        assert b"The job is in line again" in response.content
        entry = EventLog.objects.get(name="core.JobsRunAgain")
        assert (entry.actor_id, entry.body) == (people.admin.pk, {"job_ids": [str(job.pk)]})

    def test_one_that_has_not_failed_stays_as_it_is(self, admin_client):
        job = failed_job()
        DBTaskResult.objects.update(status=TaskResultStatus.SUCCESSFUL)
        response = admin_client.post(f"/operations/jobs/{job.pk}/again/", follow=True)
        assert b"no longer among the failed ones" in response.content
        job.refresh_from_db()
        assert job.status == TaskResultStatus.SUCCESSFUL

    def test_all_are_run_again(self, people):
        failed_job(), failed_job()
        assert jobs.run_all_again(actor=people.admin) == 2
        assert jobs.queue().due == 2
        assert jobs.run_all_again(actor=people.admin) == 0

    def test_outsiders_run_nothing(self, client, people):
        job = failed_job()
        client.force_login(people.owner)
        assert client.post(f"/operations/jobs/{job.pk}/again/").status_code == 403
        assert client.post("/operations/jobs/again/").status_code == 403
        with pytest.raises(NotAllowed):
            jobs.run_again(actor=people.owner, job_id=job.pk)
        job.refresh_from_db()
        assert job.status == TaskResultStatus.FAILED

    def test_an_unknown_job(self, people):
        with pytest.raises(Conflict) as refusal:
            jobs.run_again(actor=people.admin, job_id=uuid.uuid4())
        assert refusal.value.code == "job_not_failed"

    def test_the_admin_site_runs_them_again_too(self, admin_client):
        job = failed_job()
        address = reverse("admin:django_tasks_database_dbtaskresult_changelist")
        response = admin_client.post(address, {"action": "run_again", "_selected_action": [str(job.pk)]}, follow=True)
        assert b"Queued again: 1" in response.content
        job.refresh_from_db()
        assert job.status == TaskResultStatus.READY


class TestEvents:
    def test_who_did_what_where(self, admin_client, people):
        course = CourseFactory(title="Field ecology")
        logged(actor_id=people.owner.pk, course_id=course.pk, request_id="request-1")
        page = admin_client.get("/operations/events/").content.decode()
        assert "Olga Owner" in page
        assert "Field ecology" in page
        assert "request-1" in page

    def test_an_event_of_somebody_unknown_or_the_site(self, admin_client):
        logged(actor_id=987654, course_id=987654)
        assert admin_client.get("/operations/events/").status_code == 200

    def test_one_kind_only(self, admin_client):
        logged("accounts.UserRegistered"), logged("accounts.UserChanged")
        page = admin_client.get("/operations/events/?name=accounts.UserChanged")
        assert [row.name for row in page.context["rows"]] == ["accounts.UserChanged"]

    @pytest.mark.parametrize("query", ["name=nonsense", "before=abc", "before=-1", "before=99999999999999999999"])
    def test_nonsense_is_passed_over(self, admin_client, query):
        logged("accounts.UserChanged")
        rows = admin_client.get(f"/operations/events/?{query}").context["rows"]
        assert "accounts.UserChanged" in [row.name for row in rows]

    def test_pages_by_what_came_before(self, admin_client):
        entries = [logged("accounts.UserChanged") for _ in range(51)]
        first = admin_client.get("/operations/events/?name=accounts.UserChanged")
        assert first.context["older"] == entries[1].pk
        second = admin_client.get(f"/operations/events/?name=accounts.UserChanged&before={entries[1].pk}")
        assert [row.id for row in second.context["rows"]] == [entries[0].pk]
        assert second.context["older"] is None


@pytest.mark.parametrize("address", ADDRESSES[:2])
def test_queries_do_not_grow_and_nothing_is_written(admin_client, people, address):
    admin_client.get(address)
    counts = []
    for number in range(2):
        for _ in range(1 + 4 * number):
            failed_job()
            logged(actor_id=people.owner.pk, course_id=CourseFactory().pk)
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(address).status_code == 200
        counts.append(len(queries))
        writes = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
        # The health check asks for the right to write and touches no row.
        assert [sql for sql in writes if "core_workerbeat" not in sql] == []
    assert counts[0] == counts[1] <= 20
