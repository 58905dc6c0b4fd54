"""The site's application, a topic that everybody may hear, and beside our socket the usual way: a group for each topic
that every socket joins."""

import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter

import lms.asgi
from core.realtime import TopicKind, register_topic
from core.realtime.routing import sockets

register_topic("bench", TopicKind(lambda user, name: True))
GROUP = "bench"


class GroupConsumer(AsyncWebsocketConsumer):
    groups = [GROUP]

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Whoever sends has it said to all."""
        await get_channel_layer().group_send(GROUP, {"type": "said", "text": text_data})  # type: ignore[union-attr]

    async def said(self, message: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps({"t": "items", "items": [{"body": json.loads(message["text"])}]}))


_groups: Any = GroupConsumer.as_asgi()


async def both(scope: Any, receive: Any, send: Any) -> None:
    await (_groups if scope["path"] == "/bench/group/" else sockets)(scope, receive, send)


application = ProtocolTypeRouter({"http": lms.asgi.application.application_mapping["http"], "websocket": both})
