"""The generated Python client against a running server: the way of somebody who writes a program."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from uuid import UUID

import pytest

from accounts.enums import SiteRole
from accounts.models import User
from assessments.models import Attempt
from assessments.services.attempt import start_attempt
from courses.models import Course
from tests.factories import CourseFactory, ItemFactory, MembershipFactory, ModuleFactory, SectionFactory, UserFactory
from tests.factories.accounts import PASSWORD
from tests.factories.assessments import put_question

CONSUMER = Path(__file__).with_name("consumer.py")
pytestmark = pytest.mark.xdist_group("python-client")


@pytest.fixture
def consumer(python_client: Path) -> ModuleType:
    from tests.clients import consumer  # noqa: PLC0415 -- its client has just been made

    return consumer


@pytest.fixture
def site(transactional_db, live_server, settings) -> str:
    settings.SITE_URL = live_server.url
    return live_server.url


def attempt_of(person: User) -> Attempt:
    """An attempt at a lesson that asks something."""
    item = ItemFactory(module=ModuleFactory(course=CourseFactory(title="Counting")))
    put_question(SectionFactory(item=item))
    MembershipFactory(course=item.course, user=person)
    return start_attempt(actor=person, item=item)


def test_its_types_fit_their_use(python_client: Path, tmp_path: Path):
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file", os.devnull]
    command += ["--cache-dir", str(tmp_path), str(CONSUMER)]
    env = {**os.environ, "MYPYPATH": str(python_client)}
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "Success: no issues found in 1 source file\n")


def test_a_program_of_a_person(consumer, site, settings):
    student = UserFactory(email="sam@example.org", verified=True)
    manager = UserFactory(email="tariq@example.org", verified=True, role=SiteRole.MANAGER)
    seen = CourseFactory(title="Pythons and other snakes", code="BIO 1", state="published")
    CourseFactory(title="Python, unfinished", code="PY 2", state="draft")
    MembershipFactory(course=seen, user=student)
    other = attempt_of(UserFactory())

    # Tokens: a wrong password, a pair, its rotation.
    assert (refusal := consumer.wrong_password(site, student.email)).status == 401
    assert refusal.code == "sign_in_refused"
    sam = consumer.Person(site, student.email, PASSWORD)
    other_device = consumer.Person(site, student.email, PASSWORD)
    second, reused = consumer.rotation(other_device)
    assert (bool(second.access), reused.status, reused.code) == (True, 401, "token_refused")

    # A key is shown once, and says which scope it lacks.
    tariq = consumer.Person(site, manager.email, PASSWORD)
    key, lacking = consumer.reading_key(tariq, site)
    assert (key[:4], lacking.status, lacking.code) == ("aum_", 403, "scope_missing")
    assert "courses:write" in lacking.title

    # A list has its count, and only what one may see.
    found = consumer.search(sam, "py")
    assert (found.count, found.next_, found.previous) == (1, None, None)
    assert [row.slug for row in found.results] == [seen.slug]

    # A course: not as a student; once, however often it is asked for; not without a title.
    assert consumer.refused(consumer.create(sam, "k-0")).status == 403
    made = consumer.create(tariq, "k-1")
    course = consumer.done(made, consumer.CourseDetailOutput, consumer.HTTPStatus.CREATED)
    assert made.headers["Location"].endswith(f"/api/v1/courses/{course.slug}/")
    again = consumer.done(consumer.create(tariq, "k-1"), consumer.CourseDetailOutput, consumer.HTTPStatus.CREATED)
    assert (again.id, Course.objects.filter(title="Ponds").count()) == (course.id, 1)
    assert (untitled := consumer.without_title(tariq)).status == 400
    assert (untitled.code, untitled.fields) == ("invalid", ["title"])

    # Somebody else's change is not overwritten.
    changed = consumer.change(tariq, course.slug, made.headers["ETag"], "Who lives there.")
    assert consumer.done(changed, consumer.CourseDetailOutput).summary == "Who lives there."
    stale = consumer.refused(consumer.change(tariq, course.slug, made.headers["ETag"], "Nobody."))
    assert (stale.status, stale.code) == (412, "stale_version")

    # What belongs to others is not there.
    assert consumer.read_attempt(sam, other.public_id) == consumer.read_attempt(sam, UUID(int=7))
    assert consumer.read_attempt(sam, other.public_id).status == 404
    assert Attempt.objects.filter(pk=other.pk).exists()

    # Enough is enough, for a while.
    settings.API_LIMITS = {"person": "5/minute"}
    refusal, wait = consumer.until_refused(sam, 7)
    assert (refusal.status, refusal.code) == (429, "throttled")
    assert 0 < wait <= 60
    for person in (sam, tariq, other_device):
        person.close()


def test_what_the_generator_leaves_out_is_an_error(tmp_path, monkeypatch):
    from lms.clients.python import write_python_client  # noqa: PLC0415 -- beside what it is about

    schema = {
        "openapi": "3.1.0",
        "info": {"title": "A", "version": "1"},
        "paths": {
            "/a/": {
                "get": {
                    "operationId": "a",
                    "responses": {"200": {"description": "", "content": {"odd/thing": {"schema": {"type": "string"}}}}},
                }
            }
        },
    }
    with pytest.raises(RuntimeError, match="odd/thing"):
        write_python_client(schema, tmp_path)
