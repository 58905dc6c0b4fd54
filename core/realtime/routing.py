"""Sockets by their address: there is one."""

from typing import Any

from core.realtime.consumer import SocketConsumer
from core.realtime.handshake import ADDRESS

_consumer: Any = SocketConsumer.as_asgi()


async def sockets(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application for sockets; any other address is refused before it is open."""
    if scope["path"] == ADDRESS:
        await _consumer(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.close"})
