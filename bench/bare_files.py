"""A bare application that takes and gives bytes, on the same server: what ours is compared with.

PATCH puts the body behind a file and flushes it to disk; GET gives the file. Nothing is asked or checked.
"""

import asyncio
import os
from pathlib import Path
from typing import Any

PIECE = 256 * 1024
PLACE = Path(os.environ.get("VAR_DIR", ".")) / "bare"


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    if scope["method"] == "PATCH":
        while (await receive()).get("more_body"):
            pass
        # Where the server has put the body, as for ours.
        body = send.args[0].body
        await asyncio.to_thread(_append, body)
        await _answer(send, 204)
    elif scope["path"] == "/healthz":
        await _answer(send, 200)
    else:
        await _give(send)


async def _give(send: Any) -> None:
    size = str(PLACE.stat().st_size).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", size)]})
    with PLACE.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            # The socket's turn: without it all of it would gather in memory.
            await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b""})


def _append(body: Any) -> None:
    body.seek(0)
    with PLACE.open("ab") as file:
        while piece := body.read(PIECE):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    body.close()


async def _answer(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
