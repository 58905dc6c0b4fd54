"""Talk to the real ASGI application without a network."""

import asyncio
import os
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from core.asgi import PooledHandler


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    pieces: list[int] = field(default_factory=list)


def scope(path: str, method: str = "GET", headers: dict[str, str] | None = None) -> dict[str, Any]:
    given = {"host": "localhost", **(headers or {})}
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "client": ["127.0.0.1", 1],
        "server": ["localhost", 80],
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
    }


async def ask(
    app: PooledHandler, path: str, method: str = "GET", headers: dict[str, str] | None = None, *, keep: bool = True
) -> Answer:
    """One request; with ``keep`` false the body is counted, not held."""
    answer = Answer()
    incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    incoming.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]}
            return
        body = message.get("body", b"")
        answer.pieces.append(len(body))
        if keep:
            answer.body += body

    await app(scope(path, method, headers), incoming.get, send)
    return answer


def process_environment() -> dict[str, str]:
    """For a process of its own that works on the test's database."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{settings['NAME']}"
    else:
        url = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "lms.settings.test", "NUDGE_PORT": "0"}
