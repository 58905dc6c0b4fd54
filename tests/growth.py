"""How the work for an input grows with it, which a slow or busy machine does not change."""

import time
from collections.abc import Callable
from typing import TypeVar

Input = TypeVar("Input")

# For an input four times as long: what goes through it once takes four times as long, and what goes back
# to its beginning for each of its parts sixteen times.
LONGER = 4
MOST = 10
TRIES = 6
# No input that a person can send takes so much of a processor, however slow that is.
HANG_SECONDS = 20.0


def grows_with(made: Callable[[int], Input], work: Callable[[Input], object], size: int) -> bool:
    """Whether ``work`` takes at most in proportion longer for ``made(4 * size)`` than for ``made(size)``.

    Whatever else the machine does can only make one of the two slower, so the shortest of several tries counts.
    """
    short, long = made(size), made(LONGER * size)
    shortest, longest = _seconds(work, short), _seconds(work, long)
    for _ in range(TRIES):
        if longest < MOST * shortest:
            return True
        shortest, longest = min(shortest, _seconds(work, short)), min(longest, _seconds(work, long))
    return False


def _seconds(work: Callable[[Input], object], value: Input) -> float:
    begun = time.process_time()
    work(value)
    return time.process_time() - begun
