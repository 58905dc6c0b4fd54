"""The demonstration: three courses, invented people, some weeks of what they did.

Everything goes through the same services that pages call, with the clock set back.
"""

import json
import os
import random
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.enums import PolicyAsks, SiteRole
from accounts.models import User
from accounts.models.user import NEVER
from accounts.services.consents import write_policy
from accounts.services.people import create_user, set_random_password
from accounts.services.policies import change_policy
from assessments.enums import QuestionKind
from assessments.models import BlockQuestion, QuestionRevision
from assessments.question_types import seed_for
from assessments.question_types.base import token
from assessments.question_types.numeric import bounds
from assessments.question_types.parts import part_seed
from assessments.services.attempt import answer_check
from core.authz import SYSTEM
from core.events import as_history, claim_effect
from courses.enums import PublishState, Role
from courses.models import Block, Course, Item, ItemProgress
from courses.services.enrolment import enrol
from courses.services.importing import import_course
from courses.services.progress import mark_end, note_visit, save_place
from courses.services.publishing import publish_item
from files.services import store_file
from files.services.kept import keep_file, make_folder
from files.services.sharing import share_with
from files.services.spaces import space_of

FOLDER = settings.BASE_DIR / "demo"
SIGN_INS = ("admin", "manager", "student")


@dataclass(frozen=True)
class Loaded:
    courses: int
    people: int
    lessons_done: int


def load_demo(*, folder: Path = FOLDER, now: datetime | None = None) -> Loaded | None:
    """Load the demo once per installation; None if it was loaded before.

    All of it or nothing: a stop half-way leaves an installation that starts afresh.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        if not claim_effect("demo:loaded"):
            return None
        with as_history():
            loaded, newest = _load(folder, moment)
        # The one thing that happens today: each course gets its last lesson, and its students hear of it.
        for item in newest:
            publish_item(actor=SYSTEM, item=item)
    return loaded


def _load(folder: Path, moment: datetime) -> tuple[Loaded, list[Item]]:
    """All that was before today; returns besides the lessons that are not published yet, one of each course."""
    # Whoever tries the site out need not have an app for codes at hand.
    for role in (SiteRole.MANAGER, SiteRole.ADMIN):
        change_policy(actor=SYSTEM, role=role, second_factor=False)
    data = tomllib.loads((folder / "people.toml").read_text())
    people = {row["key"]: _person(row) for row in data["people"]}
    courses = {path.name: _course(path) for path in sorted(folder.iterdir()) if (path / "course.toml").exists()}
    for row in data["memberships"]:
        enrol(
            actor=SYSTEM,
            course=courses[row["course"]],
            user=people[row["person"]],
            role=Role(row["role"]),
            now=moment - timedelta(weeks=float(row["weeks_ago"])),
        )
    started = {(row["person"], row["course"]): float(row["weeks_ago"]) for row in data["memberships"]}
    lessons = {key: _lessons(course) for key, course in courses.items()}
    done = 0
    for row in data["activity"]:
        begin = moment - timedelta(weeks=started[row["person"], row["course"]])
        done += _learn(people[row["person"]], lessons[row["course"]], row, begin, moment)
    _set_back(people, started, moment)
    for path in sorted((folder / "policies").glob("*.md")):
        _policy(path, people[data["policies_by"]])
    for handouts in sorted((folder / "handouts").iterdir()):
        _handouts(handouts, courses[handouts.name])
    _write_sign_ins(data["people"], people)
    return Loaded(len(courses), len(people), done), [_held_back(one[-1].item) for one in lessons.values()]


def _held_back(item: Item) -> Item:
    Item.objects.filter(pk=item.pk).update(state=PublishState.DRAFT, published_at=None)
    item.refresh_from_db()
    return item


def _person(row: dict[str, Any]) -> User:
    return create_user(
        actor=SYSTEM,
        name=row["name"],
        email=row["email"],
        role=SiteRole(row["role"]),
        time_zone=row.get("time_zone", ""),
    )


def _set_back(people: dict[str, User], started: dict[tuple[str, str], float], moment: datetime) -> None:
    """People joined before their first course, and were last seen when they last learned something."""
    for key, person in people.items():
        weeks = [ago for (name, _course), ago in started.items() if name == key]
        seen = ItemProgress.objects.filter(user=person).aggregate(at=Max("seen_at"))["at"]
        joined = moment - timedelta(weeks=max(weeks, default=max(started.values())), days=2)
        User.objects.filter(pk=person.pk).update(date_joined=joined, last_seen_at=seen or NEVER)


def _policy(path: Path, author: User) -> None:
    """A policy that can be read and asks for nothing: title in the first line, then the text."""
    title, _line, text = path.read_text().partition("\n")
    write_policy(
        actor=author,
        kind=path.stem,
        effective_from=timezone.now(),
        title=title.removeprefix("# "),
        text=text.strip(),
        asks=PolicyAsks.NOTHING,
    )


def _handouts(folder: Path, course: Course) -> None:
    """Files that the course keeps in a folder, open to its students."""
    staff = course.memberships.filter(role__in=(Role.OWNER, Role.TEACHER)).select_related("user").order_by("pk")
    teacher = staff[0].user
    space = space_of("course", course.pk)
    place = make_folder(actor=teacher, space=space, name="Handouts")
    for path in sorted(folder.iterdir()):
        stored = store_file(actor=teacher, content=path.read_bytes(), name=path.name)
        keep_file(actor=teacher, space=space, folder=place, stored=stored)
    share_with(actor=teacher, entry=place, kind="course_students", audience_id=course.pk)


def _course(path: Path) -> Course:
    return import_course(actor=SYSTEM, path=path).course


def _write_sign_ins(rows: list[dict[str, Any]], people: dict[str, User]) -> None:
    """One sign-in per role; the passwords are this installation's own and readable by its owner alone."""
    sign_ins = []
    for role in SIGN_INS:
        row = next(row for row in rows if row["role"] == role)
        user = people[row["key"]]
        password = set_random_password(actor=SYSTEM, user=user)
        sign_ins.append({"role": role, "name": user.name, "email": user.email, "password": password})
    path = settings.VAR_DIR / "demo-sign-ins.json"
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(sign_ins, file, indent=1)


@dataclass(frozen=True)
class Lesson:
    item: Item
    questions: list[tuple[Block, QuestionRevision]]


def _lessons(course: Course) -> list[Lesson]:
    items = Item.objects.filter(course=course).select_related("course").order_by("module__rank", "rank")
    links = BlockQuestion.objects.filter(block__section__item__course=course).select_related(
        "block__section__item__course", "question__current__question"
    )
    by_item: dict[int, list[tuple[Block, QuestionRevision]]] = {}
    for link in links.order_by("block__section__rank", "block__rank"):
        if link.question.current is not None:
            by_item.setdefault(link.block.section.item_id, []).append((link.block, link.question.current))
    return [Lesson(item, by_item.get(item.pk, [])) for item in items]


def _learn(user: User, lessons: list[Lesson], row: dict[str, Any], begin: datetime, end: datetime) -> int:
    """Walk through the first lessons at the person's pace; returns how many were finished."""
    dice = random.Random(user.email)  # noqa: S311 -- the same weeks on every installation
    wanted = min(int(row["lessons_done"]), len(lessons))
    pace = timedelta(days=float(row["pace_days"]))
    if wanted and begin + wanted * pace > end:
        pace = (end - begin) / (wanted + 1)
    at = begin
    for lesson in lessons[:wanted]:
        at = _waking_hour(at + pace * dice.uniform(0.6, 1.2), user, dice, after=at, before=end - timedelta(hours=3))
        _read(user, lesson, at, dice, float(row["right_share"]))
        mark_end(actor=user, item=lesson.item, now=at + timedelta(minutes=12))
    stopped = next((found for found in lessons if found.item.source_id == row.get("stopped_in")), None)
    if stopped is not None:
        at = min(at + pace / 2, end - timedelta(hours=2))
        note_visit(user=user, item=stopped.item, now=at)
        sections = list(stopped.item.sections.all())
        if len(sections) > 1:
            middle = sections[len(sections) // 2]
            save_place(
                actor=user, item=stopped.item, place=f"s-{middle.public_id}", share=62, now=at + timedelta(minutes=8)
            )
    return wanted


def _waking_hour(moment: datetime, user: User, dice: random.Random, *, after: datetime, before: datetime) -> datetime:
    """The moment's day at an hour when the person would sit down to learn, kept in order."""
    local = moment.astimezone(user.zone).replace(hour=dice.randint(8, 21), minute=dice.randint(0, 59))
    return min(max(local, after + timedelta(minutes=35)), before)


def _read(user: User, lesson: Lesson, at: datetime, dice: random.Random, right_share: float) -> None:
    note_visit(user=user, item=lesson.item, now=at)
    for index, (block, revision) in enumerate(lesson.questions):
        answered = at + timedelta(minutes=3 + index)
        if dice.random() > right_share:
            answer_check(actor=user, block=block, given=_answer(revision, user, right=False), now=answered)
            answered += timedelta(minutes=1)
        answer_check(actor=user, block=block, given=_answer(revision, user, right=True), now=answered)


def _answer(revision: QuestionRevision, user: User, *, right: bool) -> dict[str, Any]:
    """An answer as the person's own page would send it."""
    seed = seed_for(user.pk, revision.question.public_id)
    return _answer_to(revision.kind, revision.config, seed, right=right)


def _answer_to(kind: str, config: dict[str, Any], seed: bytes, *, right: bool) -> dict[str, Any]:
    if kind == QuestionKind.PARTS:
        return {
            "parts": {
                part["id"]: _answer_to(part["kind"], part["config"], part_seed(seed, part["id"]), right=right)
                for part in config["parts"]
            }
        }
    if kind == QuestionKind.NUMERIC:
        value = _number(config, right=right)
        return {"answer": f"{value} {config['unit']}" if config["unit_required"] else str(value)}
    if kind == QuestionKind.SHORT:
        return {"answer": config["accept"][0] if right else "I am not sure"}
    chosen = [token(seed, option["id"]) for option in config["options"] if bool(option["right"]) is right]
    if kind in (QuestionKind.SINGLE, QuestionKind.DROPDOWN):
        return {"option": chosen[0]}
    return {"options": chosen or [token(seed, config["options"][0]["id"])]}


def _number(config: dict[str, Any], *, right: bool) -> Decimal:
    if found := bounds(config.get("range", "")):
        low, _low_in, high, _high_in = found
        return (low + high) / 2 if right else high + 1
    answer, tolerance = Decimal(config["answer"]), Decimal(config["tolerance"].removesuffix("%"))
    if config["tolerance"].endswith("%"):
        tolerance *= abs(answer) / 100
    return answer if right else answer + 2 * tolerance + 1
