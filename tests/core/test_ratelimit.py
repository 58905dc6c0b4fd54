"""So many uses in a window, then wait."""

import threading
import time

from django.core.cache import cache

from core.ratelimit import Verdict, hit


def test_the_limit_is_allowed_and_no_more():
    verdicts = [hit("a", limit=3, seconds=60) for _ in range(5)]
    assert verdicts == [Verdict(True, 0)] * 3 + [Verdict(False, 60)] * 2


def test_keys_do_not_know_of_each_other():
    assert hit("a", limit=1, seconds=60).allowed
    assert hit("b", limit=1, seconds=60).allowed


def test_after_the_window_it_starts_anew():
    hit("a", limit=1, seconds=1)
    assert not hit("a", limit=1, seconds=1).allowed
    # Waited for, not travelled to: a shared cache keeps its own time.
    time.sleep(1.1)
    assert hit("a", limit=1, seconds=1).allowed


def test_a_window_that_ends_between_the_two_steps(monkeypatch):
    def gone(name: str) -> int:
        raise ValueError

    monkeypatch.setattr(cache, "incr", gone)
    assert hit("a", limit=1, seconds=60).allowed


def test_many_at_once_are_all_counted():
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
