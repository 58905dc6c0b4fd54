"""Sending no faster than the client reads.

Daphne takes every piece at once and keeps what the network cannot take yet: a slow reader of a
large file would fill the memory with it. Twisted tells a registered producer when its buffer is
full and when it is empty again; this is that producer.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class ClientGone(OSError):
    """Nobody is left to send to."""


class PacedSend:
    """``send`` that waits while Daphne's buffer is full; with other servers it changes nothing.

    Raises ``ClientGone`` once the client has left, so that the rest is not read for nobody.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        # Daphne hands out ``partial(server.handle_reply, request)``.
        exchange = next(iter(getattr(send, "args", ())), None)
        self._exchange = exchange if hasattr(exchange, "registerProducer") else None
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._gone = False

    async def __aenter__(self) -> Self:
        if self._exchange is not None and self._exchange.channel is not None:
            self._exchange.registerProducer(self, True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unregister()

    async def __call__(self, message: Mapping[str, Any]) -> None:
        is_last = message["type"] == "http.response.body" and not message.get("more_body")
        if self._exchange is None:
            await self._send(message)
            return
        await self._has_room.wait()
        if self._gone:
            raise ClientGone
        # Daphne limits the time of a request; a download that goes on may take longer than that.
        self._exchange.request_start = time.time()
        if is_last:
            self._unregister()
        await self._send(message)

    def _unregister(self) -> None:
        if self._exchange is not None and self._exchange.producer is self:
            if self._exchange.channel is not None:
                self._exchange.unregisterProducer()
            else:
                self._exchange.producer = None

    # Twisted's IPushProducer

    def pauseProducing(self) -> None:
        self._has_room.clear()

    def resumeProducing(self) -> None:
        self._has_room.set()

    def stopProducing(self) -> None:
        self._gone = True
        self._has_room.set()
