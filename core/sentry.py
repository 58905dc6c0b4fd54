"""Errors to a Sentry server, when ``SENTRY_DSN`` names one: the envelope protocol, spoken by hand.

A logging handler makes an event of each record from ERROR upwards and leaves it to a thread, so that no request waits;
what does not fit into the queue is dropped. Nothing of a request's body, cookies or headers is sent, and no local
variables; all texts go through ``core.scrub``.
"""

import atexit
import json
import logging
import os
import queue
import socket
import sys
import threading
import time
import traceback
import uuid
from datetime import UTC, datetime
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.core.exceptions import ImproperlyConfigured

from core.context import current_request_id
from core.scrub import scrub, scrub_text

_MOST_WAITING = 100
_MOST_FRAMES = 60
_CLIENT = "aumbry/1"


class Dsn:
    """Where events go: ``https://KEY@HOST/PROJECT``."""

    def __init__(self, text: str) -> None:
        parts = urlsplit(text)
        project = parts.path.rpartition("/")[2]
        if parts.scheme not in {"http", "https"} or not parts.username or not parts.hostname or not project.isdigit():
            raise ImproperlyConfigured("SENTRY_DSN must look like https://KEY@HOST/PROJECT, with a number as project.")
        self.key = parts.username
        self.host = parts.netloc.rpartition("@")[2]
        self.url = f"{parts.scheme}://{self.host}{parts.path.rpartition('/')[0]}/api/{project}/envelope/"


class SentryHandler(logging.Handler):
    """Sends records that say an error. Its own troubles are said on the standard error stream, never logged."""

    def __init__(self, dsn: str, environment: str = "production", release: str = "") -> None:
        super().__init__(level=logging.ERROR)
        self.dsn = Dsn(dsn)
        self.environment = environment
        self.version = release
        self.silent_until = 0.0
        self.waiting: queue.Queue[dict[str, Any] | None] = queue.Queue(_MOST_WAITING)
        self._worker: threading.Thread | None = None
        self._pid = 0
        self._lock = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.name).startswith(("urllib3", "requests")) or time.monotonic() < self.silent_until:
            return
        try:
            self._start()
            self.waiting.put_nowait(self.event_of(record))
        except queue.Full:
            pass
        except Exception:
            self.handleError(record)

    def flush(self, seconds: float = 2.0) -> None:
        """Wait a little for what has not gone out."""
        until = time.monotonic() + seconds
        while self.waiting.unfinished_tasks and self._worker is not None and time.monotonic() < until:
            time.sleep(0.02)

    def event_of(self, record: logging.LogRecord) -> dict[str, Any]:
        """The record as Sentry wants it, without secrets."""
        known = structlog.contextvars.get_contextvars()
        user = getattr(record, "user", None) or known.get("user_id")
        event: dict[str, Any] = {
            "event_id": uuid.uuid4().hex,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "platform": "python",
            "level": "fatal" if record.levelno >= logging.CRITICAL else "error",
            "logger": record.name,
            "server_name": socket.gethostname(),
            "environment": self.environment,
            "logentry": {"formatted": _message(record)},
            "tags": {"request_id": current_request_id() or str(known.get("request_id", ""))},
            "extra": _extra(record),
        }
        if self.version:
            event["release"] = self.version
        if user:
            event["user"] = {"id": str(user)}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            event["exception"] = {"values": _chain(error)}
        return event

    def _start(self) -> None:
        # After a fork the thread is gone.
        with self._lock:
            if self._worker is None or not self._worker.is_alive() or self._pid != os.getpid():
                self._pid = os.getpid()
                self._worker = threading.Thread(target=self._work, daemon=True, name="sentry")
                self._worker.start()
                atexit.register(self.flush)

    def _work(self) -> None:
        from core.outbound import Outbound  # noqa: PLC0415 -- settings are not ready when logging is set up

        session = Outbound()
        while True:
            event = self.waiting.get()
            try:
                if event is not None:
                    self._send(session, event)
            except Exception as error:
                sys.stderr.write(f"sentry: not sent: {type(error).__name__}\n")
            finally:
                self.waiting.task_done()

    def _send(self, session: Any, event: dict[str, Any]) -> None:
        payload = json.dumps(event).encode()
        head = {"event_id": event["event_id"], "sent_at": datetime.now(UTC).isoformat()}
        item = {"type": "event", "length": len(payload), "content_type": "application/json"}
        body = b"\n".join([json.dumps(head).encode(), json.dumps(item).encode(), payload, b""])
        auth = f"Sentry sentry_version=7, sentry_client={_CLIENT}, sentry_key={self.dsn.key}"
        headers = {"Content-Type": "application/x-sentry-envelope", "X-Sentry-Auth": auth, "User-Agent": _CLIENT}
        answer = session.request("POST", self.dsn.url, data=body, headers=headers)
        if answer.status_code == 429:
            wait = answer.headers.get("Retry-After", "")
            self.silent_until = time.monotonic() + (min(int(wait), 3600) if wait.isdigit() else 60)


def _message(record: logging.LogRecord) -> str:
    said = record.msg.get("event", "") if isinstance(record.msg, dict) else record.getMessage()
    return scrub_text(str(said))[:2000]


_USUAL = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "request"}


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    named = {key: value for key, value in record.__dict__.items() if key not in _USUAL and not key.startswith("_")}
    plain: dict[str, Any] = scrub(named)
    return plain


def _chain(error: BaseException) -> list[dict[str, Any]]:
    """The error and what caused it, the cause first."""
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen and len(found) < 5:
        seen.add(id(cause))
        kind = type(cause)
        found.append(
            {
                "type": kind.__name__,
                "module": kind.__module__,
                "value": scrub_text(str(cause))[:2000],
                "stacktrace": {"frames": _frames(cause.__traceback__)},
            }
        )
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return found[::-1]


def _frames(trace: TracebackType | None) -> list[dict[str, Any]]:
    return [
        {
            "filename": frame.filename.rpartition("site-packages/")[2],
            "function": frame.name,
            "lineno": frame.lineno,
            "context_line": scrub_text(frame.line or ""),
            "in_app": "site-packages" not in frame.filename and "/lib/python" not in frame.filename,
        }
        for frame in traceback.extract_tb(trace)[-_MOST_FRAMES:]
    ]
