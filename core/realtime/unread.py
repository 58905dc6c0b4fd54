"""How much a client has not read yet. Daphne keeps all of it in memory; a client that does not read is cut off."""

from typing import Any

MOST_BYTES = 256 * 1024


class Unread:
    """Counts what was sent since the network took no more; with servers other than Daphne nothing is counted."""

    def __init__(self, send: Any) -> None:
        # Daphne hands out ``partial(server.handle_reply, protocol)``.
        transport = getattr(next(iter(getattr(send, "args", ())), None), "transport", None)
        self._transport = transport if hasattr(transport, "abortConnection") else None
        self._waits = False
        self._bytes = 0
        if self._transport is not None:
            # The connection began as a request, whose producer is of no use any more.
            self._transport.unregisterProducer()
            self._transport.registerProducer(self, True)

    def has_room(self, size: int) -> bool:
        """Whether so much more may be sent."""
        if not self._waits:
            return True
        self._bytes += size
        return self._bytes <= MOST_BYTES

    def cut(self) -> None:
        """End the connection without waiting for it to be read."""
        if self._transport is not None:
            self._transport.abortConnection()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.unregisterProducer()
            self._transport = None

    # Twisted's IPushProducer

    def pauseProducing(self) -> None:
        self._waits = True

    def resumeProducing(self) -> None:
        self._waits, self._bytes = False, 0

    def stopProducing(self) -> None:
        self._waits = True
