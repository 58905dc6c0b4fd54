"""/healthz and /readyz."""

import shutil
from collections import namedtuple
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from core import health
from core.models import WorkerBeat
from core.slots import HEALTH_CHECKS, HealthCheck, HealthReport

Usage = namedtuple("Usage", "total used free")
GB = 1024**3


@pytest.fixture
def _room(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(100 * GB, 0, 50 * GB))


@pytest.fixture
def _worker(db):
    now = timezone.now()
    WorkerBeat.objects.create(worker="w", started_at=now, seen_at=now)


def test_alive_without_a_database(client):
    """Without the db fixture any query fails the test."""
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"alive": True})
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.usefixtures("_room", "_worker")
class TestReady:
    def test_all_is_well(self, client):
        response = client.get("/readyz")
        assert response.status_code == 200
        body = response.json()
        assert body["ready"] is True
        assert {key: check["ok"] for key, check in body["checks"].items()} == {
            "disk": True,
            "database": True,
            "migrations": True,
            "storage": True,
            "file_keys": True,
            "file_seals": True,
            "cache": True,
            "worker": True,
            "jobs": True,
            "backup": True,
        }

    def test_it_writes_nothing(self, client, django_assert_max_num_queries):
        client.get("/readyz")
        with django_assert_max_num_queries(12) as queries:
            client.get("/readyz")
        writes = [q["sql"] for q in queries.captured_queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
        assert [sql.split(" ")[0] for sql in writes] == ["UPDATE"]
        assert WorkerBeat.objects.get().worker == "w"

    def test_a_worker_that_fell_silent_is_reported_but_pages_go_on(self, client):
        WorkerBeat.objects.update(seen_at=timezone.now() - timedelta(seconds=61))
        response = client.get("/readyz")
        assert (response.status_code, response.json()["ready"]) == (200, True)
        assert response.json()["checks"]["worker"] == {
            "ok": False,
            "detail": "No worker has been seen in the last minute. Mail and other jobs wait.",
            "hint": "Start one with “manage.py worker”.",
        }

    @pytest.mark.parametrize(("free", "ok", "status"), [(2 * GB, True, 200), (GB // 2, False, 200), (1024, False, 503)])
    def test_disk(self, client, monkeypatch, free, ok, status):
        monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(100 * GB, 0, free))
        response = client.get("/readyz")
        assert (response.status_code, response.json()["checks"]["disk"]["ok"]) == (status, ok)

    def test_a_missing_migration(self, client, monkeypatch):
        monkeypatch.setattr(health, "_migrated", False)
        monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: [("x", False)])
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json()["checks"]["migrations"]["detail"] == "1 migration is missing."

    def test_a_folder_that_takes_no_files(self, client, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path / "media"
        settings.MEDIA_ROOT.write_text("a file where the folder should be")
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json()["checks"]["storage"] == {
            "ok": False,
            "detail": "No file can be stored: File exists.",
            "hint": "Look at the folder of uploads and who may write there.",
        }

    def test_pages_go_on_without_redis(self, client, settings):
        backend = "django.core.cache.backends.redis.RedisCache"
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1"}}
        response = client.get("/readyz")
        assert response.status_code == 200
        assert response.json()["checks"]["cache"] == {
            "ok": False,
            "detail": "The cache does not answer.",
            "hint": "Look at Redis and at REDIS_URL.",
        }

    def test_a_database_that_is_away(self, client, monkeypatch):
        def away() -> HealthReport:
            raise OperationalError("connection refused")

        monkeypatch.setitem(HEALTH_CHECKS._entries, "jobs", (70, HealthCheck("Jobs", away)))
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json()["checks"]["jobs"]["ok"] is False

    def test_nothing_more_is_asked_of_a_broken_database(self, client, monkeypatch):
        def broken() -> HealthReport:
            return HealthReport(ok=False, detail="away")

        monkeypatch.setitem(HEALTH_CHECKS._entries, "database", (20, HealthCheck("Database", broken)))
        response = client.get("/readyz")
        assert (response.status_code, list(response.json()["checks"])) == (503, ["disk", "database"])
