import pytest

from core import events
from tests.core import tasks


@pytest.fixture(autouse=True)
def _fresh_record():
    tasks.ran.clear()


@pytest.fixture
def ran() -> list[object]:
    """What the test's jobs did, in order."""
    return tasks.ran


@pytest.fixture
def _lazy(settings):
    """Jobs wait for a worker, as they do outside tests."""
    settings.JOBS_EAGER = False


@pytest.fixture
def subscribe(monkeypatch):
    """Subscribe for one test only."""
    monkeypatch.setattr(events, "_subscribers", {name: list(paths) for name, paths in events._subscribers.items()})
    return events.subscribe
