"""Where what the socket asks of the database runs: threads of its own, so that pages and sockets do not wait for each other."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import close_old_connections, reset_queries

T = TypeVar("T")
_pool = ThreadPoolExecutor(2, thread_name_prefix="socket")


async def in_thread(work: Callable[..., T], *given: Any) -> T:
    """What ``work`` returns; it may ask the database."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_pool, context.run, _run, work, given)


def _run(work: Callable[..., T], given: tuple[Any, ...]) -> T:
    reset_queries()
    close_old_connections()
    try:
        return work(*given)
    finally:
        close_old_connections()
