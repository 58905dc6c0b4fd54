"""Tells the sockets of one process who else is at their topics: one look a second for all of them, at once after a hint."""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable

from django.db import DatabaseError

from core.realtime import frames, presence
from core.realtime.hints import HERE, send_hint
from core.realtime.listeners import Listener
from core.realtime.presence import Attendance
from core.realtime.threads import in_thread

logger = logging.getLogger("aumbry.realtime")
_NOBODY = Attendance(0, ())


class Company:
    """The topics of this process at which it is told who is there."""

    def __init__(self) -> None:
        self.server = presence.new_server()
        self._watchers: defaultdict[str, set[Listener]] = defaultdict(set)
        self._shown: dict[str, Attendance] = {}
        self._present: defaultdict[Listener, set[str]] = defaultdict(set)
        self._renewed_at = 0.0

    async def join(self, listener: Listener, topic: str, *, enters: bool) -> Attendance:
        """From now on ``listener`` is told who is at the topic, and with ``enters`` is there itself; returns who is."""
        if enters:
            self._renewed_at = time.monotonic()
            self._present[listener].add(topic)
            await in_thread(_enter, topic, listener.user_id, listener.connection, self.server)
        found = (await in_thread(presence.attendance, [topic]))[topic]
        # Only now: a look meanwhile would tell of the same people once more. Who came after this is found by the next one,
        # and those who are here already hear of it by the hint.
        self._watchers[topic].add(listener)
        self._shown.setdefault(topic, found)
        return found

    async def leave(self, listener: Listener, topics: Iterable[str]) -> None:
        """``listener`` is no longer at these topics, nor told of them."""
        left = set(topics)
        for topic in left & self._watchers.keys():
            self._watchers[topic].discard(listener)
            if not self._watchers[topic]:
                del self._watchers[topic]
                self._shown.pop(topic, None)
        gone = self._present.get(listener, set()) & left
        if gone:
            self._present[listener] -= gone
            if not self._present[listener]:
                del self._present[listener]
            await in_thread(_leave, listener.connection, gone)

    async def look(self, topics: Iterable[str] | None = None) -> None:
        """Tell of the topics (all, without any) at which somebody has come or gone since the last look."""
        wanted = list(self._watchers) if topics is None else [one for one in topics if one in self._watchers]
        if not wanted:
            return
        for topic, found in (await in_thread(presence.attendance, wanted)).items():
            if topic in self._watchers and found != self._shown.get(topic, _NOBODY):
                self._shown[topic] = found
                await self._tell(topic, found)

    async def renew(self, now: float) -> None:
        """Keep this process's lease while somebody is present by it; without anybody nothing is written."""
        if self._present and now - self._renewed_at >= presence.RENEW_EVERY:
            self._renewed_at = now
            await in_thread(presence.renew, self.server)

    async def stop(self) -> None:
        """The process goes."""
        if self._present:
            try:
                await in_thread(presence.give_up, [self.server])
            except DatabaseError:
                logger.warning("a process's presences stay until its lease ends", exc_info=True)

    async def _tell(self, topic: str, found: Attendance) -> None:
        text = frames.encode("here", topic=topic, **here(found))
        for listener in list(self._watchers.get(topic, ())):
            await listener.hand_out_here(topic, text)


def here(found: Attendance) -> dict[str, object]:
    """What a frame says of who is there."""
    return {"count": found.count, "people": [person.frame_item() for person in found.people]}


def _enter(topic: str, user_id: int, connection: str, server: str) -> None:
    presence.enter(topic, user_id=user_id, connection=connection, server=server)
    send_hint(f"{HERE}{topic}")


def _leave(connection: str, topics: set[str]) -> None:
    presence.leave(connection, topics)
