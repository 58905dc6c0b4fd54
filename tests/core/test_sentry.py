"""Errors to a server that speaks Sentry's envelope protocol."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import structlog
from django.core.exceptions import ImproperlyConfigured

from core.context import set_request_id
from core.sentry import Dsn, SentryHandler

CANARY = "Canary7Secret0Value"


@pytest.fixture
def server():
    """Keeps what it is sent; answers with ``status``."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.got.append((self.path, dict(self.headers), body))
            self.send_response(server.status)
            if server.status == 429:
                self.send_header("Retry-After", "120")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def logger(server, settings):
    host = f"127.0.0.1:{server.server_port}"
    settings.OUTBOUND_ALLOW = [host]
    handler = SentryHandler(f"http://public@{host}/42", environment="trial")
    logger = logging.getLogger("aumbry.test_sentry")
    logger.addHandler(handler)
    yield logger, handler
    logger.removeHandler(handler)


def test_an_error_arrives_with_its_ids_and_without_secrets(logger, server):
    log, handler = logger
    set_request_id("request-1")
    structlog.contextvars.bind_contextvars(user_id=7)
    try:
        raise RuntimeError(f"refused password={CANARY}")
    except RuntimeError:
        log.exception("could not sign in with Bearer %s", CANARY, extra={"token": CANARY, "job": 3})
    log.warning("not an error")
    structlog.contextvars.clear_contextvars()
    set_request_id("")
    handler.flush(10)
    [(path, headers, body)] = server.got
    head, item, payload, _end = body.split(b"\n")
    event = json.loads(payload)
    assert (path, headers["Content-Type"]) == ("/api/42/envelope/", "application/x-sentry-envelope")
    assert "sentry_key=public" in headers["X-Sentry-Auth"]
    assert (json.loads(head)["event_id"], json.loads(item)["length"]) == (event["event_id"], len(payload))
    assert CANARY not in body.decode()
    assert (event["level"], event["environment"], event["user"], event["tags"]) == (
        "error",
        "trial",
        {"id": "7"},
        {"request_id": "request-1"},
    )
    assert event["logentry"] == {"formatted": "could not sign in with Bearer [removed]"}
    assert event["extra"] == {"token": "[removed]", "job": 3}
    [error] = event["exception"]["values"]
    assert (error["type"], error["value"]) == ("RuntimeError", "refused password=[removed]")
    frame = error["stacktrace"]["frames"][-1]
    assert (frame["function"], frame["in_app"], "vars" in frame) == (
        "test_an_error_arrives_with_its_ids_and_without_secrets",
        True,
        False,
    )


def test_a_server_that_has_enough_is_left_alone(logger, server):
    log, handler = logger
    server.status = 429
    log.error("one")
    handler.flush(10)
    log.error("two")
    handler.flush(10)
    assert len(server.got) == 1


def test_a_server_that_is_away_hurts_nobody(settings, capsys):
    settings.OUTBOUND_ALLOW = ["127.0.0.1:9"]
    handler = SentryHandler("http://public@127.0.0.1:9/42")
    handler.emit(logging.makeLogRecord({"msg": "broke", "levelno": logging.ERROR, "levelname": "ERROR"}))
    handler.flush(10)
    assert "sentry: not sent" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["https://host/1", "host/1", "https://key@host/", "https://key@host/x"])
def test_an_address_that_is_none_is_refused_at_the_start(text):
    with pytest.raises(ImproperlyConfigured, match="SENTRY_DSN must look like"):
        Dsn(text)
