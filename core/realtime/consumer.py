"""One end of the one socket: hello, topics, and nothing that a page could not do.

Frames: docs/realtime.md. A frame that cannot be understood is answered with an error; one that is meant badly (too long,
no text) or far too many end the connection.
"""

import asyncio
import logging
import secrets
import time
from contextlib import suppress
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import DatabaseError

from core.realtime import company, frames
from core.realtime.frames import Frame, FrameError
from core.realtime.handshake import Guest, Refused, guest_of, is_from_here, still_there
from core.realtime.hub import Hub, hub_of_this_loop
from core.realtime.messages import MOST, Missed
from core.realtime.threads import in_thread
from core.realtime.topics import has_presence, may_listen, own_topic
from core.realtime.unread import Unread

logger = logging.getLogger("aumbry.realtime")

HELLO_WITHIN = 5.0
# Frames that one connection may send: a burst, then so many a second.
BURST = 40
A_SECOND = 10
MOST_TOPICS = 100
MOST_SOCKETS = 20
_TICKET = "ticket."


class SocketConsumer(AsyncWebsocketConsumer):
    """Opened once by each tab or program."""

    user_id = 0
    connection = ""
    # Known once it is open.
    guest: Guest
    hub: Hub
    is_open = False
    # What is said comes from the hub; nothing is addressed to a socket alone.
    channel_layer_alias = "none"

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.topics: set[str] = set()
        self.is_greeted = False
        self._tokens, self._counted_at = float(BURST), time.monotonic()
        self._asked_at = self._opened_at = time.monotonic()
        self._asking: asyncio.Task[None] | None = None
        self._once_more = False
        self._is_over = False
        self._unread: Unread | None = None

    async def dispatch(self, message: Any) -> None:
        # Channels would look after the database connections of a thread that asks the database nothing.
        await getattr(self, message["type"].replace(".", "_"))(message)

    # Opening

    async def connect(self) -> None:
        offered = self.scope.get("subprotocols", [])
        if frames.PROTOCOL not in offered or not is_from_here(self.scope):
            # Refused before it is open: another site's page learns nothing.
            await self.close()
            return
        ticket = next((name.removeprefix(_TICKET) for name in offered if name.startswith(_TICKET)), "")
        try:
            guest = await in_thread(guest_of, self.scope, ticket)
        except Refused as refused:
            await self.accept(frames.PROTOCOL)
            await self._end(refused.code, refused.message)
            return
        except DatabaseError:
            logger.warning("nobody could be asked who opens a socket", exc_info=True)
            await self.close()
            return
        await self.accept(frames.PROTOCOL)
        self.guest, self.user_id = guest, guest.user.pk
        self.connection = secrets.token_hex(10)
        self.hub = await hub_of_this_loop()
        self.is_open = True
        theirs = self.hub.sockets[self.user_id]
        if len(theirs) >= MOST_SOCKETS:
            await self._end(frames.TOO_MANY, f"You have {MOST_SOCKETS} connections already. Close some tabs.")
            return
        theirs.add(self)
        self._unread = Unread(self.base_send)
        # Heard without asking for it: that is how the end of a sign-in arrives.
        try:
            await self.hub.join(self, own_topic(guest.user), None)
        except DatabaseError:
            logger.warning("a socket could not listen to its person's topic", exc_info=True)
            await self._end(frames.UNAVAILABLE, "The database does not answer. Come back in a moment.")

    async def disconnect(self, code: int) -> None:
        if self.is_open:
            for topic in (*self.topics, own_topic(self.guest.user)):
                self.hub.leave(self, topic)
            with suppress(DatabaseError):
                await self.hub.company.leave(self, self.topics)
            theirs = self.hub.sockets[self.user_id]
            theirs.discard(self)
            if not theirs:
                self.hub.sockets.pop(self.user_id, None)
        if self._unread is not None:
            self._unread.close()

    async def look_at_the_clock(self, now: float) -> None:
        """Called by the hub each second: one clock for all is less to keep than one for each."""
        if not self.is_greeted and now - self._opened_at > HELLO_WITHIN:
            await self._end(frames.NO_HELLO, "Say hello first.")
        elif now - self._asked_at > settings.SOCKET_ASKED_EVERY:
            self._ask_again()

    def _ask_again(self) -> None:
        """Look at the sign-in: once a minute, and at once when something was said about it."""
        self._asked_at = time.monotonic()
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        else:
            self._once_more = True

    async def _ask(self) -> None:
        try:
            await self._ask_now()
        finally:
            self._asking = None
        if self._once_more and not self._is_over:
            # What was said meanwhile.
            self._once_more = False
            self._ask_again()

    async def _ask_now(self) -> None:
        try:
            await in_thread(still_there, self.scope, self.guest)
            await self._drop_closed_topics()
        except Refused as refused:
            await self._end(refused.code, refused.message)
        except DatabaseError:
            logger.warning("a socket's sign-in could not be looked at", exc_info=True)

    async def _drop_closed_topics(self) -> None:
        """Who has left a course hears no more of it."""
        topics = list(self.topics)
        for topic in topics if not topics else await in_thread(_closed, self.guest.user, topics):
            self.topics.discard(topic)
            self.hub.leave(self, topic)
            await self.hub.company.leave(self, [topic])
            await self._send(
                "error", id=None, code="no_topic", topic=topic, message="This topic is not for you any more."
            )

    # Frames that come

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self._is_over or not self.is_open:
            return
        if not self._has_turn():
            await self._end(frames.TOO_FAST, "Too many frames. Come back in a moment.", retry_after=5)
            return
        try:
            frame = frames.decode(text_data, bytes_data)
            await self._take(frame)
        except FrameError as error:
            await self._send_error(error)
            if error.is_final:
                await self._end(frames.BAD_FRAME, error.message)
        except DatabaseError:
            logger.warning("a frame could not be answered", exc_info=True)
            await self._send_error(
                FrameError("database_unavailable", "The database does not answer. Try again.", frame.ref)
            )

    async def _take(self, frame: Frame) -> None:
        if not self.is_greeted and frame.kind != "hello":
            raise FrameError("hello_first", "Say hello first.", frame.ref)
        take = {
            "hello": self._hello,
            "sub": self._subscribe,
            "unsub": self._unsubscribe,
            "sync.get": self._catch_up,
            "ping": self._ping,
        }.get(frame.kind)
        if take is None:
            raise FrameError("unknown_kind", f"Nothing is known of frames of the kind “{frame.kind[:40]}”.", frame.ref)
        await take(frame)

    async def _hello(self, frame: Frame) -> None:
        self.is_greeted = True
        await self._send(
            "welcome",
            id=frame.ref,
            you=str(self.guest.user.public_id),
            topic=own_topic(self.guest.user),
            limits={
                "frame": frames.LONGEST,
                "topics": MOST_TOPICS,
                "burst": BURST,
                "a_second": A_SECOND,
                "items": MOST,
            },
        )

    async def _subscribe(self, frame: Frame) -> None:
        topic, since = frame.text("topic", 80), frame.count("since")
        if topic not in self.topics and len(self.topics) >= MOST_TOPICS:
            raise FrameError("too_many_topics", f"A connection hears at most {MOST_TOPICS} topics.", frame.ref)
        if not await in_thread(may_listen, self.guest.user, topic):
            raise FrameError("no_topic", "There is no such topic, or it is not for you.", frame.ref)
        here = frame.one_of("here", ("enter", "watch"))
        if here and not has_presence(topic):
            raise FrameError("no_presence", "It is not told who is at this topic.", frame.ref)
        found = await self.hub.join(self, topic, since)
        self.topics.add(topic)
        await self._send_missed(frame, topic, found)
        if here:
            # Who sees the site as somebody else is not that person.
            enters = here == "enter" and not self.guest.is_acted
            attendance = await self.hub.company.join(self, topic, enters=enters)
            await self._send("here", topic=topic, **company.here(attendance))

    async def _catch_up(self, frame: Frame) -> None:
        topic, since = frame.text("topic", 80), frame.count("since") or 0
        if topic not in self.topics:
            raise FrameError("not_subscribed", "Subscribe to the topic first.", frame.ref)
        await self._send_missed(frame, topic, await self.hub.missed(topic, since))

    async def _unsubscribe(self, frame: Frame) -> None:
        topic = frame.text("topic", 80)
        if topic in self.topics:
            self.topics.discard(topic)
            if topic != own_topic(self.guest.user):
                self.hub.leave(self, topic)
            await self.hub.company.leave(self, [topic])
        await self._send("ack", id=frame.ref)

    async def _ping(self, frame: Frame) -> None:
        await self._send("pong", id=frame.ref, n=frame.count("n"))

    def _has_turn(self) -> bool:
        now = time.monotonic()
        self._tokens = min(BURST, self._tokens + (now - self._counted_at) * A_SECOND) - 1
        self._counted_at = now
        return self._tokens >= 0

    # Frames that go

    async def hand_out(self, topic: str, text: str) -> None:
        """The hub has something for this socket."""
        if self._is_over:
            return
        if topic == own_topic(self.guest.user):
            self._ask_again()
        if topic in self.topics:
            await self._send_text(text)

    async def hand_out_here(self, topic: str, text: str) -> None:
        """Who is at a topic has changed."""
        if not self._is_over and topic in self.topics:
            await self._send_text(text)

    async def _send_missed(self, frame: Frame, topic: str, found: Missed) -> None:
        await self._send(
            "sync",
            id=frame.ref,
            topic=topic,
            seq=found.items[-1].seq if found.more else found.last_seq,
            items=[message.frame_item() for message in found.items],
            more=found.more,
            reload=not found.is_complete,
        )

    async def _send_error(self, error: FrameError) -> None:
        await self._send("error", id=error.ref, code=error.code, message=error.message)

    async def _send(self, kind: str, **body: Any) -> None:
        await self._send_text(frames.encode(kind, **body))

    async def _send_text(self, text: str) -> None:
        if self._unread is not None and not self._unread.has_room(len(text)):
            # It would be kept for a client that does not read.
            self._is_over = True
            self._unread.cut()
            return
        with suppress(StopConsumer, RuntimeError):
            await self.send(text_data=text)

    async def _end(self, code: int, message: str, retry_after: int | None = None) -> None:
        if self._is_over:
            return
        more = {} if retry_after is None else {"retry_after": retry_after}
        await self._send("error", id=None, code=str(code), message=message, **more)
        self._is_over = True
        with suppress(RuntimeError):
            await self.close(code, reason=message[:120])


def _closed(user: Any, topics: list[str]) -> list[str]:
    user.refresh_from_db()
    return [topic for topic in topics if not may_listen(user, topic)]
