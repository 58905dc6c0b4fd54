"""Wake the worker the moment a job is committed.

A datagram on the loopback interface: cheap, never blocks, and allowed to get lost, since the
worker also looks by itself every few seconds.
"""

import contextlib
import socket
import time

from django.conf import settings


def nudge_worker() -> None:
    """Tell a worker on this machine, if there is one, that a job is waiting."""
    port = settings.NUDGE_PORT
    if not port:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(b"!", ("127.0.0.1", port))


class NudgeListener:
    """The worker's ear. ``wait`` returns early when a nudge arrives."""

    def __init__(self, port: int) -> None:
        self._socket: socket.socket | None = None
        if port:
            ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                ear.bind(("127.0.0.1", port))
            except OSError:
                # Another worker has the port; this one polls.
                ear.close()
            else:
                self._socket = ear

    @property
    def is_bound(self) -> bool:
        return self._socket is not None

    def wait(self, seconds: float) -> None:
        """Sleep up to ``seconds``, or until nudged. Nudges that came together count as one."""
        if self._socket is None:
            time.sleep(seconds)
            return
        self._socket.settimeout(max(seconds, 0.001))
        with contextlib.suppress(OSError):
            self._socket.recv(16)
            self._socket.setblocking(False)
            while self._socket.recv(16):
                pass

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
