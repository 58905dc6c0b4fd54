"""So many uses in a window, then wait; counted by all threads and processes together."""

import os
import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings

from core import counters as stores
from core.counters import FileCounters, counters
from core.ratelimit import Verdict, hit


def test_the_limit_is_allowed_and_no_more():
    verdicts = [hit("a", limit=3, seconds=60) for _ in range(5)]
    assert [(verdict.allowed, verdict.left) for verdict in verdicts] == [
        (True, 2),
        (True, 1),
        (True, 0),
        (False, 0),
        (False, 0),
    ]
    assert [verdict.retry_after for verdict in verdicts[:3]] == [0, 0, 0]
    assert all(0 < verdict.retry_after <= 60 for verdict in verdicts[3:])


def test_keys_do_not_know_of_each_other():
    assert hit("a", limit=1, seconds=60).allowed
    assert hit("b", limit=1, seconds=60).allowed


def test_after_the_window_it_starts_anew():
    hit("a", limit=1, seconds=1)
    assert not hit("a", limit=1, seconds=1).allowed
    # Waited for, not travelled to: a shared store keeps its own time.
    time.sleep(1.1)
    assert hit("a", limit=1, seconds=1).allowed


def test_the_wait_is_what_is_left_of_the_window(monkeypatch, tmp_path):
    now = [1000.0]
    monkeypatch.setattr(stores.time, "time", lambda: now[0])
    store = FileCounters(tmp_path / "counters")
    assert store.add("a", seconds=60) == (1, 60.0)
    now[0] += 45
    assert store.add("a", seconds=60) == (2, 15.0)
    now[0] += 15
    assert store.add("a", seconds=60) == (1, 60.0)


def test_windows_that_have_ended_leave_the_file(monkeypatch, tmp_path):
    now = [1000.0]
    monkeypatch.setattr(stores.time, "time", lambda: now[0])
    monkeypatch.setattr(stores, "_PRUNED_EACH", 3)
    store = FileCounters(tmp_path / "counters")
    store.add("old", seconds=1)
    now[0] += 10
    for _ in range(2):
        store.add("new", seconds=60)
    rows = store._database().execute("SELECT name, count FROM counter").fetchall()
    assert [count for _name, count in rows] == [2]
    assert "new" not in str(rows)


def test_many_threads_at_once_are_all_counted():
    allowed = []

    def use() -> None:
        for _ in range(20):
            allowed.append(hit("a", limit=50, seconds=60).allowed)

    threads = [threading.Thread(target=use) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(allowed) == [False] * 50 + [True] * 50


def test_processes_count_together():
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "from django.conf import settings\n"
        f"settings.configure(COUNTERS_URL={settings.COUNTERS_URL!r})\n"
        "from core.ratelimit import hit\n"
        "print(sum(hit('shared', limit=50, seconds=60).allowed for _ in range(40)))\n"
    )
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    counters().clear()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=env, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    allowed = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(allowed) == 50
    assert not hit("shared", limit=50, seconds=60).allowed


@pytest.mark.parametrize(
    "trouble", [OSError("no space"), stores.sqlite3.OperationalError("locked"), stores.redis.ConnectionError()]
)
def test_a_store_that_does_not_answer_lets_everybody_through(monkeypatch, trouble):
    class Broken:
        def add(self, name, *, seconds):
            raise trouble

    said = []
    monkeypatch.setattr("core.ratelimit.counters", Broken)
    monkeypatch.setattr("core.ratelimit.logger.warning", lambda text, **_more: said.append(text))
    assert hit("a", limit=1, seconds=60) == Verdict(allowed=True, retry_after=0, left=1, resets_in=60)
    assert said == ["limits are not counted"]
