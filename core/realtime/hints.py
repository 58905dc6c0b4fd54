"""Hints that something was said about a topic. They may get lost: the hub looks by itself every second.

Web processes hear them by the channel layer when that is shared; without Redis there is one web process, and what
another process on this machine says (the worker, a command) comes by a datagram on the loopback interface.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Sequence

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

logger = logging.getLogger("aumbry.realtime")

GROUP = "aumbry.hints"
MESSAGE = "topic.hint"
# In a topic's place: something was said about many.
LOOK = "*"
# Before a topic: somebody has come there or gone.
HERE = "here:"
_MOST_NAMED = 20

_lock = threading.Lock()
_hears: Callable[[str], None] | None = None
_loop: asyncio.AbstractEventLoop | None = None


def hear(loop: asyncio.AbstractEventLoop, take: Callable[[str], None]) -> None:
    """The hub of this process: ``take`` is called, from any thread, with the topic of each hint."""
    global _hears, _loop
    with _lock:
        _hears, _loop = take, loop


def deaf() -> None:
    """The hub of this process has gone."""
    global _hears, _loop
    with _lock:
        _hears = _loop = None


def send_hint(topic: str) -> None:
    """Tell every web process that something was said about ``topic``. Never raises: the change is committed already."""
    with _lock:
        take, loop = _hears, _loop
    if take is not None:
        take(topic)
    try:
        if settings.REDIS_URL:
            _to_layer(topic, loop)
        elif take is None and settings.BRIDGE_PORT:
            _to_web_process(topic)
    except Exception:
        logger.warning("hint not sent", exc_info=True, extra={"topic": topic})


def send_hints(topics: Sequence[str]) -> None:
    """As ``send_hint`` for each of many; with too many to name them, the web processes are told to look."""
    for topic in topics if len(topics) <= _MOST_NAMED else [LOOK]:
        send_hint(topic)


def _to_layer(topic: str, loop: asyncio.AbstractEventLoop | None) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    message = {"type": MESSAGE, "topic": topic}
    if loop is not None and loop.is_running():
        # The connections of this process's own loop serve.
        asyncio.run_coroutine_threadsafe(layer.group_send(GROUP, message), loop)
    else:
        async_to_sync(layer.group_send)(GROUP, message)


def _to_web_process(topic: str) -> None:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(topic.encode(), ("127.0.0.1", settings.BRIDGE_PORT))
