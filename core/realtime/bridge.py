"""The web process's ear for what other processes on this machine say: the twin of ``core.nudge``, which wakes the worker."""

import asyncio
import logging
from collections.abc import Callable

logger = logging.getLogger("aumbry.realtime")

_LONGEST = 90


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: object) -> None:
        if len(data) <= _LONGEST:
            self._take(data.decode("ascii", "replace"))


async def open_bridge(port: int, take: Callable[[str], None]) -> asyncio.DatagramTransport | None:
    """Call ``take`` with the topic of each datagram; None if another process has the port, which then hears them."""
    try:
        transport, _protocol = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Ear(take), local_addr=("127.0.0.1", port)
        )
    except OSError:
        logger.warning("another process listens on the bridge's port", extra={"port": port})
        return None
    return transport
