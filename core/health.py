"""Is the site able to work? Each check says what it found and what to do."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.jobs import living_workers, queue
from core.middleware import database_trouble
from core.models import WorkerBeat
from core.slots import HEALTH_CHECKS, HealthCheck, HealthReport

_CACHE_KEY = "health"
LOCK_PATIENCE_MS = 1000
LEAST_FREE_BYTES = 100 * 1024**2
LOW_FREE_BYTES = 1024**3


def register_checks() -> None:
    checks = {
        "disk": HealthCheck(gettext_lazy("Disk"), disk),
        "database": HealthCheck(gettext_lazy("Database"), database),
        "migrations": HealthCheck(gettext_lazy("Migrations"), migrations),
        "storage": HealthCheck(gettext_lazy("Files"), storage),
        "cache": HealthCheck(gettext_lazy("Cache"), shared_cache),
        "worker": HealthCheck(gettext_lazy("Workers"), worker),
        "jobs": HealthCheck(gettext_lazy("Jobs"), jobs),
    }
    for place, (key, check) in enumerate(checks.items(), start=1):
        HEALTH_CHECKS.register(key, check, order=10 * place)


def run_checks() -> dict[str, HealthReport]:
    """Each registered check's report by its key; a check that breaks counts as failed.

    Nothing is asked after a broken database: each further check would wait for it in turn.
    """
    reports: dict[str, HealthReport] = {}
    for key, check in HEALTH_CHECKS.items():
        reports[key] = _run(check.run)
        if key == "database" and not reports[key].ok:
            break
    return reports


def is_ready(reports: dict[str, HealthReport]) -> bool:
    return all(report.ok or not report.blocks for report in reports.values())


def _run(check: Callable[[], HealthReport]) -> HealthReport:
    try:
        report = check()
    except DatabaseError as error:
        trouble = database_trouble(error)
        detail = trouble[1] if trouble else _("The database refused a query.")
        return HealthReport(ok=False, detail=detail, hint=_("Look at the database and its log."))
    return report


def database() -> HealthReport:
    """Takes the right to write and gives it back; nothing is written."""
    try:
        with _short_patience(), transaction.atomic():
            WorkerBeat.objects.filter(pk=0).update(worker="")
    except DatabaseError as error:
        trouble = database_trouble(error)
        detail = trouble[1] if trouble else _("The database refused to write.")
        return HealthReport(ok=False, detail=detail, hint=_("Look at the database, its disk and its log."))
    return HealthReport(ok=True, detail=_("The database answers and can be written."))


@contextmanager
def _short_patience() -> Iterator[None]:
    """Do not wait for a locked SQLite file as long as a request may."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        usual = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {LOCK_PATIENCE_MS}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(usual)}")


_migrated = False


def migrations() -> HealthReport:
    """Once they are all applied, they stay applied for the life of this process."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if missing:
            return HealthReport(
                ok=False,
                detail=ngettext("%(n)d migration is missing.", "%(n)d migrations are missing.", missing)
                % {"n": missing},
                hint=_("Run “manage.py migrate”."),
            )
        _migrated = True
    return HealthReport(ok=True, detail=_("All migrations are applied."))


def disk() -> HealthReport:
    folders = {Path(settings.VAR_DIR), Path(settings.MEDIA_ROOT)}
    free = min(shutil.disk_usage(_existing(folder)).free for folder in folders)
    detail = _("%(space)s free.") % {"space": filesizeformat(free)}
    return HealthReport(
        ok=free >= LOW_FREE_BYTES,
        detail=detail,
        hint="" if free >= LOW_FREE_BYTES else _("Make room before the disk is full: nothing can be saved then."),
        blocks=free < LEAST_FREE_BYTES,
    )


def storage() -> HealthReport:
    """Writes a file where uploads go, and takes it away again."""
    folder = Path(settings.MEDIA_ROOT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"-")
    except OSError as error:
        detail = _("No file can be stored: %(reason)s.") % {"reason": error.strerror or type(error).__name__}
        return HealthReport(ok=False, detail=detail, hint=_("Look at the folder of uploads and who may write there."))
    return HealthReport(ok=True, detail=_("Files can be stored."))


def shared_cache() -> HealthReport:
    """Pages work without what is shared; limits are then counted by each process alone."""
    try:
        cache.set(_CACHE_KEY, "1", 10)
        answers = cache.get(_CACHE_KEY) == "1"
    except (redis.RedisError, OSError):
        answers = False
    if not answers:
        return HealthReport(
            ok=False,
            detail=_("The cache does not answer."),
            hint=_("Look at Redis and at REDIS_URL."),
            blocks=False,
        )
    if settings.REDIS_URL:
        return HealthReport(ok=True, detail=_("Redis answers."))
    return HealthReport(ok=True, detail=_("Each process keeps its own; Redis is not set up."))


def worker() -> HealthReport:
    """Pages work without a worker; mail and other jobs wait until there is one."""
    count = living_workers().count()
    if not count:
        return HealthReport(
            ok=False,
            detail=_("No worker has been seen in the last minute. Mail and other jobs wait."),
            hint=_("Start one with “manage.py worker”."),
            blocks=False,
        )
    return HealthReport(
        ok=True, detail=ngettext("%(n)d worker is at work.", "%(n)d workers are at work.", count) % {"n": count}
    )


def jobs() -> HealthReport:
    state = queue()
    if state.failed:
        return HealthReport(
            ok=False,
            detail=ngettext("%(n)d job has failed for good.", "%(n)d jobs have failed for good.", state.failed)
            % {"n": state.failed},
            hint=_("Read why on the operations page, mend it, then run them again."),
            blocks=False,
        )
    return HealthReport(ok=True, detail=_("No job has failed for good."))


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
