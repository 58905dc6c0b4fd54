"""The embedded server's HTTP handler.

Django's own ASGI handler gives every request a thread of its own. Sixteen threads that fight for
one interpreter lock more than double what a page costs, and each opens a database connection anew.
Here a few long-lived threads answer all requests: they bound how many views run at once, and they
keep their connections. What watches the process is answered on a thread apart, so that it need not wait for them.
"""

import asyncio
import contextvars
import logging
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.db import close_old_connections, reset_queries
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from core.flow import ClientGone, PacedSend
from core.refusals import refusal_for, refusal_parts
from core.spool import Spool

logger = logging.getLogger("aumbry.request")


class PooledHandler(ASGIHandler):
    """Runs the whole synchronous request (middleware and view) on one of ``VIEW_THREADS`` threads.

    ``apart``: paths that have one thread of their own. Only for what answers at once and asks no database.
    """

    def __init__(self, *, apart: Collection[str] = ()) -> None:
        super(ASGIHandler, self).__init__()
        self.load_middleware(is_async=False)
        self._pool = ThreadPoolExecutor(settings.VIEW_THREADS, thread_name_prefix="view")
        self._paths_apart = frozenset(apart)
        self._thread_apart = ThreadPoolExecutor(1, thread_name_prefix="apart")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"only HTTP is served here, not {scope['type']}")
        await self.handle(scope, receive, send)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body_file = await self._body(receive, send)
        except RequestAborted:  # the client left while sending
            return
        except OSError as error:
            await self._refuse(scope, send, error)
            return
        try:
            request, error_response = self.create_request(scope, body_file)
            if request is None:
                await self.send_response(error_response, send)  # type: ignore[arg-type]
                return
            loop = asyncio.get_running_loop()
            context = contextvars.copy_context()
            prefix = get_script_prefix(scope)
            pool = self._thread_apart if request.path_info in self._paths_apart else self._pool
            response = await loop.run_in_executor(pool, context.run, self._respond, request, prefix)
            try:
                if response.streaming:
                    with suppress(ClientGone):
                        async with PacedSend(send) as paced:
                            await self.send_response(response, paced)
                else:
                    await self.send_response(response, send)
            finally:
                # Closing is Django's hook for the end of a request; what listens to it touches the database.
                if response.streaming:
                    await loop.run_in_executor(pool, response.close)
        finally:
            body_file.close()

    async def _refuse(self, scope: Any, send: Any, error: OSError) -> None:
        """Say why a body could not be kept. Who has left in the meantime is not told, and not missed."""
        logger.error("a request's body cannot be kept", exc_info=error)
        refusal = refusal_for(error)
        headers, body = refusal_parts(refusal, scope["path"])
        pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        with suppress(OSError):
            await send({"type": "http.response.start", "status": refusal.status, "headers": pairs})
            await send({"type": "http.response.body", "body": body})

    async def _body(self, receive: Any, send: Any) -> Any:
        """The body as a file: the one that our own server has written it to, else written here."""
        # Daphne hands out ``partial(server.handle_reply, request)``.
        exchange = next(iter(getattr(send, "args", ())), None)
        file = await self.read_body(receive)
        kept: Any = getattr(exchange, "body", None)
        if kept is None:
            return file
        file.close()
        kept.seek(0)
        return kept

    async def read_body(self, receive: Any) -> BinaryIO:
        """The body, as a file whose bytes mean nothing where it lies on disk; Django's own lies there as it was sent."""
        body = cast(BinaryIO, Spool(settings.FILE_UPLOAD_MAX_MEMORY_SIZE))
        try:
            is_whole = False
            while not is_whole:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RequestAborted
                body.write(message.get("body", b""))
                is_whole = not message.get("more_body", False)
        except BaseException:
            body.close()
            raise
        body.seek(0)
        return body

    def _respond(self, request: HttpRequest, prefix: str) -> HttpResponseBase:
        set_script_prefix(prefix)
        reset_queries()
        close_old_connections()
        try:
            response = self.get_response(request)
            if not response.streaming:
                # Its bytes are all there, so the request can end on the thread that has its connection.
                response.close()
            return response
        finally:
            close_old_connections()
