"""Files of a course that is taken in: stored before anything is written, in batches."""

import hashlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db.models import Q

from core.authz import Actor
from core.ids import new_public_id
from courses.enums import ImportStage
from courses.formats.data import CourseData
from courses.formats.problems import Problems
from courses.models import Course, Item, Page
from courses.selectors.description import OWNER as DESCRIPTION_OWNER
from courses.selectors.pages import OWNER as PAGE_OWNER
from courses.services.content import DRAFT_OWNER, LIVE_OWNER, unusable_files
from files import services as files
from files.models import StoredFile
from files.services.store import identity_of
from files.validators import clean_name, file_type, validate_content

Progress = Callable[[str, int, int], None]
_BATCH = 20


@dataclass
class Media:
    """``stored``: public ids by path in the source. ``trial``: rows that a trial run makes and takes back."""

    stored: dict[str, str] = field(default_factory=dict)
    fresh: list[StoredFile] = field(default_factory=list)
    trial: list[StoredFile] = field(default_factory=list)


@contextmanager
def stored_media(
    actor: Actor, course: Course | None, data: CourseData, *, trial: bool, progress: Progress
) -> Iterator[Media]:
    """The files of ``data``, stored; those that were not here before go again if the context fails.

    A file that the course shows already is that file. A trial stores nothing and only looks at each file.
    """
    media = Media()
    known = _known_files(actor, course)
    problems = Problems()
    try:
        done = 0
        for batch in _batches(data.media):
            missing = {}
            for path, source in batch.items():
                public_id = known.get(_identity(source)) if known else None
                if public_id is not None:
                    media.stored[path] = public_id
                else:
                    missing[path] = source
            if trial:
                _look_at(actor, missing, media, problems)
            elif missing:
                _store(actor, missing, media, problems)
            done += len(batch)
            progress(ImportStage.FILES, done, len(data.media))
        problems.raise_if_any()
        yield media
    except BaseException:
        files.forget_new_files(media.fresh)
        raise


def _known_files(actor: Actor, course: Course | None) -> dict[tuple[str, str], str]:
    if course is None:
        return {}
    items = Item.everything.filter(course=course).values("pk")
    pages = Page.everything.filter(course=course).values("pk")
    used = StoredFile.objects.filter(
        Q(usages__owner_kind__in=(LIVE_OWNER, DRAFT_OWNER), usages__owner_id__in=items)
        | Q(usages__owner_kind=PAGE_OWNER, usages__owner_id__in=pages)
        | Q(usages__owner_kind=DESCRIPTION_OWNER, usages__owner_id=course.pk)
    )
    rows = list(used.order_by("-pk").distinct())
    # What is in the bin alone the actor may not be able to name anew.
    unusable = unusable_files(actor, {row.public_id for row in rows})
    return {(row.sha256, row.name): str(row.public_id) for row in rows if row.public_id not in unusable}


def _store(actor: Actor, sources: dict[str, Path], media: Media, problems: Problems) -> None:
    stored = files.store_files(actor=actor, sources=sources)
    media.fresh += stored.fresh
    media.stored |= {path: str(row.public_id) for path, row in stored.rows.items()}
    for path, error in stored.refused.items():
        problems.add(path, None, error.message)


def _look_at(actor: Actor, sources: dict[str, Path], media: Media, problems: Problems) -> None:
    for path, source in sources.items():
        name = clean_name(Path(path).name)
        try:
            kind = file_type(name)
            with source.open("rb") as content:
                validate_content(content, name)
        except ValidationError as error:
            problems.add(path, None, error.messages[0])
            continue
        row = StoredFile(
            public_id=new_public_id(),
            # Of its path, not its bytes: a file of these bytes may be here already.
            sha256=hashlib.sha256(path.encode()).hexdigest(),
            size=source.stat().st_size,
            media_type=kind.media_type,
            name=name,
            uploaded_by_id=actor.pk,
        )
        media.trial.append(row)
        media.stored[path] = str(row.public_id)


def _identity(path: Path) -> tuple[str, str]:
    try:
        return identity_of(path)
    except ValidationError:
        # Whoever stores it says what is wrong with it.
        return "", ""


def _batches(media: dict[str, Path]) -> Iterator[dict[str, Path]]:
    rest = iter(media.items())
    while batch := dict(itertools.islice(rest, _BATCH)):
        yield batch
