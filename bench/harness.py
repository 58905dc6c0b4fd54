"""What the benchmarks share: a server of their own, a load on the loopback address, a table."""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
# The purpose of uploads that are stored encrypted; no other of the site's own is, so far.
SEALED = "sealed_media"


@dataclass
class Table:
    """Collects figures and prints each beside its target."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    missed: bool = False

    def add(
        self,
        what: str,
        figure: float,
        unit: str = "",
        *,
        at_most: float | None = None,
        at_least: float | None = None,
    ) -> None:
        target, holds = "", ""
        if at_most is not None:
            target, holds = f"≤ {at_most:g} {unit}".strip(), "yes" if figure <= at_most else "NO"
        elif at_least is not None:
            target, holds = f"≥ {at_least:g} {unit}".strip(), "yes" if figure >= at_least else "NO"
        self.missed = self.missed or holds == "NO"
        self.rows.append((what, f"{figure:.4g} {unit}".strip(), target, holds))

    def print(self) -> None:
        rows = [("what", "figure", "target", "holds"), *self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        for index, row in enumerate(rows):
            print(" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
            if index == 0:
                print("-|-".join("-" * width for width in widths))

    def leave(self) -> None:
        """Print and end the process: 1 when a target was missed."""
        self.print()
        sys.exit(1 if self.missed else 0)


@dataclass
class Server:
    process: "subprocess.Popen[bytes]"
    port: int

    def cpu_seconds(self) -> float:
        """Processor time of the server so far, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def pss_megabytes(self) -> float:
        return pss_megabytes(self.process.pid)


def pss_megabytes(pid: int) -> float:
    """Proportional set size: shared pages are counted by their share."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no Pss line")


class Highest:
    """The most memory that a process has while the block runs, looked at a few times a second: ``growth`` in megabytes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.growth = 0.0

    def __enter__(self) -> "Highest":
        self._before = pss_megabytes(self._pid)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._note()

    def _look(self) -> None:
        while not self._over.wait(0.25):
            self._note()

    def _note(self) -> None:
        self.growth = max(self.growth, pss_megabytes(self._pid) - self._before)


@contextmanager
def working() -> Iterator["subprocess.Popen[bytes]"]:
    """A worker, as ``bin/up`` runs it."""
    command = [sys.executable, "manage.py", "worker"]
    worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare(settings: str) -> str:
    """A data folder of this run's own, and the settings module for this process and its children."""
    folder = tempfile.mkdtemp(prefix="aumbry-bench-")
    os.environ.update(VAR_DIR=folder, DJANGO_SETTINGS_MODULE=settings, LOG_LEVEL="ERROR")
    return folder


@contextmanager
def serving(port: int, application: str = "lms.asgi:application") -> Iterator[Server]:
    """The embedded server, as ``bin/up`` runs it."""
    command = [
        sys.executable,
        "-m",
        "core.server",
        "-b",
        "127.0.0.1",
        "-p",
        str(port),
        "--verbosity",
        "0",
        application,
    ]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if get(port, "/healthz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(20)


def session_of(user: Any) -> str:
    """A cookie with which the user is signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "accounts.backends.AccountBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return f"session={store.session_key}"


def get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@dataclass
class Load:
    """What a number of clients saw, and what it cost the server."""

    requests: int
    seconds: float
    latencies: list[float]
    cpu_per_request: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def p50(self) -> float:
        return statistics.median(self.latencies) * 1000

    @property
    def p95(self) -> float:
        return sorted(self.latencies)[max(int(len(self.latencies) * 0.95) - 1, 0)] * 1000


def load(server: Server, path: str, headers: dict[str, str], *, clients: int, requests: int) -> Load:
    """``requests`` GETs of one address, shared among ``clients`` that each keep a connection. All must answer 200."""
    share = [requests // clients] * clients
    latencies: list[float] = []
    troubles: list[str] = []

    def client(count: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        for _ in range(count):
            began = time.perf_counter()
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                troubles.append(f"{path}: {response.status}")
                return
            latencies.append(time.perf_counter() - began)
        connection.close()

    cpu, began = server.cpu_seconds(), time.perf_counter()
    threads = [threading.Thread(target=client, args=(count,)) for count in share]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if troubles:
        raise SystemExit(f"The server refused: {troubles[0]}")
    done = len(latencies)
    return Load(done, seconds, latencies, (server.cpu_seconds() - cpu) / done * 1000)
