"""Hands what is said about topics to the sockets of this process: read once, encoded once, in the order of its numbers.

The database is the truth and everything else a hint: a topic that was hinted at is read from the last number on that
was handed out, so a hint too many changes nothing, and one that got lost is made up for by the next look.
"""

import asyncio
import itertools
import logging
import time
from collections import defaultdict
from contextlib import suppress
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import DatabaseError

from core.realtime import frames
from core.realtime.bridge import open_bridge
from core.realtime.company import Company
from core.realtime.hints import GROUP, HERE, LOOK, deaf, hear
from core.realtime.listeners import Listener
from core.realtime.messages import Missed, last_numbers, latest_row, missed, said_after, topics_since
from core.realtime.threads import in_thread

logger = logging.getLogger("aumbry.realtime")

# What comes within this time travels in one frame.
GATHER = 0.04
LOOK_EVERY = 1.0
# Rows of transactions that are committed late may have smaller numbers than those seen already.
_LOOK_BACK = 200
# Now and then all are looked at: a long transaction may leave more behind than that.
_LOOKS_BETWEEN = 15


class _Heard:
    """A topic that somebody here listens to."""

    def __init__(self) -> None:
        self.last_seq = 0
        self.listeners: set[Listener] = set()
        # Joining and handing out take turns, so nobody gets something twice or not at all.
        self.turn = asyncio.Lock()
        self.is_known = False


class Hub:
    """One for each event loop, made by the first socket and gone with the last."""

    def __init__(self) -> None:
        self._topics: defaultdict[str, _Heard] = defaultdict(_Heard)
        self._hinted: set[str] = set()
        self._looks_at_all = False
        self.company = Company()
        self._here_hinted: set[str] = set()
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._work: list[asyncio.Task[None]] = []
        self._bridge: asyncio.DatagramTransport | None = None
        self.sockets: defaultdict[int, set[Listener]] = defaultdict(set)

    async def start(self) -> None:
        hear(self._loop, self.hint_from_anywhere)
        if settings.REDIS_URL:
            self._work.append(asyncio.create_task(self._listen_to_layer()))
        elif settings.BRIDGE_PORT:
            self._bridge = await open_bridge(settings.BRIDGE_PORT, self.hint)
        self._work += [asyncio.create_task(self._hand_out_for_ever()), asyncio.create_task(self._look_for_ever())]

    async def stop(self) -> None:
        deaf()
        await self.company.stop()
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        if self._bridge is not None:
            self._bridge.close()

    def hint_from_anywhere(self, topic: str) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self.hint, topic)

    def hint(self, topic: str) -> None:
        """Something may have been said about the topic, or about many."""
        if topic == LOOK:
            self._looks_at_all = True
            self._wake.set()
        elif topic.startswith(HERE):
            self._here_hinted.add(topic.removeprefix(HERE))
            self._wake.set()
        elif topic in self._topics:
            self._hinted.add(topic)
            self._wake.set()

    async def join(self, listener: Listener, topic: str, since: int | None) -> Missed:
        """From now on ``listener`` hears the topic; what was said after ``since`` is returned."""
        heard = self._topics[topic]
        async with heard.turn:
            if not heard.is_known:
                heard.last_seq = (await in_thread(last_numbers, [topic])).get(topic, 0)
                heard.is_known = True
            found: Missed = await in_thread(missed, topic, since, heard.last_seq)
            # What comes after that is handed out to all alike.
            heard.listeners.add(listener)
        return found

    async def missed(self, topic: str, since: int) -> Missed:
        """What a listener has a gap of, as far as it was handed out."""
        return await in_thread(missed, topic, since, self._topics[topic].last_seq)

    def leave(self, listener: Listener, topic: str) -> None:
        heard = self._topics.get(topic)
        if heard is not None:
            heard.listeners.discard(listener)
            if not heard.listeners and not heard.turn.locked():
                del self._topics[topic]

    async def _hand_out_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER)
            self._wake.clear()
            if self._looks_at_all:
                self._looks_at_all = False
                await self._look_at_all()
            hinted, self._hinted = self._hinted, set()
            wanted = {name: self._topics[name] for name in hinted if name in self._topics}
            try:
                await self._in_turn(wanted)
                here, self._here_hinted = self._here_hinted, set()
                await self.company.look(here)
            except DatabaseError:
                logger.warning("topics could not be read", exc_info=True)
                self._hinted |= hinted
                await asyncio.sleep(LOOK_EVERY)
                self._wake.set()
            except Exception:
                logger.exception("handing out broke off")

    async def _in_turn(self, wanted: dict[str, _Heard]) -> None:
        taken: list[_Heard] = []
        try:
            for _name, heard in sorted(wanted.items()):
                await heard.turn.acquire()
                taken.append(heard)
            await self._hand_out({name: heard for name, heard in wanted.items() if heard.is_known})
        finally:
            for heard in taken:
                heard.turn.release()

    async def _hand_out(self, topics: dict[str, _Heard]) -> None:
        if not topics:
            return
        said = defaultdict(list)
        for message in await in_thread(said_after, {name: heard.last_seq for name, heard in topics.items()}):
            said[message.topic].append(message)
        for name, messages in said.items():
            heard = topics[name]
            heard.last_seq = messages[-1].seq
            for text in frames.encode_items(name, [message.frame_item() for message in messages]):
                for listener in list(heard.listeners):
                    await listener.hand_out(name, text)
                # Who reads gets the time to take it before more comes.
                await asyncio.sleep(0)

    async def _look_for_ever(self) -> None:
        """Look at what was written since the last look: hints get lost, and other processes may give none."""
        seen = 0
        for number in itertools.count(1):
            try:
                if number % _LOOKS_BETWEEN == 0:
                    await self._look_at_all()
                if not seen:
                    seen = await in_thread(latest_row)
                elif self._topics:
                    seen, topics = await in_thread(topics_since, max(seen - _LOOK_BACK, 0))
                    await self._hint_behind(topics & self._topics.keys())
                await self.company.look()
                await self.company.renew(time.monotonic())
            except DatabaseError:
                logger.warning("topics could not be looked at", exc_info=True)
            except Exception:
                logger.exception("looking broke off")
            await asyncio.sleep(LOOK_EVERY)
            await self._look_at_clocks(time.monotonic())

    async def _look_at_clocks(self, now: float) -> None:
        for listener in [one for theirs in self.sockets.values() for one in theirs]:
            try:
                await listener.look_at_the_clock(now)
            except Exception:
                logger.exception("a socket could not be looked at")

    async def _look_at_all(self) -> None:
        try:
            await self._hint_behind(set(self._topics))
        except DatabaseError:
            logger.warning("topics could not be looked at", exc_info=True)
            self._looks_at_all = True

    async def _hint_behind(self, topics: set[str]) -> None:
        if topics:
            for name, last in (await in_thread(last_numbers, topics)).items():
                if name in self._topics and last > self._topics[name].last_seq:
                    self.hint(name)

    async def _listen_to_layer(self) -> None:
        layer: Any = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(GROUP, channel)
        while True:
            message = await layer.receive(channel)
            self.hint(message["topic"])


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


async def hub_of_this_loop() -> Hub:
    """The hub that this process's sockets share."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        for ended in [other for other in _hubs if other.is_closed()]:
            del _hubs[ended]
        hub = _hubs[loop] = Hub()
        await hub.start()
    return _hubs[loop]
