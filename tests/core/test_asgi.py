"""The embedded server's handler: few threads, nothing shared between requests, streams on the loop."""

import asyncio
import errno
import json
import os
import threading

import pytest
from django.db import connections

from core.asgi import PooledHandler
from core.flow import ClientGone, PacedSend
from tests.asgi import Answer, ask, scope
from tests.core import urls
from tests.loops import run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.core.urls")]


@pytest.fixture
def app(settings):
    settings.VIEW_THREADS = 2
    handler = PooledHandler()
    yield handler
    handler._pool.submit(connections.close_all).result()
    handler._pool.shutdown()


def together(app: PooledHandler, *requests: dict) -> list[Answer]:
    async def scenario() -> list[Answer]:
        return await asyncio.gather(*(ask(app, **request) for request in requests))

    return run(scenario())


def test_no_more_views_at_once_than_threads(app, monkeypatch):
    monkeypatch.setattr(urls, "gauge", urls.Gauge())
    answers = together(app, *[{"path": "/slow/"}] * 12)
    assert [answer.status for answer in answers] == [200] * 12
    assert urls.gauge.most == 2
    assert len(urls.gauge.threads) == 2
    assert all(name.startswith("view") for name in urls.gauge.threads)


def test_what_watches_the_process_does_not_wait_for_views(settings):
    settings.VIEW_THREADS = 1
    app, release = PooledHandler(apart=["/healthz"]), threading.Event()
    busy = app._pool.submit(release.wait, 30)
    try:
        (answer,) = together(app, {"path": "/healthz"})
        assert (answer.status, busy.done()) == (200, False)
    finally:
        release.set()
        app._pool.shutdown()
        app._thread_apart.shutdown()


def test_context_stays_with_its_request(app):
    requests = [
        {"path": "/slow/", "headers": {"x-marker": str(n), "x-request-id": f"request-{n:03}"}} for n in range(10)
    ]
    bodies = [answer.body.decode() for answer in together(app, *requests)]
    expected = [f'{{"before": "", "marker": "{n}", "request_id": "request-{n:03}"}}' for n in range(10)]
    assert bodies == expected


def test_an_async_stream_runs_on_the_loop(app):
    (answer,) = together(app, {"path": "/stream/"})
    lines = answer.body.decode().split(";")[:-1]
    assert [line.split(" ")[0] for line in lines] == [str(n) for n in range(urls.PIECES)]
    assert len({line.split(" ", 1)[1] for line in lines}) == 1
    assert not any("view" in line for line in lines), "the pool is for views"
    assert len(answer.pieces) == urls.PIECES + 1


def test_a_view_that_breaks_is_a_500_page(app):
    (answer,) = together(app, {"path": "/broken/", "headers": {"x-request-id": "request-9"}})
    assert answer.status == 500
    assert "Something broke on our side" in answer.body.decode()
    assert "Request request-9" in answer.body.decode()


def test_the_next_request_is_fine_after_it(app):
    together(app, {"path": "/broken/"})
    assert [a.status for a in together(app, {"path": "/whoami/"})] == [200]


def test_sockets_are_somebody_elses(app):
    with pytest.raises(ValueError, match="only HTTP"):
        run(app({"type": "websocket"}, None, None))


def test_a_client_that_leaves_while_sending_is_forgotten(app):
    sent = []

    async def receive() -> dict:
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        sent.append(message)

    run(app(scope("/whoami/", "POST"), receive, send))
    assert sent == []


class TestABodyThatCannotBeKept:
    """By other servers bodies are handed over in pieces, and written down here."""

    def sent(self, app, monkeypatch, number: int, path: str, *, left: bool = False) -> list[dict]:
        def refuse(spool, data):
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr("core.asgi.Spool.write", refuse)
        sent = []

        async def receive() -> dict:
            return {"type": "http.request", "body": b"x", "more_body": True}

        async def send(message: dict) -> None:
            if left:
                raise ClientGone
            sent.append(message)

        run(app(scope(path, "POST"), receive, send))
        return sent

    def test_a_program_is_told_why(self, app, monkeypatch):
        start, body = self.sent(app, monkeypatch, errno.ENOSPC, "/api/v1/files/")
        headers = dict(start["headers"])
        problem = json.loads(body["body"])
        assert (start["status"], problem["status"], problem["code"]) == (507, 507, "disk_full")
        assert (headers[b"content-type"], headers[b"retry-after"]) == (b"application/problem+json", b"5")
        assert (headers[b"content-length"], problem["instance"]) == (b"%d" % len(body["body"]), "/api/v1/files/")

    def test_a_person_is_told_why(self, app, monkeypatch):
        start, body = self.sent(app, monkeypatch, errno.ENOSPC, "/whoami/")
        assert (start["status"], "The disk is full" in body["body"].decode()) == (507, True)

    def test_another_trouble_with_the_disk(self, app, monkeypatch):
        start, body = self.sent(app, monkeypatch, errno.EIO, "/whoami/")
        assert (start["status"], "could not be taken in" in body["body"].decode()) == (503, True)

    def test_who_has_left_is_told_nothing(self, app, monkeypatch, caplog):
        assert self.sent(app, monkeypatch, errno.ENOSPC, "/whoami/", left=True) == []
        assert "cannot be kept" in caplog.text

    def test_what_is_broken_otherwise_is_not_hidden(self, app):
        async def receive() -> dict:
            raise KeyError("type")

        with pytest.raises(KeyError):
            run(app(scope("/whoami/", "POST"), receive, None))


class Exchange:
    """Stands for Daphne's request."""

    def __init__(self) -> None:
        self.channel = self
        self.producer = None
        self.request_start = 0.0
        self.sent: list[dict] = []

    def registerProducer(self, producer, streaming):
        self.producer = producer

    def unregisterProducer(self):
        self.producer = None

    async def handle(self, exchange, message):
        self.sent.append(message)


class TestPacedSend:
    PIECE = {"type": "http.response.body", "body": b"a", "more_body": True}

    def paced(self) -> tuple[Exchange, PacedSend]:
        from functools import partial  # noqa: PLC0415 -- as Daphne makes it

        exchange = Exchange()
        return exchange, PacedSend(partial(exchange.handle, exchange))

    def test_it_waits_while_the_buffer_is_full(self):
        async def scenario() -> list[int]:
            exchange, send = self.paced()
            async with send:
                await send(self.PIECE)
                send.pauseProducing()
                waiting = asyncio.ensure_future(send(self.PIECE))
                await asyncio.sleep(0.01)
                counts = [len(exchange.sent)]
                send.resumeProducing()
                await waiting
                return [*counts, len(exchange.sent)]

        assert run(scenario()) == [1, 2]

    def test_it_stops_when_the_client_is_gone(self):
        async def scenario() -> int:
            exchange, send = self.paced()
            async with send:
                send.pauseProducing()
                send.stopProducing()
                with pytest.raises(ClientGone):
                    await send(self.PIECE)
            assert exchange.producer is None
            return len(exchange.sent)

        assert run(scenario()) == 0

    def test_other_servers_are_left_alone(self):
        sent = []

        async def plain(message: dict) -> None:
            sent.append(message)

        async def scenario() -> None:
            async with PacedSend(plain) as send:
                await send(self.PIECE)

        run(scenario())
        assert sent == [self.PIECE]
