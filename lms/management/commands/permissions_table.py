"""Who may do what, computed from the rules themselves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.utils import timezone
from rules.permissions import permissions

from accounts.enums import SiteRole
from accounts.models import Accommodation, ApiKey, Device, Impersonation, Invitation, PeopleAction, PeopleImport, User
from assessments.models import Attempt, Question
from courses import rules as course_rules
from courses.enums import CourseState, PublishState, Role
from courses.models import (
    Block,
    Course,
    CourseInvitation,
    ExportRun,
    ImportRun,
    Item,
    Membership,
    Module,
    Page,
    Section,
)
from files.models import AccessLog, File, FileVersion, Folder, Share, Space, StoredFile, Upload
from notifications.models import Mute, Notification, PushSubscription
from privacy.models import Erasure, PersonalExport

TARGET = Path("docs/permissions.md")

INTRODUCTION = """\
# Who may do what

Written by `python manage.py permissions_table`; a test fails when it is out of date.

Pages, API, services and the data admin ask these names. A site role says what somebody may do everywhere, a course
role what in one course; a person may have different roles in different courses. The table holds for a published course
in which enrolment is open. Of a draft, only those who write it see anything; in an archived course its people still
read, and nobody enrols, marks or answers.

* **yes**: of everybody in the course, or of everybody.
* **own**: only what belongs to the person.
* **rows**: decided for each row: a file may be read by who may read something that uses it; course staff see the people
  of their courses.
"""

# Somebody, and the one whose things are looked at.
_SELF, _OTHER = 1, 2


class _AsksTheDatabase(Exception):
    pass


class Command(BaseCommand):
    help = "Write docs/permissions.md: which role has which permission."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--print", action="store_true", help="show the table, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["print"]:
            self.stdout.write(table())
            return
        (settings.BASE_DIR / TARGET).write_text(table(), encoding="utf-8")
        self.stdout.write(f"Wrote {TARGET}.")


def table() -> str:
    """The whole document. Needs no database: the roles and rows are made up."""
    people = _people()
    heads = ["permission", *people]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for name in sorted(permissions):
        cells = [_cell(make, name) for make in people.values()]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return INTRODUCTION + "\n" + "\n".join(lines) + "\n"


def _cell(make: Callable[[], Any], permission: str) -> str:
    try:
        with _no_database():
            if make().has_perm(permission, _subject(permission, _OTHER)):
                return "yes"
            return "own" if make().has_perm(permission, _subject(permission, _SELF)) else "–"
    except _AsksTheDatabase:
        return "rows"


def _people() -> dict[str, Callable[[], Any]]:
    people: dict[str, Callable[[], Any]] = {
        "visitor": AnonymousUser,
        "person": lambda: _person(SiteRole.STUDENT),
    }
    for role in reversed(Role):
        people[role.value] = lambda role=role: _person(SiteRole.STUDENT, role)  # type: ignore[misc]
    people["manager"] = lambda: _person(SiteRole.MANAGER)
    people["admin"] = lambda: _person(SiteRole.ADMIN)
    return people


def _person(site_role: SiteRole, role: Role | None = None) -> User:
    user = User(pk=_SELF, role=site_role)
    own = [Membership(user=user, course=Course(pk=1), role=role)] if role else []
    # What the rules remember of a person while a request lasts.
    setattr(user, course_rules._MEMBERSHIPS, own)
    return user


def _subject(permission: str, owner: int) -> Any:
    """The made-up row that a permission is asked with; None for those that are asked with nothing."""
    now = timezone.now()
    course = Course(pk=1, slug="course", state=CourseState.PUBLISHED)
    module = Module(pk=1, course=course)
    item = Item(pk=1, course=course, module=module, state=PublishState.PUBLISHED)
    section = Section(pk=1, item=item)
    person = User(pk=owner)
    space = Space(pk=1, kind="person", owner_id=owner)
    subjects: dict[str, Any] = {
        "user": person,
        "apikey": ApiKey(pk=1, user=person),
        "device": Device(pk=1, user=person),
        "accommodation": Accommodation(pk=1, user=person, course_id=1),
        "impersonation": Impersonation(pk=1, user=person),
        "invitation": Invitation(pk=1, made_by=person),
        "courseinvitation": CourseInvitation(pk=1, course=course),
        "email": person,
        "course": course,
        "module": module,
        "item": item,
        "section": section,
        "block": Block(pk=1, section=section, live_id=1, draft_id=1),
        "page": Page(pk=1, course=course),
        "membership": Membership(pk=1, course=course, user=person, role=Role.STUDENT),
        "exportrun": ExportRun(pk=1, course=course, user=person),
        "importrun": ImportRun(pk=1, user=person),
        "peopleaction": PeopleAction(pk=1, user=person),
        "peopleimport": PeopleImport(pk=1, user=person),
        "question": Question(pk=1, course=course),
        "attempt": Attempt(pk=1, course=course, item=item, user=person, started_at=now),
        "personalexport": PersonalExport(pk=1, user=person),
        "erasure": Erasure(pk=1, user=person, due_at=now),
        "notification": Notification(pk=1, user=person),
        "mute": Mute(pk=1, user=person),
        "pushsubscription": PushSubscription(pk=1, user=person),
        "upload": Upload(pk=1, user=person),
        "storedfile": StoredFile(pk=1, uploaded_by=person),
        "space": space,
        "folder": Folder(pk=1, space=space),
        "file": File(pk=1, space=space),
        "fileversion": FileVersion(pk=1, file=File(pk=1, space=space)),
        "share": Share(pk=1),
        "accesslog": AccessLog(pk=1),
    }
    name = permission.split(".")[1]
    if name in ASKED_WITH:
        return subjects.get(ASKED_WITH[name])
    return subjects[name.rpartition("_")[2]]


# Where the name's last word is not what the permission is asked with.
ASKED_WITH = {
    "add_course": "",
    "add_media": "",
    "add_storedfile": "",
    "add_upload": "",
    "add_question": "course",
    "add_invitation": "",
    "accept_invitation": "",
    "add_user": "",
    "change_factors": "user",
    "change_signinrules": "",
    "change_policies": "",
    "answer_policies": "user",
    "export_person": "user",
    "erase_person": "user",
    "list_requests": "",
    "change_retention": "",
    "change_connections": "",
    "reset_second_factors": "user",
    "answer_attempt": "attempt",
    "change_owners": "course",
    "change_quota": "space",
    "change_role": "user",
    "enrol_oneself": "course",
    "impersonate": "user",
    "list_accommodations": "user",
    "learn": "item",
    "list_users": "",
    "manage_people": "course",
    "start_attempt": "item",
    "run_jobs": "",
    "view_operations": "",
    "view_results": "course",
    "view_people": "course",
    "view_sent_mail": "",
    "view_styleguide": "",
}


@contextmanager
def _no_database() -> Iterator[None]:
    def refuse(*args: Any) -> None:
        raise _AsksTheDatabase

    with connection.execute_wrapper(refuse):
        yield
